"""Finding what a server was: which of its versions stood at a position, and the row that has it.

A version is found through the log's own order of a stream, from the last mark on, so it takes the
same few steps whether a server has ten versions or a hundred thousand.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from domain.ports import Session
from projections.batches import bind, events
from projections.past import MARKED_VERSIONS
from projections.tables import OPEN, past_servers, server_marks, servers

AT: Final = bind("at", sa.BigInteger)


def version_at(server_id: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """The version that a server was at, `AT` the position: null before its creation."""
    mark = (
        sa.select(server_marks.c.version)
        .where(server_marks.c.id == server_id, server_marks.c.position <= AT)
        .order_by(server_marks.c.position.desc())
        .limit(1)
        .correlate_except(server_marks)
        .scalar_subquery()
    )
    own = events.alias("own")
    first = sa.func.coalesce(mark, sa.literal_column("1"))
    return (
        sa.select(sa.func.max(own.c.originator_version))
        .where(
            own.c.originator_id == server_id,
            own.c.originator_version >= first,
            own.c.originator_version < first + sa.literal_column(str(MARKED_VERSIONS)),
            own.c.position <= AT,
        )
        .correlate_except(own)
        .scalar_subquery()
    )


class StateRow(NamedTuple):
    """A row as it held from position `since` up to, not including, `until`."""

    organization: str
    version: int
    since: int
    until: int
    document: bytes | None
    state: bytes


_ID: Final = bind("server_id")
_NEXT: Final = (
    sa.select(events.c.position)
    .where(events.c.originator_id == _ID, events.c.originator_version == version_at(_ID) + 1)
    .scalar_subquery()
)
_UNTIL: Final = sa.select(sa.func.coalesce(_NEXT, sa.literal_column(str(OPEN))))
_PRESENT: Final = sa.select(
    servers.c.organization,
    servers.c.version,
    servers.c.since,
    sa.literal_column(str(OPEN)),
    servers.c.document,
    servers.c.state,
).where(servers.c.id == _ID)
_SUPERSEDED: Final = sa.select(
    past_servers.c.organization,
    past_servers.c.version,
    past_servers.c.since,
    past_servers.c.until,
    sa.null(),
    past_servers.c.state,
).where(past_servers.c.until == bind("until", sa.BigInteger))
BEFORE: Final = sa.select(
    past_servers.c.organization, past_servers.c.state, past_servers.c.backups
).where(past_servers.c.until == bind("until", sa.BigInteger))
LAST: Final = (
    sa.select(events.c.position)
    .where(events.c.originator_id == _ID)
    .order_by(events.c.originator_version.desc())
    .limit(1)
)
DELETION: Final = LAST.where(events.c.name == sa.text("'server.deleted'"))
STATES: Final = (
    sa.select(past_servers.c.version, past_servers.c.state)
    .select_from(events.join(past_servers, past_servers.c.until == events.c.position))
    .where(
        events.c.originator_id == _ID,
        # The version that ended it is the next one.
        events.c.originator_version > bind("after", sa.BigInteger) + 1,
        past_servers.c.since < sa.literal_column(str(OPEN)),
    )
    .order_by(events.c.originator_version)
    .limit(bind("limit", sa.BigInteger))
)
LAST_STATE: Final = sa.select(servers.c.version, servers.c.state).where(
    servers.c.id == _ID, servers.c.version > bind("after", sa.BigInteger)
)


def find_state(session: Session, server_id: str, position: int) -> StateRow | None:
    """What a server was at a position; None where it did not live then."""
    row = session.row(_PRESENT, {"server_id": server_id})
    if row is None or row[2] > position:
        until: Any = session.row(_UNTIL, {"server_id": server_id, "at": position})
        row = session.row(_SUPERSEDED, {"until": until[0]})
        # Where it was not created yet, that is the end of something else, or of nothing.
        if row is None or row[2] > position:
            return None
    return StateRow(*row)
