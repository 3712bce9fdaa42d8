"""Commits that fail, seem to fail, or fail half-way: nobody is told what is not so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from commands.unit import Unit
from domain.commands import PowerOnServer
from domain.events import RequestRepeated
from domain.refusals import ServerUnknown, Unavailable
from tests.commands.batches import Batches, answers_together, fails
from tests.commands.stores import Kept, creating
from tests.databases import ON_POSTGRES, disk_error, locked

IMPATIENT = (
    "SELECT set_config('lock_timeout', '1', false)" if ON_POSTGRES else "PRAGMA busy_timeout = 1"
)


@contextmanager
def commits(store: Kept, hook: Callable[[sa.Connection], None]) -> Iterator[None]:
    """Call `hook` in place before every commit."""
    engine = store.store.database._writers
    sa.event.listen(engine, "commit", hook)
    try:
        yield
    finally:
        sa.event.remove(engine, "commit", hook)


def fail(_: sa.Connection) -> None:
    raise disk_error()


def fail_afterwards(connection: sa.Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.execute("COMMIT")
    raise disk_error()


def fill_the_disk(unit: Unit) -> None:
    """Leave no page to grow by, as a full disk does."""
    pages = unit.session.row(sa.text("PRAGMA page_count"))
    assert pages is not None
    unit.session.rows(sa.text(f"PRAGMA max_page_count = {pages[0]}"))


def big(name: str) -> Any:
    return creating(name, image="x" * 100_000)


def test_a_failed_commit_answers_all_alike_and_leaves_nothing(store: Kept) -> None:
    before = store.rows()
    with commits(store, fail):
        jobs = (store.job(creating("a")), store.job(PowerOnServer(), ref="nobody"))
        batches = Batches(store)
        answers = batches.writer._answer(jobs)
    assert [(type(answer), str(answer)) for answer in answers] == [
        (Unavailable, "the store cannot take writes just now; try again")
    ] * 2
    assert [str(failure) for failure in batches.failures] == ["disk I/O error"]
    assert (batches.sizes, batches.positions) == ([], [])
    assert store.rows() == before
    assert store.create("b") == store.rows("servers")["servers"][0][1]
    assert len(store.records()) == 1


def test_a_store_locked_by_another_is_unavailable_and_then_goes_on(
    store: Kept, tmp_path: Path
) -> None:
    with store.store.database.writing() as session:
        session.rows(sa.text(IMPATIENT))
    batches = Batches(store)
    with locked(tmp_path):
        answers = batches.writer._answer([store.job(creating("a"))] * 2)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
    assert (batches.sizes, len(batches.failures), store.records()) == ([], 1, [])
    store.create()
    assert len(store.records()) == 1


@pytest.mark.sqlite
def test_a_full_disk_loses_nothing_that_was_acknowledged(store: Kept) -> None:
    jobs = (fill_the_disk, store.job(big("a")), store.job(creating("b")))
    answers, sizes = answers_together(store, *jobs)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert (sizes, store.records()) == ([], [])
    store.write(big("c"))
    assert len(store.records()) == 1


@pytest.mark.sqlite
def test_a_write_that_fails_under_a_neighbours_look_up_is_nobodys_success(store: Kept) -> None:
    looking = store.job(PowerOnServer(), ref="nobody")
    jobs = (fill_the_disk, store.job(big("a")), looking, store.job(creating("b")))
    answers, _ = answers_together(store, *jobs)
    assert [type(answer) for answer in answers] == [Unavailable] * 4
    assert store.records() == []
    assert store.rows("servers") == {"servers": []}


def test_a_record_that_cannot_be_written_harms_only_its_own_caller(store: Kept) -> None:
    unwritable = store.job(creating("bad"), traceparent="\ud800")
    looking = store.job(PowerOnServer(), ref="nobody")
    jobs = (store.job(creating("a")), unwritable, looking, store.job(creating("b")))
    (a, bad, unknown, b), _ = answers_together(store, *jobs)
    assert isinstance(bad, UnicodeEncodeError)
    assert isinstance(unknown, ServerUnknown)
    assert [a.position, unknown.position, b.position] == [1, 2, 3]
    assert [row[3] for row in store.rows("servers")["servers"]] == ["a", "b"]


def test_a_writer_outlives_a_record_that_cannot_be_written(store: Kept) -> None:
    (bad,), _ = answers_together(store, store.job(creating("bad"), traceparent="\ud800"))
    assert isinstance(bad, UnicodeEncodeError)
    (good,), _ = answers_together(store, store.job(creating("good")))
    assert good.position == 1


def test_a_commit_that_took_effect_is_a_success_whatever_it_reported(store: Kept) -> None:
    with commits(store, fail_afterwards):
        batches = Batches(store)
        jobs = (store.job(creating("a"), idempotency_key="k"), store.job(creating("b")))
        a, b = batches.writer._answer(jobs)
    assert [(a.position, a.outcome), (b.position, b.outcome)] == [(1, "accepted"), (2, "accepted")]
    assert (batches.sizes, batches.positions, batches.failures) == ([2], [2], [])
    assert [row[3] for row in store.rows("servers")["servers"]] == ["a", "b"]
    repeated = store.write(creating("a"), idempotency_key="k")
    assert (repeated.position, repeated.servers) == (3, a.servers)
    assert isinstance(store.records(2)[0][1].event, RequestRepeated)


def test_a_commit_that_took_effect_keeps_the_writer_going(store: Kept) -> None:
    with commits(store, fail_afterwards):
        server_id = store.create()
    assert store.write(PowerOnServer(), server_id).outcome == "accepted"
    assert store.write(PowerOnServer(), server_id).outcome == "no_effect"


@pytest.mark.parametrize("error", [ZeroDivisionError("ours"), KeyError("ours")])
def test_a_crash_by_itself_is_told_as_it_is(store: Kept, error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        store.store.writer.run(fails(error, [store.job(creating("half"))]))
    assert raised.value is error
    assert store.records() == []
