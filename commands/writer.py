"""The writer: one thread that takes what arrived while the last commit ran and commits it together.

Jobs decide in turn within one transaction; everybody is answered after its commit, never before. A
job that is refused touches only its own caller.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

from commands.store.database import Database
from commands.store.session import Unreplicated
from commands.unit import Resources, Unit
from domain.refusals import QueueFull, Refusal, Unavailable

BATCH_MAX: Final = 256
QUEUE_MAX: Final = 10_000
ATTEMPTS_MAX: Final = 5

T = TypeVar("T")
Job = Callable[[Unit], Any]


class Gauge(Protocol):
    """Told of every commit: how many jobs it held and how long it took."""

    def __call__(self, jobs: int, seconds: float) -> None:
        """Take note of one commit."""


class _Spoiled(Exception):
    """A job failed half-way: the batch it was in must not be committed."""


class Writer:
    """Runs jobs in batches. `run` serves a single thread; `start` and `submit` a running loop."""

    def __init__(
        self,
        database: Database,
        resources: Resources,
        committed: Callable[[int], None] = lambda position: None,
        gauge: Gauge = lambda jobs, seconds: None,
        failed: Callable[[Exception], None] = lambda error: None,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        self._database = database
        self._resources = resources
        self._committed = committed
        self._gauge = gauge
        self._failed = failed
        self._queue_max = queue_max
        self._queue: queue.SimpleQueue[tuple[Job, asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._closing = False
        self._position = 0
        self._tables = 0
        self._retried: tuple[type[Exception], ...] = (_Spoiled, *database.IntegrityError)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def waiting(self) -> int:
        """How many jobs wait for their answer."""
        return self._waiting

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the thread; answers are delivered on `loop`."""
        self._loop = loop
        self._thread = threading.Thread(target=self._work, name="writer")
        self._thread.start()

    async def submit(self, job: Callable[[Unit], T]) -> T:
        """Run a job in the next batch; its result once that is committed.

        Raises what the job raised, `QueueFull`, or `Unavailable` where the store cannot commit.
        """
        assert self._loop is not None, "a job is submitted to a started writer"
        if self._waiting >= self._queue_max or self._closing:
            raise QueueFull("more requests wait than can be held; try again")
        self._waiting += 1
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put((job, future))
        return await future

    def drain(self) -> None:
        """Commit all that was submitted, then end the thread. Blocks."""
        self._closing = True
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def run(self, job: Callable[[Unit], T]) -> T:
        """Run one job in a transaction of its own, on this thread."""
        (reply,) = self._answer([job])
        if isinstance(reply, BaseException):
            raise reply
        return reply  # type: ignore[no-any-return]

    def _work(self) -> None:
        assert self._loop is not None
        ended = False
        while not ended:
            batch = [self._queue.get()]
            while len(batch) < BATCH_MAX:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            asked = [waiting for waiting in batch if waiting is not None]
            ended = len(asked) < len(batch)
            replies = self._answer([job for job, _ in asked]) if asked else []
            self._loop.call_soon_threadsafe(
                self._deliver,
                [(future, reply) for (_, future), reply in zip(asked, replies, strict=True)],
            )

    def _deliver(self, replies: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
        self._waiting -= len(replies)
        for future, reply in replies:
            if future.cancelled():
                continue
            if isinstance(reply, BaseException):
                future.set_exception(reply)
            else:
                future.set_result(reply)

    def _answer(self, jobs: Sequence[Job]) -> list[Any]:
        """A reply a job: its result, or the exception to raise."""
        try:
            return self._commit(jobs)
        except self._retried:
            if len(jobs) > 1:
                return [reply for job in jobs for reply in self._answer([job])]
            return [self._answer_alone(jobs[0])]
        except self._database.Error as error:
            return [self._unavailable(error)] * len(jobs)

    def _answer_alone(self, job: Job) -> Any:
        """One job by itself: a race lost to another process is decided again on fresh state."""
        for _ in range(ATTEMPTS_MAX):
            try:
                return self._commit([job])[0]
            except _Spoiled as spoiled:
                return spoiled.__cause__
            except self._database.IntegrityError:
                continue
            except self._database.Error as error:
                return self._unavailable(error)
        return Unavailable("the store is busy; try again")

    def _commit(self, jobs: Sequence[Job]) -> list[Any]:
        started = time.perf_counter()
        decided: Unit | None = None
        replies: list[Any] = []
        try:
            with self._database.writing() as session:
                unit = Unit(session, self._resources)
                tables = session.tables_version()
                if (unit.position, tables) != (self._position, self._tables):
                    # Another process wrote: a cached state may be behind, and "nothing to do" or
                    # a refusal, decided on it, would meet no conflict that tells. Or it rebuilt
                    # the rows: a state that was read from wrong ones would be written again.
                    self._resources.cache.clear()
                self._tables = tables
                replies = [self._attempt(job, unit) for job in jobs]
                self._attempt(Unit.flush, unit)
                decided = unit
        except BaseException as error:
            # What the cache holds may be what was rolled back, or behind what another wrote.
            self._resources.cache.clear()
            if (
                decided is None
                or isinstance(error, Unreplicated)  # it stands, and may fall with the primary
                or not self._stands(decided)
            ):
                raise
        self._resources.cache.keep(decided.states)
        self._position = decided.position
        self._committed(decided.position)
        self._gauge(len(jobs), time.perf_counter() - started)
        return replies

    def _attempt(self, job: Job, unit: Unit) -> Any:
        """A job's reply. Raises where the batch must not be committed."""
        position = unit.position
        try:
            return job(unit)
        except Refusal as refusal:
            return refusal
        except self._database.Error:
            # It may have struck what others appended: a job flushes for all before it.
            raise
        except Exception as error:
            if unit.torn or unit.position != position:
                raise _Spoiled from error
            return error

    def _unavailable(self, error: Exception) -> Unavailable:
        self._failed(error)
        refusal = Unavailable("the store cannot take writes just now; try again")
        refusal.__cause__ = error
        return refusal

    def _stands(self, unit: Unit) -> bool:
        """Whether a commit that reported failure took effect all the same."""
        if unit.last_record is None:
            return False
        try:
            with self._database.reading() as session:
                return self._resources.log.holds(session, unit.last_record)
        except self._database.Error:
            return False
