"""Stores by way of their exported logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from api.importing import check_empty, check_importable, import_log
from api.soundness import verify
from commands.store.database import Database
from commands.store.exporting import Exported, export
from commands.store.history import History
from commands.store.loading import opened_file
from tests.databases import database_url


@contextmanager
def quiet(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Progress that nobody sees."""
    yield lambda done: None


def url_of(folder: Path) -> str:
    """The URL of the database in a folder."""
    return database_url(folder)


@contextmanager
def looking(folder: Path) -> Iterator[Database]:
    """The database in `folder`, to read."""
    database = Database(url_of(folder), read_only=True)
    try:
        yield database
    finally:
        database.close()


def exported(folder: Path, file: Path, first: int = 1, last: int | None = None) -> Exported:
    """Export the log of the store in `folder`."""
    with looking(folder) as database:
        return export(database, file, first, History(database).end if last is None else last)


def imported(file: Path, folder: Path, until: int | None = None) -> dict[str, str]:
    """Make a store in `folder`, which is made, from an exported file; its digests."""
    folder.mkdir(exist_ok=True)
    check_empty(url_of(folder))
    with opened_file(file) as history:
        last = history.end if until is None else until
        check_importable(history, last, quiet)
        return import_log(history, url_of(folder), last, quiet)


def move_store(url: str, folder: Path) -> None:
    """Make a store in `folder` from an export of the one at `url`."""
    database = Database(url, read_only=True)
    folder.mkdir()
    file = folder / "log.ndjson.zst"
    try:
        export(database, file, 1, History(database).end)
    finally:
        database.close()
    imported(file, folder)


def is_sound(folder: Path) -> bool:
    """Whether everything in the store in `folder` follows from its log."""
    with looking(folder) as database:
        return verify(database, quiet).sound
