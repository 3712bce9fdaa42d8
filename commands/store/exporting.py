"""Exporting a log, served or not, to a file that says of itself whether it is whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NamedTuple

import sqlalchemy as sa

from commands.store.database import Database
from commands.store.digests import record_digest, side_digest
from commands.store.export_files import FileRefused, packing, unfinished
from commands.store.export_lines import (
    ORIGIN,
    PRINCIPAL,
    SECRET,
    Closed,
    Opened,
    RecordLine,
    SideLine,
    closed_line,
    new_digest,
    opened_line,
    record_line,
    side_line,
)
from commands.store.log import ROWS
from commands.store.soundness import check_side_rows
from commands.store.tables import origins, principals, secrets

CHUNK_RECORDS: Final = 5_000

_SIDE_ROWS: Final = (
    (PRINCIPAL, sa.select(principals).order_by(principals.c.principal_id)),
    (ORIGIN, sa.select(origins).order_by(origins.c.source)),
    (SECRET, sa.select(secrets).order_by(secrets.c.name)),
)
_NOT_OF_ITS_KIND: Final = (TypeError, AttributeError, ValueError, OverflowError)
"""What a row raises whose columns are not of their types, which SQLite does not see to."""


class Exported(NamedTuple):
    """What an export wrote."""

    records: int
    lines: int
    """Those that the last one counts."""
    sha256: str
    damaged: tuple[int, ...]
    """Positions of records that are missing or do not have their digest in the store."""
    damaged_rows: tuple[str, ...]
    """Side rows that are not what was stored."""


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
    What is damaged is written as it is, or left out where no line can hold it, and told. `advance`
    is told of records as they are written. Raises `FileRefused`.
    """
    with database.reading() as session:
        row = session.row(ROWS, {"start": 1, "stop": 1})
    if row is None:
        raise FileRefused("the log has no record at position 1")
    with unfinished(path) as file:
        export_ = _Export(database, file, packing(path), Opened(row[1], first))
        export_.add_opening()
        export_.add_records(last, advance)
        if personal:
            export_.add_side_rows()
        export_.add_lines([closed_line(Closed(export_.lines, export_.digest.hexdigest()))])
        file.truncate()  # what else the interrupted one may have left
        return export_.result()


class _Export:
    def __init__(
        self, database: Database, file: IO[bytes], pack: Callable[[bytes], bytes], opened: Opened
    ) -> None:
        self._database = database
        self._file = file
        self._pack = pack
        self._opened = opened
        self._going_on = True
        self._records = 0
        self._damaged: list[int] = []
        self._damaged_rows: list[str] = []
        self.digest = new_digest()
        self.lines = 0

    def add_opening(self) -> None:
        """Write the first line. Raises `FileRefused` where that of another export stands."""
        line = opened_line(self._opened)
        packed = self._pack(line)
        if not packed.startswith(self._file.read(len(packed))):
            raise FileRefused(
                f"{self._file.name} was begun by another export; remove it, or go on with that one"
            )
        self._file.seek(0)
        self.add_lines([line])

    def add_records(self, last: int, advance: Callable[[int], None]) -> None:
        """Write the records up to position `last`."""
        for start in range(self._opened.first, last + 1, CHUNK_RECORDS):
            stop = min(start + CHUNK_RECORDS - 1, last)
            lines = self._record_lines(start, stop)
            self.add_lines(lines)
            self._records += len(lines)
            advance(stop - start + 1)

    def _record_lines(self, start: int, stop: int) -> list[bytes]:
        with self._database.reading() as session:
            rows = session.rows(ROWS, {"start": start, "stop": stop})
        found = {row[0]: RecordLine(*row) for row in rows}
        lines = []
        for position in range(start, stop + 1):
            sound = False
            with suppress(KeyError, *_NOT_OF_ITS_KIND):
                record = found[position]
                lines.append(record_line(self._opened.store_id, record))
                sound = record.sha256 == record_digest(*record[:-1])
            if not sound:
                self._damaged.append(position)
        return lines

    def add_side_rows(self) -> None:
        """Write the side rows."""
        lines = []
        with self._database.reading() as session:
            self._damaged_rows = [finding.where for finding in check_side_rows(session)]
            for type_, statement in _SIDE_ROWS:
                for key, value, *digest in session.rows(statement):
                    with suppress(*_NOT_OF_ITS_KIND):
                        stored = value.encode() if isinstance(value, str) else value
                        # An address is stored without one: its key is its hash.
                        (sealed,) = digest or (side_digest(key, stored),)
                        lines.append(side_line(SideLine(type_, key, stored, sealed)))
        self.add_lines(lines)

    def add_lines(self, lines: list[bytes]) -> None:
        """Write lines, as one chunk, unless an interrupted export wrote just these here."""
        if not lines:
            return
        chunk = b"".join(lines)
        packed = self._pack(chunk)
        if not self._stands(packed):
            self._file.write(packed)
        self.lines += len(lines)
        self.digest.update(chunk)

    def _stands(self, packed: bytes) -> bool:
        if self._going_on:
            at = self._file.tell()
            self._going_on = self._file.read(len(packed)) == packed
            if not self._going_on:
                self._file.truncate(at)
        return self._going_on

    def result(self) -> Exported:
        """What was written."""
        return Exported(
            self._records,
            self.lines,
            self.digest.hexdigest(),
            tuple(self._damaged),
            tuple(self._damaged_rows),
        )
