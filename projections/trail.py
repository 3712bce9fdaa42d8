"""The trail: by what the audit and the events are asked, a row a record, and the log's clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from domain.events import (
    RequestRefused,
    RequestRepeated,
    RequestUnchanged,
    ServerEvent,
)
from domain.ports import Log, ServerRows, Session
from domain.records import Metadata, Record, UnreadableRow
from domain.registry import REGISTRY, UnreadableRecord
from domain.server import Server, evolve
from projections.batches import bind
from projections.differences import changes
from projections.document import FIELDS
from projections.following import Derived, Statement
from projections.tables import clock, trail

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_BITS: Final = {field: 1 << n for n, field in enumerate(FIELDS)}
_INSERT: Final = trail.insert()
_CLEAR: Final = trail.delete()
_TICK: Final = clock.insert()
_UNDERCUT: Final = clock.delete().where(clock.c.time >= bind("from_time", sa.Integer))
_CLEAR_CLOCK: Final = clock.delete()
_AT: Final = (
    sa.select(clock.c.position)
    .where(clock.c.time <= bind("at", sa.Integer))
    .order_by(clock.c.time.desc())
    .limit(1)
)
_ACTIONS: Final[Mapping[str, str]] = {
    "create_servers": "create",
    "update_server": "update",
    "delete_server": "delete",
    "revert_server": "revert",
}


def microseconds(at: dt.datetime) -> int:
    """A time as rows have it: whole microseconds since 1970, UTC."""
    return (at - _EPOCH) // _MICROSECOND


def action_of(asked: Metadata) -> str:
    """What was asked for, in a word: an action's as sent."""
    return asked.action or _ACTIONS.get(asked.command, asked.command)


def bits_of(fields: Sequence[str]) -> int:
    """Fields as the trail's rows have them."""
    return sum(_BITS[field] for field in fields)


def position_at(session: Session, at: dt.datetime) -> int:
    """The position of the last followed record whose time is `at` or before; 0 for none."""
    row = session.row(_AT, {"at": microseconds(at)})
    return int(row[0]) if row else 0


class About(NamedTuple):
    """The server that a record is about, if one, and what it was before and after."""

    server_id: str | None
    before: Server | None
    after: Server | None


class Trail:
    """Derives the rows (a `projections.following.Derivation`)."""

    name = "trail"

    def __init__(self, log: Log, servers: ServerRows) -> None:
        self._log = log
        self._servers = servers

    def derive(self, session: Session, records: Sequence[tuple[int, Record]]) -> Derived:
        """What to write for the next records."""
        states: dict[str, Server] = {}
        rows: list[dict[str, Any]] = []
        unread: list[tuple[int, UnreadableRow]] = []
        for at, record in records:
            try:
                rows.append(self._row(session, states, at, record))
            except (UnreadableRecord, TypeError) as error:
                # What it builds on cannot be read, or does not fit it.
                states.pop(record.originator_id, None)
                type_ = REGISTRY.name_of(record.event)
                unread.append((at, UnreadableRow(record.originator_id, type_, str(error))))
        ticks: list[dict[str, Any]] = []
        for row in reversed(rows):
            if not ticks or row["time"] < ticks[-1]["time"]:
                ticks.append({"time": row["time"], "position": row["position"]})
        undercut = [{"from_time": ticks[-1]["time"]}] if ticks else []
        return Derived(
            [(_INSERT, rows), (_UNDERCUT, undercut), (_TICK, ticks[::-1])], tuple(unread)
        )

    def clear(self) -> Sequence[Statement]:
        """What to write to derive them anew."""
        return [(_CLEAR, [{}]), (_CLEAR_CLOCK, [{}])]

    def _row(
        self, session: Session, states: dict[str, Server], position: int, record: Record
    ) -> dict[str, Any]:
        event, asked = record.event, record.metadata
        server_id, before, after = self.about(session, position, record, states)
        bound = before or after
        return {
            "position": position,
            "part": asked.part,
            "type": REGISTRY.name_of(event),
            "time": microseconds(event.at),
            "organization": asked.organization,
            "actor": asked.principal_id,
            "server_id": server_id,
            "name": bound.name if bound else asked.ref,
            "new_name": after.name if after and bound and after.name != bound.name else None,
            "action": action_of(asked),
            "outcome": asked.outcome,
            "request_id": asked.request_id,
            "fields": bits_of([change["field"] for change in changes(before, after)]),
        }

    def about(
        self,
        session: Session,
        position: int,
        record: Record,
        states: MutableMapping[str, Server] | None = None,
    ) -> About:
        """The server that a record is about. `states` are as earlier records of a batch left them.

        Raises `UnreadableRecord`.
        """
        event, states = record.event, {} if states is None else states
        if isinstance(event, ServerEvent):
            server_id = record.originator_id
            before = states.get(server_id)
            if before is None and record.originator_version > 1:
                before = self._state_before(session, position, record)
            after = states[server_id] = evolve(before, event)
            return About(server_id, before, after)
        match event:
            case RequestRefused(server_id=str(server_id)) | RequestUnchanged(server_id=server_id):
                state = self._servers.get_past(session, server_id, position)
                return About(server_id, state, state)
            case RequestRepeated(first_position=first):
                ((_, repeated),) = self._log.read(session, first, 1)
                of, before, _ = self.about(session, first, repeated)
                state = before or self._servers.get_past(session, of or "", first)
                return About(of, state, state)
        return About(None, None, None)

    def _state_before(self, session: Session, position: int, record: Record) -> Server | None:
        # A deleted server as such, before it is brought back.
        server_id = record.originator_id
        state = self._servers.get_past(session, server_id, position - 1)
        if state is not None:
            return state
        deleted_at = self._log.position_of(session, server_id, record.originator_version - 1)
        assert deleted_at is not None, "versions are dense"
        ((_, deleted),) = self._log.read(session, deleted_at, 1)
        state = self._servers.get_past(session, server_id, deleted_at - 1)
        return evolve(state, deleted.event)
