"""The trail: by what the audit and the events are asked, a row a record, and the log's clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from domain.ports import Session
from domain.records import Metadata, Record
from domain.registry import REGISTRY
from projections.batches import bind
from projections.derivation import Statement, Told
from projections.differences import changed_fields
from projections.document import FIELDS
from projections.recall import About
from projections.tables import clock, trail

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_BITS: Final = {field: 1 << n for n, field in enumerate(FIELDS)}
_INSERT: Final = trail.insert()
_CLEAR: Final = trail.delete()
_TICK: Final = clock.insert()
_UNDERCUT: Final = clock.delete().where(clock.c.time >= bind("from_time", sa.BigInteger))
_CLEAR_CLOCK: Final = clock.delete()
_AT: Final = (
    sa.select(clock.c.position)
    .where(clock.c.time <= bind("at", sa.BigInteger))
    .order_by(clock.c.time.desc())
    .limit(1)
)
_ACTIONS: Final[Mapping[str, str]] = {
    "create_servers": "create",
    "update_server": "update",
    "change_metadata": "update",
    "attach_volume": "update",
    "detach_volume": "update",
    "delete_server": "delete",
    "revert_server": "revert",
}


def microseconds(at: dt.datetime) -> int:
    """A time as rows have it: whole microseconds since 1970, UTC."""
    return (at - _EPOCH) // _MICROSECOND


def action_of(asked: Metadata) -> str:
    """What was asked for, in a word: an action's as sent."""
    return asked.action or _ACTIONS.get(asked.command, asked.command)


def bits_of(fields: Iterable[str]) -> int:
    """Fields as the trail's rows have them."""
    return sum(_BITS[field] for field in fields)


def position_at(session: Session, at: dt.datetime) -> int:
    """The position of the last followed record whose time is `at` or before; 0 for none."""
    row = session.row(_AT, {"at": microseconds(at)})
    return int(row[0]) if row else 0


class Trail:
    """Derives the rows (a `projections.derivation.Derivation`)."""

    def derive(self, session: Session, told: Sequence[Told]) -> Sequence[Statement]:
        """What to write for the next records."""
        rows = [_row(at, record, about) for at, record, about in told if record is not None]
        ticks: list[dict[str, Any]] = []
        for row in reversed(rows):
            if not ticks or row["time"] < ticks[-1]["time"]:
                ticks.append({"time": row["time"], "position": row["position"]})
        undercut = [{"from_time": ticks[-1]["time"]}] if ticks else []
        return [(_INSERT, rows), (_UNDERCUT, undercut), (_TICK, ticks[::-1])]

    def clear(self) -> Sequence[Statement]:
        """What to write to derive them anew."""
        return [(_CLEAR, [{}]), (_CLEAR_CLOCK, [{}])]


def _row(position: int, record: Record, about: About) -> dict[str, Any]:
    asked, name = record.metadata, about.name
    renamed = about.after is not None and about.after.name != name
    return {
        "position": position,
        "part": asked.part,
        "type": REGISTRY.name_of(record.event),
        "time": microseconds(record.event.at),
        "organization": asked.organization,
        "actor": asked.principal_id,
        "server_id": about.server_id,
        "name": asked.ref if name is None else name,
        "new_name": about.after.name if about.after and renamed else None,
        "action": action_of(asked),
        "outcome": asked.outcome,
        "request_id": asked.request_id,
        "fields": bits_of(changed_fields(about.before, about.after)),
    }
