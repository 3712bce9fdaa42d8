"""Questions of a loop: answered of what is there, whatever becomes of those beside them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from commands.store.asking import THREADS, AskingBeside
from commands.store.database import Database
from commands.store.session import StoreSession
from commands.store.side_rows import find_principal, name_principal
from commands.store.tables import metadata
from tests.databases import database_url
from tests.program import BOUND_S

Question = Callable[[StoreSession], Any]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(database_url(tmp_path), [metadata])
    yield opened
    opened.close()


class Beside:
    """Asking beside the loop, with its transactions counted."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.begun = 0
        self.asking = AskingBeside(self._reading, database.Error)
        self.ask = self.asking.ask

    @contextmanager
    def _reading(self) -> Iterator[StoreSession]:
        self.begun += 1
        with self.database.reading() as session:
            yield session


@pytest.fixture
def beside(database: Database) -> Iterator[Beside]:
    made = Beside(database)
    yield made
    made.asking.close()


def named(session: StoreSession) -> str | None:
    return find_principal(session, "a name")


def numbered(number: int, session: StoreSession) -> tuple[int, str | None]:
    return number, named(session)


def wrong(session: StoreSession) -> Any:
    return session.rows(sa.text("SELECT nothing FROM nowhere"))


async def together(beside: Beside, questions: Sequence[Question]) -> list[Any]:
    """What questions come to that wait together, because every thread is held meanwhile."""
    held, gathered = [], threading.Event()
    for _ in range(THREADS):
        begun = threading.Event()

        def hold(_: StoreSession, begun: threading.Event = begun) -> bool:
            begun.set()
            return gathered.wait(BOUND_S)

        held.append(asyncio.ensure_future(beside.ask(hold)))
        assert await asyncio.to_thread(begun.wait, BOUND_S)
    asked = [asyncio.ensure_future(beside.ask(question)) for question in questions]
    await asyncio.sleep(0)
    gathered.set()
    assert all(await asyncio.gather(*held))
    return await asyncio.gather(*asked, return_exceptions=True)


@pytest.mark.parametrize("here", [False, True])
def test_what_was_written_before_is_answered(
    database: Database, beside: Beside, here: bool
) -> None:
    ask = database.asking().ask if here else beside.ask

    async def look() -> None:
        assert await ask(named) is None
        await asyncio.to_thread(write)
        assert await ask(named) == "an-id"

    def write() -> None:
        with database.writing() as session:
            name_principal(session, "an-id", "a name")

    asyncio.run(look())


@pytest.mark.parametrize("here", [False, True])
def test_what_a_question_raises_its_asker_is_told(
    database: Database, beside: Beside, here: bool
) -> None:
    ask = database.asking().ask if here else beside.ask

    async def look() -> None:
        with pytest.raises(ZeroDivisionError):
            await ask(lambda session: 1 / 0)
        with pytest.raises(database.Error):
            await ask(wrong)
        await asyncio.sleep(0)
        assert await ask(named) is None

    asyncio.run(look())


def test_those_that_wait_share_transactions(beside: Beside) -> None:
    questions = [partial(numbered, n) for n in range(40)]
    answers = asyncio.run(together(beside, questions))
    assert answers == [(n, None) for n in range(40)]
    assert THREADS < beside.begun < THREADS + len(questions) // 2


def test_a_wrong_question_costs_those_beside_it_nothing(database: Database, beside: Beside) -> None:
    questions: list[Question] = [wrong if n % 5 == 2 else lambda session: 1 for n in range(20)]
    answers = asyncio.run(together(beside, questions))
    for number, answer in enumerate(answers):
        if number % 5 == 2:
            assert isinstance(answer, database.Error)
        else:
            assert answer == 1


def test_where_none_can_begin_each_is_told(
    database: Database, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def away() -> Iterator[StoreSession]:
        raise sa.exc.TimeoutError("nobody is there")
        yield

    async def look() -> None:
        monkeypatch.setattr(beside.asking, "_reading", away)
        answers = await asyncio.gather(
            *(beside.ask(named) for _ in range(10)), return_exceptions=True
        )
        assert all(isinstance(answer, sa.exc.TimeoutError) for answer in answers)
        monkeypatch.undo()
        assert await beside.ask(named) is None

    asyncio.run(look())


def test_the_loop_goes_on_while_a_question_waits(beside: Beside) -> None:
    waiting = threading.Event()

    async def look() -> None:
        slow = asyncio.ensure_future(beside.ask(lambda session: waiting.wait(BOUND_S)))
        for _ in range(3 * THREADS):
            assert await beside.ask(named) is None
        assert not slow.done()
        waiting.set()
        assert await slow

    asyncio.run(look())


def test_one_that_gave_up_leaves_the_others_their_answers(beside: Beside) -> None:
    waiting = threading.Event()

    async def look() -> None:
        slow = asyncio.ensure_future(beside.ask(lambda session: waiting.wait(BOUND_S)))
        await asyncio.sleep(0)
        slow.cancel()
        waiting.set()
        for _ in range(3 * THREADS):
            assert await beside.ask(named) is None

    asyncio.run(look())


def test_closing_ends_the_threads_and_asking_nothing_starts_none(database: Database) -> None:
    before = threading.active_count()
    made = Beside(database)
    assert threading.active_count() == before
    assert asyncio.run(made.ask(named)) is None
    assert threading.active_count() == before + THREADS
    made.asking.close()
    assert threading.active_count() == before


def test_an_answer_that_does_not_come_is_not_waited_for(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = threading.Event()

    async def look() -> None:
        with monkeypatch.context() as patched:
            patched.setattr("commands.store.asking.ANSWER_S", 0.05)
            with pytest.raises(sa.exc.TimeoutError):
                await beside.ask(lambda session: waiting.wait(BOUND_S))
        waiting.set()
        assert await beside.ask(named) is None

    asyncio.run(look())
