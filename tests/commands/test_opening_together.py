"""Several who open a database at once: one does what is to be done, the others find it done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from api.serve import first_start
from api.settings import Settings
from api.store import Store
from commands.store.revisions import HEAD, REVISIONS
from domain.ports import Session
from projections.rebuild import Rebuilder
from tests.commands.older import make_older
from tests.commands.stores import DERIVED, Ids, Kept, kept
from tests.databases import database_url, locked
from tests.projections.histories import live

T = TypeVar("T")
ALL = 4
WAIT_S = 0.5


def together(folder: Path, what: Callable[[], T]) -> list[T]:
    """What came of it in several threads, none of which had the write lock before all wanted it."""
    found: list[T] = []
    threads = [threading.Thread(target=lambda: found.append(what())) for _ in range(ALL)]
    with locked(folder):
        for thread in threads:
            thread.start()
        time.sleep(WAIT_S)
        assert not found
    for thread in threads:
        thread.join()
    assert len(found) == ALL
    return found


def opening(folder: Path) -> Callable[[], str | None]:
    """Opens a store there; the schema that it found."""

    def opened() -> str | None:
        store = Store(database_url(folder))
        store.close()
        return store.database.found.revision

    return opened


@pytest.mark.postgresql
def test_an_empty_database_is_made_once(tmp_path: Path) -> None:
    database_url(tmp_path)
    assert sorted(map(str, together(tmp_path, opening(tmp_path)))) == ["None", *[HEAD] * (ALL - 1)]
    with kept(tmp_path) as store:
        store.create()


def test_an_older_one_is_migrated_and_its_rows_derived_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept(tmp_path, Ids()) as store:
        live(store)
        expected = store.rows(*DERIVED)
    older = tmp_path / "older"
    make_older(tmp_path, older, REVISIONS[0])
    derived = []
    rebuild = Rebuilder.rebuild

    def counted(rebuilder: Rebuilder, session: Session) -> int:
        derived.append(threading.get_ident())
        return rebuild(rebuilder, session)

    monkeypatch.setattr(Rebuilder, "rebuild", counted)
    assert sorted(map(str, together(older, opening(older)))) == [REVISIONS[0], *[HEAD] * (ALL - 1)]
    assert len(derived) == 1
    with kept(older, Ids(1)) as store:
        assert store.rows(*DERIVED) == expected


def test_an_empty_log_begins_once_with_one_token(tmp_path: Path) -> None:
    stores = [Store(database_url(tmp_path)) for _ in range(ALL)]
    waiting = iter(stores)
    settings = Settings(database=database_url(tmp_path))
    try:
        tokens = together(tmp_path, lambda: first_start(next(waiting), settings))
    finally:
        for store in stores:
            store.close()
    assert len([token for token in tokens if token]) == 1
    with kept(tmp_path) as opened:
        assert len(records_of(opened)) == 2


def records_of(store: Kept) -> list[str]:
    return [type(record.event).__name__ for _, record in store.records()]
