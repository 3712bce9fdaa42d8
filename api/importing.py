"""Importing a log into an empty store: all of it is checked before anything is written."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from api.fold import Progress, follow
from api.models import DERIVATIONS, MODELS
from api.store import Store
from commands.store.connections import words_of
from commands.store.database import Database
from commands.store.export_files import FileRefused
from commands.store.files import DatabaseUnusable
from commands.store.history import CHUNK_RECORDS, History
from commands.store.recorder import last_position
from commands.store.session import StoreSession
from commands.store.soundness import digest_of_log
from commands.store.tables import events, origins, principals, secrets
from domain.events import RequestRepeated, ServerCreated, ServerEvent
from domain.records import Record, UnreadableRow
from domain.registry import UnreadableRecord
from projections.comparison import digest_rows

_SIDE_TABLES: Final = (principals, origins, secrets)
_INSERT_EVENT: Final = events.insert()
_UNFOLDABLE: Final = (
    *(TypeError, ValueError, LookupError, OverflowError, RecursionError),
    UnreadableRecord,
)
"""What a fold makes of records that no service wrote, though each can be read by itself."""


def position_at(history: History, at: dt.datetime) -> int:
    """The position of the last record whose time is `at` or before; 0 for none."""
    found = 0
    for position, record in history.scan():
        if not isinstance(record, UnreadableRow) and record.event.at <= at:
            found = position
    return found


def check_importable(history: History, until: int, progress: Progress) -> None:
    """See that every record up to `until` can be read, and stand where it does.

    Raises `FileRefused` with its line.
    """
    if history.first != 1:
        raise FileRefused(
            f"line 1: the file begins at position {history.first}; a store begins at position 1"
        )
    with progress("checking", until) as advance:
        for position, record in history.scan(1, until):
            if isinstance(record, UnreadableRow):
                raise FileRefused(f"line {position + 1}: {record.reason}")
            why = _why_misplaced(position, record)
            if why is not None:
                raise FileRefused(f"line {position + 1}: {why}")
            if not position % CHUNK_RECORDS:
                advance(CHUNK_RECORDS)


def _why_misplaced(position: int, record: Record) -> str | None:
    event, first = record.event, record.originator_version == 1
    if isinstance(event, ServerCreated):
        begins = first and record.originator_id == event.server_id
        return None if begins else "a server is created elsewhere than where its stream begins"
    if isinstance(event, ServerEvent) and first:
        return "a server changes that was not created"
    if isinstance(event, RequestRepeated) and not 1 <= event.first_position < position:
        return f"position {event.first_position} cannot be repeated at position {position}"
    return None


def check_empty(url: str) -> None:
    """See that there is no store at `url` yet, or an empty one. Raises `FileRefused`."""
    with suppress(DatabaseUnusable):  # of no file, or one that opening it will speak of
        there = Database(url, read_only=True)
        try:
            with there.reading() as session:
                _refuse_others(session, url)
        finally:
            there.close()


def _refuse_others(session: StoreSession, url: str) -> None:
    if last_position(session) or session.row(sa.select(principals.c.principal_id).limit(1)):
        raise FileRefused(f"{make_url(url).database} holds a log; import into an empty database")


def import_log(history: History, url: str, until: int, progress: Progress) -> dict[str, str]:
    """Write the records up to `until` into the store at `url`, in one transaction, and derive rows.

    The SHA-256 of the log and of each read model. Raises `FileRefused` or `DatabaseUnusable`.
    """
    store = Store(url)
    try:
        with store.database.serving():
            with store.database.writing() as session:
                _refuse_others(session, url)
                _copy(history, session, until, progress)
                _derive(store, session, until, progress)
            with store.database.reading() as session:
                return digests(session)
    finally:
        store.close()


def _derive(store: Store, session: StoreSession, until: int, progress: Progress) -> None:
    database = store.database
    unfoldable: tuple[type[Exception], ...] = (
        *_UNFOLDABLE,
        database.DataError,
        *database.IntegrityError,
    )
    try:
        with progress("read models", until) as advance:
            store.rebuilder.rebuild(session, advance)
        with progress("trail", until) as advance:
            follow(store.log, session, DERIVATIONS, until, advance)
    except unfoldable as error:
        raise FileRefused(f"the file's history cannot be folded: {words_of(error)}") from error


def _copy(history: History, session: StoreSession, until: int, progress: Progress) -> None:
    with history.database.reading() as source:
        for table in _SIDE_TABLES:
            names = [column.name for column in table.c]
            rows = source.rows(sa.select(table))
            if rows:
                # Of a store that was opened, the salt that it made for itself.
                session.write(table.delete(), [{}])
            session.write(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])
    with progress("records", until) as advance:
        for start in range(1, until + 1, CHUNK_RECORDS):
            records = history.rows(start, min(start + CHUNK_RECORDS - 1, until))
            session.write(_INSERT_EVENT, records)
            advance(len(records))


def digests(session: StoreSession) -> dict[str, str]:
    """The SHA-256 of the log and of each table of the read models, by name."""
    found = {"log": digest_of_log(session)}
    for model in MODELS:
        found |= {str(table.name): digest_rows(session, table) for table in model.tables}
    return found
