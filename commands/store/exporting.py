"""Exporting a log, served or not, to a file that says of itself whether it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import sqlalchemy as sa

from commands.store.database import Database
from commands.store.digests import record_digest, side_digest
from commands.store.export_files import Chunks, FileRefused, chunks_of, unfinished
from commands.store.export_lines import (
    ORIGIN,
    PRINCIPAL,
    SECRET,
    Closed,
    LineInvalid,
    Opened,
    RecordLine,
    SideLine,
    closed_line,
    new_digest,
    opened_line,
    parse_line,
    record_line,
    side_line,
)
from commands.store.log import ROWS
from commands.store.tables import origins, principals, secrets

CHUNK_RECORDS: Final = 5_000

_PRINCIPALS: Final = sa.select(principals).order_by(principals.c.principal_id)
_ORIGINS: Final = sa.select(origins).order_by(origins.c.source)
_SECRETS: Final = sa.select(secrets).order_by(secrets.c.name)


class Exported(NamedTuple):
    """What an export wrote."""

    records: int
    lines: int
    """Those that the last one counts."""
    sha256: str
    damaged: tuple[int, ...]
    """Positions of records that do not have their digest in the store."""


def export(
    database: Database,
    path: Path,
    first: int,
    last: int,
    personal: bool = True,
    advance: Callable[[int], None] = lambda records: None,
) -> Exported:
    """Export the records from position `first` to `last`, both included, and the side rows.

    An interrupted export is gone on with. `personal` is whether names and addresses go along.
    `advance` is told of records as they are written. Raises `FileRefused`.
    """
    with database.reading() as session:
        row = session.row(ROWS, {"start": 1, "stop": 1})
    if row is None:
        raise FileRefused("the log is empty")
    with unfinished(path) as file:
        export_ = _Export(database, file, chunks_of(path), Opened(row[1], first))
        export_.resume(advance)
        export_.add_records(last, advance)
        if personal:
            export_.add_lines(_side_lines(database))
        export_.add_lines([closed_line(Closed(export_.lines, export_.digest.hexdigest()))])
        return export_.result()


class _Export:
    def __init__(self, database: Database, file: IO[bytes], chunks: Chunks, opened: Opened) -> None:
        self._database = database
        self._file = file
        self._chunks = chunks
        self._opened = opened
        self._position = opened.first - 1
        self._damaged: list[int] = []
        self.digest = new_digest()
        self.lines = 0

    def resume(self, advance: Callable[[int], None]) -> None:
        """Take up what was written before, up to the last whole record."""
        end = 0
        for chunk, end_of_chunk in self._chunks.read(self._file):
            lines = chunk.splitlines(keepends=True)
            if not self._take(lines):
                break
            end = end_of_chunk
            advance(len(lines))
        self._file.truncate(end)
        self._file.seek(end)
        if not end:
            self.add_lines([opened_line(self._opened)])

    def _take(self, lines: list[bytes]) -> bool:
        """Whether these lines of before are those of this export; side rows are told anew."""
        position = self._position
        for line in lines:
            if not self.lines:
                self._check_opened(line)
                continue
            try:
                found = parse_line(line, self._opened.store_id)
            except LineInvalid:
                return False
            if not isinstance(found, RecordLine) or found.position != position + 1:
                return False
            position += 1
        self._position = position
        self._count(lines)
        return True

    def _check_opened(self, line: bytes) -> None:
        if line != opened_line(self._opened):
            raise FileRefused(
                f"{self._file.name} was begun by another export; remove it, or go on with that one"
            )

    def add_records(self, last: int, advance: Callable[[int], None]) -> None:
        """Write the records up to position `last`."""
        while self._position < last:
            stop = min(self._position + CHUNK_RECORDS, last)
            with self._database.reading() as session:
                rows = session.rows(ROWS, {"start": self._position + 1, "stop": stop})
            lines = []
            for row in rows:
                record = RecordLine(*row)
                if record.sha256 != record_digest(*record[:-1]):
                    self._damaged.append(record.position)
                lines.append(record_line(self._opened.store_id, record))
            self.add_lines(lines)
            self._position = stop
            advance(len(lines))

    def add_lines(self, lines: list[bytes]) -> None:
        """Write lines, as one chunk."""
        if lines:
            self._file.write(self._chunks.pack(b"".join(lines)))
            self._count(lines)

    def _count(self, lines: list[bytes]) -> None:
        self.lines += len(lines)
        self.digest.update(b"".join(lines))

    def result(self) -> Exported:
        records = self._position - self._opened.first + 1
        return Exported(records, self.lines, self.digest.hexdigest(), tuple(self._damaged))


def _side_lines(database: Database) -> list[bytes]:
    with database.reading() as session:
        rows: Iterator[Any] = iter(session.rows(_PRINCIPALS))
        found = [SideLine(PRINCIPAL, key, name.encode(), digest) for key, name, digest in rows]
        for source, address in session.rows(_ORIGINS):
            value = address.encode()
            found.append(SideLine(ORIGIN, source, value, side_digest(source, value)))
        found += [SideLine(SECRET, *row) for row in session.rows(_SECRETS)]
    return [side_line(side) for side in found]
