"""The log as histories: what is about a server goes with it, wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from commands import histories as module
from commands.histories import Histories
from commands.store.history import History
from commands.store.tables import events
from domain.commands import PowerOnServer, ResetServer
from tests.commands.replays import refused
from tests.commands.stores import Kept
from tests.projections.histories import live


def gathered(store: Kept) -> dict[str, list[int]]:
    """The positions of every history."""
    found = Histories(History(store.store.database))
    return {subject: [row.position for row in rows] for subject, rows in found}


def test_requests_about_a_server_stand_in_its_history_in_order(store: Kept) -> None:
    first, second = store.create("a"), store.create("b")
    refused(store, ResetServer(hard=False), first)
    store.write(PowerOnServer(), second)
    store.write(PowerOnServer(), first)
    store.write(PowerOnServer(), second)
    nobody = refused(store, PowerOnServer(), "nobody")
    found = gathered(store)
    assert found.pop(first) == [1, 3, 5]
    assert found.pop(second) == [2, 4, 6]
    assert list(found.values()) == [[nobody]]


@pytest.mark.parametrize("chunk", [1, 2, 1_000])
def test_every_record_is_in_one_history(
    store: Kept, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    live(store)
    for name in ("_BY_STREAM", "_REQUESTS"):
        monkeypatch.setattr(module, name, getattr(module, name).limit(chunk))
    monkeypatch.setattr(module, "CHUNK_ROWS", chunk)
    found = gathered(store)
    assert sorted(position for own in found.values() for position in own) == [
        position for position, _ in store.records()
    ]
    log = Histories(History(store.store.database))
    for subject, positions in found.items():
        if not subject.startswith("request"):
            assert [row.position for row in log.of(subject)] == positions


def test_what_comes_after_the_log_was_opened_is_not_seen(store: Kept) -> None:
    server = store.create("a")
    found = Histories(History(store.store.database))
    store.write(PowerOnServer(), server)
    store.write(PowerOnServer(), server)
    assert [row.position for _, rows in found for row in rows] == [1]
    assert found.at(2) is None


def test_a_damaged_request_stands_by_itself(store: Kept, tmp_path: Path) -> None:
    server = store.create("a")
    position = refused(store, ResetServer(hard=False), server)
    with store.store.database.writing() as session:
        whose = events.c.position == position
        session.connection.execute(sa.update(events).where(whose).values(state=b"\xff"))
    assert sorted(gathered(store).values()) == [[1], [position]]
