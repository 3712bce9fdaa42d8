"""Reading an exported file: all of it is checked, and then stands in a store of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from commands.store.database import Database
from commands.store.export_files import FileRefused, reading_lines
from commands.store.export_lines import (
    ORIGIN,
    PRINCIPAL,
    Closed,
    LineInvalid,
    Opened,
    RecordLine,
    SideLine,
    new_digest,
    opens,
    parse_line,
)
from commands.store.history import History
from commands.store.recorder import INSERT
from commands.store.session import StoreSession
from commands.store.soundness import find_gap_in_stream
from commands.store.tables import events, metadata, origins, principals, secrets

_BATCH: Final = 2_000
_INSERT_PRINCIPAL: Final = principals.insert()
_INSERT_ORIGIN: Final = origins.insert()
_INSERT_SECRET: Final = secrets.insert()
_HOLDER: Final = sa.select(events.c.position).where(
    events.c.originator_id == sa.bindparam("originator_id", type_=sa.Text),
    events.c.originator_version == sa.bindparam("originator_version", type_=sa.BigInteger),
)


@contextmanager
def opened_file(
    path: Path, advance: Callable[[int], None] = lambda lines: None
) -> Iterator[History]:
    """What an exported file tells, after all of it was checked.

    `advance` is told of lines as they are read. Raises `FileRefused`, with the line.
    """
    with tempfile.TemporaryDirectory(prefix="rackledger-") as folder:
        database = Database(f"sqlite:///{folder}/file.db", (metadata,))
        try:
            with database.writing() as session:
                opened = _Load(session, database.IntegrityError).load(path, advance)
                gap = find_gap_in_stream(session, opened.first)
                if gap is not None:
                    raise FileRefused(
                        f"line {gap - opened.first + 2}: its stream lacks the record before"
                    )
            yield History(database, opened.store_id)
        finally:
            database.close()


class _Load:
    """One pass over the lines of a file."""

    def __init__(self, session: StoreSession, taken: tuple[type[Exception], ...]) -> None:
        self._session = session
        self._taken = taken
        self._digest = new_digest()
        self._opened = Opened("", 1)
        self._position = 0
        self._records: list[dict[str, Any]] = []
        self._sides = False

    def load(self, path: Path, advance: Callable[[int], None]) -> Opened:
        """Take in every line; what the first one says."""
        number, closed = 0, False
        with reading_lines(path) as lines:
            for number, line in enumerate(lines, 1):
                try:
                    closed = self._take(number, line, closed)
                except LineInvalid as error:
                    raise FileRefused(f"line {number}: {error}") from error
                if len(self._records) == _BATCH:
                    self._flush()
                    advance(_BATCH)
        if not closed:
            raise FileRefused(f"line {number + 1}: missing: the file is cut off")
        self._flush()
        return self._opened

    def _take(self, number: int, line: bytes, closed: bool) -> bool:
        """Take in a line; whether it is the last."""
        if closed:
            raise LineInvalid("stands behind the last one")
        if not line.endswith(b"\n"):
            raise LineInvalid("cut off")
        if opens(line) != (number == 1):
            raise LineInvalid("not what an export begins with" if number == 1 else "opens anew")
        found = parse_line(line, self._opened.store_id)
        match found:
            case Opened(first=first):
                self._opened, self._position = found, first - 1
            case Closed(lines=lines, sha256=digest):
                if (lines, digest) != (number - 1, self._digest.hexdigest()):
                    raise LineInvalid("the lines before are not those that were exported")
                if self._position < self._opened.first:
                    raise LineInvalid("no record stands before it")
                return True
            case RecordLine():
                self._take_record(found)
            case SideLine():
                self._sides = True
                self._keep(found)
        self._digest.update(line)
        return False

    def _take_record(self, record: RecordLine) -> None:
        position = record.position
        if position != self._position + 1 or self._sides:
            raise LineInvalid(f"position {position} does not follow position {self._position}")
        if position == 1 and record.originator_id != self._opened.store_id:
            raise LineInvalid("not of the store that line 1 names")
        self._position = position
        self._records.append(record._asdict())

    def _flush(self) -> None:
        rows, self._records = self._records, []
        try:
            self._session.write(INSERT, rows)
        except self._taken as error:
            for row in rows:
                holder = self._session.row(_HOLDER, row)
                if holder is not None and holder[0] != row["position"]:
                    line = row["position"] - self._opened.first + 2
                    raise FileRefused(
                        f"line {line}: the record at position {holder[0]} has its place"
                    ) from error
            raise

    def _keep(self, side: SideLine) -> None:
        try:
            self._write(side)
        except self._taken as error:
            raise LineInvalid(f"the {side.type} {side.key!r} stands twice") from error

    def _write(self, side: SideLine) -> None:
        if side.type == ORIGIN:
            self._session.write(
                _INSERT_ORIGIN, [{"source": side.key, "address": side.value.decode()}]
            )
        elif side.type == PRINCIPAL:
            name = side.value.decode()
            self._session.write(
                _INSERT_PRINCIPAL,
                [{"principal_id": side.key, "name": name, "sha256": side.sha256}],
            )
        else:
            self._session.write(
                _INSERT_SECRET, [{"name": side.key, "value": side.value, "sha256": side.sha256}]
            )
