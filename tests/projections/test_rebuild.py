"""Rows derived anew from the log equal those written as it grew."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.store.recorder import row_of
from commands.store.tables import events
from commands.unit import Unit
from domain.commands import DeleteServer, PowerOnServer
from domain.ports import Batch, Session
from domain.registry import UnreadableRecord
from projections import rebuild as rebuilding
from projections.rebuild import Rebuilder
from tests.commands.batches import answers_together, fails
from tests.commands.stores import DERIVED, FOLLOWED, ROOTS, TABLES, Ids, Kept, creating, kept
from tests.projections.histories import live, rebuilt


@pytest.fixture
def lived(store: Kept) -> Kept:
    """A store with a history."""
    live(store)
    return store


class Crash:
    """A row writer that crashes at its n-th batch."""

    def __init__(self, batches: int) -> None:
        self._left = batches

    def write(self, session: Session, batch: Batch) -> None:
        self._left -= 1
        if not self._left:
            raise ZeroDivisionError

    def clear(self, session: Session) -> None:
        """Nothing to remove."""


def test_the_history_leaves_rows_in_every_derived_table(lived: Kept) -> None:
    rows = lived.rows(*DERIVED)
    assert {name for name in DERIVED if not rows[name]} == set()
    assert set(TABLES) - set(DERIVED) == {
        *ROOTS,
        *FOLLOWED,
    }


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 5_000])
def test_rows_derived_anew_equal_those_written_live(
    lived: Kept, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "BATCH_RECORDS", batch)
    before = lived.rows()
    assert rebuilt(lived) == len(lived.records())
    assert lived.rows() == before


def test_deriving_twice_changes_nothing_more(lived: Kept) -> None:
    before = lived.rows()
    assert rebuilt(lived) == rebuilt(lived)
    assert lived.rows() == before


@pytest.mark.parametrize("name", DERIVED)
def test_whatever_became_of_a_table_it_is_derived_anew(lived: Kept, name: str) -> None:
    before = lived.rows()
    with lived.store.database.writing() as session:
        session.write(TABLES[name].delete(), [{}])
    assert lived.rows() == before | {name: []}
    rebuilt(lived)
    assert lived.rows() == before


def test_an_empty_log_leaves_no_rows(store: Kept) -> None:
    assert rebuilt(store) == 0
    assert store.rows(*DERIVED) == {name: [] for name in DERIVED}


def test_readers_see_the_old_rows_until_it_commits(lived: Kept) -> None:
    before, inner = lived.rows(), lived.store
    with inner.database.writing() as session:
        inner.servers.clear(session)
        assert lived.rows() == before
        inner.rebuilder.rebuild(session)
        assert lived.rows() == before


def test_commands_go_on_where_the_rebuilt_rows_stand(lived: Kept) -> None:
    rebuilt(lived)
    assert lived.write(PowerOnServer(), "last").servers[0].version == 2
    lived.write(DeleteServer(), "busy")
    before = lived.rows()
    rebuilt(lived)
    assert lived.rows() == before


@pytest.mark.parametrize("batches", [1, 2, 5])
def test_a_rebuild_that_crashes_half_way_leaves_the_old_rows(
    lived: Kept, batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "BATCH_RECORDS", 3)
    before, inner = lived.rows(), lived.store
    crashing = Rebuilder(inner.log, inner.servers, (*inner.row_writers, Crash(batches)))
    with pytest.raises(ZeroDivisionError), inner.database.writing() as session:
        crashing.rebuild(session)
    assert lived.rows() == before
    rebuilt(lived)
    assert lived.rows() == before


def test_a_record_that_cannot_be_read_stops_it_and_leaves_the_old_rows(lived: Kept) -> None:
    with lived.store.database.writing() as session:
        unknown = row_of(len(lived.records()) + 1, "x", 1, "x.y", b"{}")
        session.write(events.insert(), [unknown])
    before = lived.rows()
    with pytest.raises(UnreadableRecord, match=r"no event is registered as 'x\.y'"):
        rebuilt(lived)
    assert lived.rows() == before


@pytest.mark.parametrize("flushed", [False, True])
def test_half_a_batch_then_a_crash_then_again_equals_the_whole(
    tmp_path: Path, flushed: bool
) -> None:
    jobs = (
        lambda store: store.job(creating("a", tags=("t",))),
        lambda store: store.job(PowerOnServer(), ref="a", action="poweron", idempotency_key="k"),
    )
    rows = []
    for name, crashes in (("whole", False), ("crashed", True)):
        (tmp_path / name).mkdir()
        with kept(tmp_path / name) as store:
            if crashes:
                half = [job(store) for job in jobs] + [Unit.flush] * flushed
                with pytest.raises(ZeroDivisionError):
                    store.store.writer.run(fails(ZeroDivisionError(), half))
                assert (store.records(), store.rows("servers")) == ([], {"servers": []})
        with kept(tmp_path / name, Ids(1)) as store:
            answers_together(store, *(job(store) for job in jobs))
            rows.append(store.rows(*DERIVED))
            rebuilt(store)
            assert store.rows(*DERIVED) == rows[-1]
    assert rows[0] == rows[1]
