"""Questions of a loop to its store: answered on its own thread, or beside it.

Either way what is asked is of one moment, after whatever the caller was told before it asked.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import sqlalchemy as sa

from commands.store.session import StoreSession, TurnSession

THREADS: Final = 4
BATCH_MAX: Final = 64
"""How many questions are answered of one snapshot, at the most."""
ANSWER_S: Final = 10.0
"""How long an answer is waited for, of a server that may be cut off from the network."""

T = TypeVar("T")
Reading = Callable[[], AbstractContextManager[StoreSession]]
"""What takes a snapshot and gives it up again."""


class Asking(Protocol):
    """Where a loop asks for a row or two."""

    async def ask(self, question: Callable[[StoreSession], T]) -> T:
        """What it comes to. Raises what it raises, and the database's errors."""

    def close(self) -> None:
        """Ask no more. Blocks for the questions under way."""


class AskingHere:
    """At once, on the loop's own thread: to have a row of a file brought costs more than it."""

    def __init__(self, session: TurnSession) -> None:
        self._session = session

    async def ask(self, question: Callable[[StoreSession], T]) -> T:
        """What it comes to."""
        return question(self._session)

    def close(self) -> None:
        """Give the connection up."""
        self._session.close()


class _Asked(NamedTuple):
    question: Callable[[StoreSession], Any]
    answer: asyncio.Future[Any]


_Told = tuple[asyncio.Future[Any], Any, Exception | None]


class AskingBeside:
    """On threads, so that the loop never waits for a network or for a server that is away.

    A thread answers its share of the questions that wait in one transaction: to begin and end one
    takes as many turns to the server and back as a question does. No more than its share, since one
    that takes long holds up those beside it.
    """

    def __init__(
        self,
        reading: Reading,
        errors: tuple[type[Exception], ...],
    ) -> None:
        """`errors` are those after which a transaction answers nothing more."""
        self._reading = reading
        self._errors = errors
        self._waiting: SimpleQueue[_Asked | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    async def ask(self, question: Callable[[StoreSession], T]) -> T:
        """What it comes to. Raises SQLAlchemy's `TimeoutError` after `ANSWER_S`."""
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._work, name=f"asking-{number}")
                for number in range(THREADS)
            ]
            for thread in self._threads:
                thread.start()
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._put(question)
        except TimeoutError:
            raise sa.exc.TimeoutError("the database does not answer") from None

    def _put(self, question: Callable[[StoreSession], T]) -> asyncio.Future[T]:
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.put(_Asked(question, answer))
        return answer

    def close(self) -> None:
        """End the threads."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (asked := self._waiting.get()) is not None:
            batch = deque([asked])
            share = min(BATCH_MAX, 1 + self._waiting.qsize() // THREADS)
            with suppress(Empty):
                while len(batch) < share:
                    more = self._waiting.get_nowait()
                    if more is None:
                        self._waiting.put(None)  # for this thread's next turn
                        break
                    batch.append(more)
            while batch:
                self._answer(batch)

    def _answer(self, batch: deque[_Asked]) -> None:
        """Answer from the front, as far as one transaction comes; none of it can be begun: all."""
        told: list[_Told] = []
        try:
            with self._reading() as session:
                while batch:
                    told.append((batch[0].answer, *_outcome(batch[0].question, session)))
                    batch.popleft()
                    if isinstance(told[-1][2], self._errors):
                        break
        except self._errors as error:
            told += [(asked.answer, None, error) for asked in batch]
            batch.clear()
        _tell(told)


def _outcome(
    question: Callable[[StoreSession], Any], session: StoreSession
) -> tuple[Any, Exception | None]:
    """What a question comes to. No more is in reach of what it raises than is here.

    An error refers to where it was met, and what is met there to what it holds: if that were the
    error's own asker, both would lie about until the collector came.
    """
    try:
        return question(session), None
    except Exception as error:  # noqa: BLE001  # a refusal, or ours: the asker's
        return None, error


def _tell(told: list[_Told]) -> None:
    def tell() -> None:
        for answer, value, error in told:
            if answer.done():  # nobody waits for it any more
                continue
            if error is None:
                answer.set_result(value)
            else:
                answer.set_exception(error)
        told.clear()

    if told:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            told[0][0].get_loop().call_soon_threadsafe(tell)
