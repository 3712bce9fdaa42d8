"""A log to look at, whole and as it stood when it was opened; nothing is ever written to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from commands.store.database import Database
from commands.store.log import ROWS, EventLog, RecordMapper
from commands.store.recorder import LogRecorder, last_position
from commands.store.side_rows import addresses, principal_names
from commands.store.tables import events
from domain.records import Record, UnreadableRow

CHUNK_RECORDS: Final = 5_000
Scanned = tuple[int, Record | UnreadableRow]

_COLUMNS: Final = tuple(column.name for column in events.c)
_FIRST: Final = sa.select(events.c.position, events.c.originator_id).order_by(events.c.position)


class History:
    """The records of a database, served just now or not, or of an exported file.

    `first` and `end` are the positions it has, 1 and 0 for an empty one, `store_id` the store's id.
    """

    def __init__(self, database: Database, store_id: str = "") -> None:
        """Look at an open database, which may have a part of the log of a store of that id."""
        self.database = database
        self.log = EventLog(LogRecorder(database), RecordMapper())
        with database.reading() as session:
            self.end = last_position(session)
            row = session.row(_FIRST.limit(1))
            self.first = row[0] if row else 1
            # The first record of a log is the first of a stream of the store's id.
            self.store_id = store_id or (row[1] if row else "")
            self._names = principal_names(session)
            self._addresses = addresses(session)

    def scan(self, start: int = 1, stop: int | None = None) -> Iterator[Scanned]:
        """The records from position `start` to `stop`, both included, or to the end.

        What cannot be read is told as such.
        """
        stop = self.end if stop is None else min(stop, self.end)
        at = max(start, self.first)
        while at <= stop:
            with self.database.reading() as session:
                chunk = list(self.log.scan(session, at, min(CHUNK_RECORDS, stop - at + 1)))
            if not chunk:
                return
            yield from chunk
            at = chunk[-1][0] + 1

    def scan_back(self, start: int) -> Iterator[Scanned]:
        """The records from position `start` back to the first."""
        at = min(start, self.end)
        while at >= self.first:
            low = max(self.first, at - CHUNK_RECORDS + 1)
            with self.database.reading() as session:
                chunk = list(self.log.scan(session, low, at - low + 1))
            yield from reversed(chunk)
            at = low - 1

    def stream(self, originator_id: str) -> Iterator[Scanned]:
        """One stream's records, by version, up to the end; what cannot be read is told as such."""
        version = 0
        while True:
            with self.database.reading() as session:
                chunk = list(self.log.scan_own(session, originator_id, version, CHUNK_RECORDS))
            for position, record in chunk:
                if position > self.end:
                    return
                version = record.originator_version
                yield position, record
            if len(chunk) < CHUNK_RECORDS:
                return

    def principal_name(self, principal_id: str) -> str | None:
        """A principal's name; None where it was erased, or stands in no file."""
        return self._names.get(principal_id)

    def address_of(self, source: str) -> str | None:
        """The address that a hash stands for; None where it was erased, or stands in no file."""
        return self._addresses.get(source)

    def rows(self, start: int, stop: int) -> Sequence[Mapping[str, Any]]:
        """The rows from position `start` to `stop`, as they are stored."""
        with self.database.reading() as session:
            found = session.rows(ROWS, {"start": start, "stop": stop})
        return [dict(zip(_COLUMNS, row, strict=True)) for row in found]
