"""The log as histories: all records about a server or volume, or of another stream, together."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from commands.store.history import History
from commands.store.tables import events
from domain.ports import Session

CHUNK_ROWS: Final = 2_000
_ABOUT: Final = ("request.refused", "request.unchanged")
"""Events that stand in streams of their own, and name the server or volume they are about."""

_ROWS: Final = sa.select(
    events.c.position,
    events.c.originator_id,
    events.c.originator_version,
    events.c.name,
    events.c.state,
).where(events.c.position <= sa.bindparam("end", type_=sa.BigInteger))
_PLACE: Final = (events.c.originator_id, events.c.originator_version)
_BY_STREAM: Final = (
    _ROWS.where(
        sa.tuple_(*_PLACE)
        > sa.tuple_(
            sa.bindparam("originator_id", type_=sa.Text),
            sa.bindparam("originator_version", type_=sa.BigInteger),
        )
    )
    .order_by(*_PLACE)
    .limit(CHUNK_ROWS)
)
_REQUESTS: Final = (
    _ROWS.where(events.c.position > sa.bindparam("after", type_=sa.BigInteger))
    .where(events.c.name.in_([sa.literal_column(f"'{name}'") for name in _ABOUT]))
    .order_by(events.c.position)
    .limit(CHUNK_ROWS)
)
_ONE: Final = _ROWS.where(events.c.position == sa.bindparam("position", type_=sa.BigInteger))


class StoredRow(NamedTuple):
    """A record as it stands in the log."""

    position: int
    originator_id: str
    originator_version: int
    name: str
    state: bytes


class _Event(msgspec.Struct, gc=False):
    server_id: str | None = None
    volume_id: str | None = None


class _State(msgspec.Struct, gc=False):
    event: _Event


_STATES: Final = msgspec.json.Decoder(_State)


class Histories:
    """Goes through a log history by history; what is kept beside the present one are positions.

    These are of the requests about servers and volumes, which stand in streams of their own: eight
    bytes each.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._about: dict[str, array[int]] = {}
        after = 0
        while rows := self._rows(_REQUESTS, after=after):
            for row in rows:
                subject = _subject_of(row)
                if subject is not None:
                    self._about.setdefault(subject, array("q")).append(row.position)
            after = rows[-1].position

    def __iter__(self) -> Iterator[tuple[str, list[StoredRow]]]:
        """Each stream's id with its records, those about it from elsewhere in their places."""
        for originator_id, own in groupby(self._by_stream(), itemgetter(1)):
            rows = list(own)
            if not _stands_elsewhere(rows[0]):
                yield originator_id, self._with_requests(originator_id, rows)

    def of(self, originator_id: str) -> list[StoredRow]:
        """One stream's; none where there is no such stream."""
        rows, version = [], 0
        while more := self._rows(
            _BY_STREAM, originator_id=originator_id, originator_version=version
        ):
            own = [row for row in more if row.originator_id == originator_id]
            rows += own
            if len(own) < len(more) or len(more) < CHUNK_ROWS:
                break
            version = own[-1].originator_version
        return self._with_requests(originator_id, rows) if rows else []

    def at(self, position: int) -> StoredRow | None:
        """The record at a position, if there is one."""
        rows = self._rows(_ONE, position=position)
        return rows[0] if rows else None

    def subject_of(self, row: StoredRow) -> str:
        """The id of the history that a record belongs to."""
        return _subject_of(row) or row.originator_id if row.name in _ABOUT else row.originator_id

    def _with_requests(self, originator_id: str, own: list[StoredRow]) -> list[StoredRow]:
        positions = self._about.get(originator_id)
        if not positions:
            return own
        with self._history.database.reading() as session:
            found = [row for position in positions for row in self._one(session, position)]
        return sorted((*own, *found))

    def _one(self, session: Session, position: int) -> Sequence[StoredRow]:
        parameters = {"position": position, "end": self._history.end}
        return [StoredRow(*row) for row in session.rows(_ONE, parameters)]

    def _by_stream(self) -> Iterator[StoredRow]:
        place: dict[str, Any] = {"originator_id": "", "originator_version": 0}
        while rows := self._rows(_BY_STREAM, **place):
            yield from rows
            place = {
                "originator_id": rows[-1].originator_id,
                "originator_version": rows[-1].originator_version,
            }

    def _rows(self, statement: sa.Select[Any], **parameters: Any) -> list[StoredRow]:
        with self._history.database.reading() as session:
            rows = session.rows(statement, parameters | {"end": self._history.end})
        return [StoredRow(*row) for row in rows]


def _subject_of(row: StoredRow) -> str | None:
    try:
        event = _STATES.decode(row.state).event
        return event.server_id or event.volume_id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None  # damaged: it stands by itself, and is told there


def _stands_elsewhere(row: StoredRow) -> bool:
    return row.name in _ABOUT and _subject_of(row) is not None
