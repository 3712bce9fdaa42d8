"""The questions asked of the servers as of a position: the same as of the live ones.

A server as of a position is its live row where that holds since then, and else the first of its
past rows that held longer. Which servers there were comes from the live rows and, of those that are
gone, from the ends of their lives by class: all of class k under way at p were born in the last
2^(k+1) positions before it, so that no more is looked at than lived about then.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from domain.ports import Scope, Session
from domain.registry import REGISTRY, Registry
from domain.server import Server
from projections.batches import bind
from projections.document import encode_document
from projections.past import LIVES_AGAIN
from projections.server_queries import Filter, Found, log_position_of
from projections.servers import in_scope
from projections.tables import OPEN, past_servers, server_tags, servers

_ORGANIZATIONS_APART_MAX: Final = 8
_AT: Final = bind("at", sa.Integer)

_LIVE: Final = sa.select(
    servers.c.organization,
    servers.c.version,
    servers.c.since,
    sa.literal_column(str(OPEN)),
    servers.c.document,
    sa.null(),
).where(servers.c.id == bind("server_id"))
_HELD: Final = (
    sa.select(
        past_servers.c.organization,
        past_servers.c.version,
        past_servers.c.since,
        past_servers.c.until,
        sa.null(),
        past_servers.c.state,
    )
    .where(past_servers.c.id == bind("server_id"), past_servers.c.until > _AT)
    .order_by(past_servers.c.until)
    .limit(1)
)
_STATES: Final = (
    sa.select(past_servers.c.since, past_servers.c.state)
    .where(
        past_servers.c.id == bind("server_id"),
        # Until first: that is what the rows are kept by.
        past_servers.c.until > bind("after", sa.Integer),
        past_servers.c.since > bind("after", sa.Integer),
    )
    .order_by(past_servers.c.until)
    .limit(bind("limit", sa.Integer))
)
_LAST_STATE: Final = sa.select(servers.c.since, servers.c.state).where(
    servers.c.id == bind("server_id"), servers.c.since > bind("after", sa.Integer)
)


class Past(NamedTuple):
    """A server as it was shown from position `since` up to, not including, `until`."""

    id: str
    organization: str
    version: int
    since: int
    until: int
    document: bytes


def find_past(session: Session, server_id: str, position: int, scope: Scope) -> Past | None:
    """The server of that id as of a position, as far as `scope` sees it.

    Raises `UnreadableRecord` for a row that must be derived anew.
    """
    parameters = {"server_id": server_id, "at": position}
    for statement in (_LIVE, _HELD):
        row = session.row(statement, parameters)
        if row is not None and row[2] <= position:
            if scope is not None and row[0] not in scope:
                return None
            organization, version, since, until, document, state = row
            shown = _document(document, state)
            return Past(server_id, organization, version, since, until, shown)
    return None


def list_states(
    session: Session,
    server_id: str,
    after: int,
    limit: int,
    registry: Registry = REGISTRY,
) -> list[tuple[int, Server]]:
    """At most `limit` states of a server that began past position `after`, with their beginnings.

    Raises `UnreadableRecord` for a row that must be derived anew.
    """
    parameters = {"server_id": server_id, "after": after, "limit": limit}
    rows = session.rows(_STATES, parameters)
    if len(rows) < limit:
        rows += session.rows(_LAST_STATE, parameters)
    return [(since, registry.decode_state(state)) for since, state in rows]


def list_past_ids(session: Session, name: str, position: int, scope: Scope) -> tuple[str, ...]:
    """The ids of the servers that bore exactly this name then, oldest first."""
    filter_ = Filter(scope, (("name", name),))
    if filter_.empty:
        return ()
    statement, parameters = _asked(session, filter_, position, 0)
    found = session.rows(statement, parameters | {"most": OPEN, "skipped": 0})
    return tuple(server_id for _, server_id, _, _ in found)


def list_past(
    session: Session, filter_: Filter, position: int, after: int, limit: int, offset: int = 0
) -> list[Found]:
    """At most `limit` servers as of a position, in order of creation: past one, or an offset."""
    if filter_.empty:
        return []
    statement, parameters = _asked(session, filter_, position, after)
    found = session.rows(statement, parameters | {"most": limit + offset, "skipped": offset})
    return [(at, _document(document, state)) for at, _, document, state in found]


def count_past(session: Session, filter_: Filter, position: int) -> int:
    """How many there were."""
    if filter_.empty:
        return 0
    statement, parameters = _asked(session, filter_, position, 0, counted=True)
    row = session.row(statement, parameters)
    assert row is not None
    return int(row[0])


def _document(document: bytes | None, state: bytes, registry: Registry = REGISTRY) -> bytes:
    return encode_document(registry.decode_state(state)) if document is None else document


def _asked(
    session: Session, filter_: Filter, position: int, after: int, *, counted: bool = False
) -> tuple[Any, dict[str, Any]]:
    # No life is longer than the log.
    classes = (*range(log_position_of(session).bit_length()), LIVES_AGAIN)
    parameters = filter_.parameters | {"at": position, "after": after}
    for k in classes:
        parameters[f"from_{k}"] = max(after, position - 2 ** (k + 1))
    build = _count if counted else _list
    return build(len(classes) - 1, *filter_.shape), parameters


@lru_cache(maxsize=512)
def _list(
    classes: int, organizations: int | None, columns: tuple[str, ...], tags: int
) -> sa.Select[Any]:
    found = _all(classes, organizations, columns, tags, limited=True)
    return (
        sa.select(found)
        .order_by(found.c.position)
        .limit(bind("most", sa.Integer))
        .offset(bind("skipped", sa.Integer))
    )


@lru_cache(maxsize=512)
def _count(
    classes: int, organizations: int | None, columns: tuple[str, ...], tags: int
) -> sa.Select[Any]:
    found = _all(classes, organizations, columns, tags, limited=False)
    return sa.select(sa.func.count()).select_from(found)


def _all(
    classes: int,
    organizations: int | None,
    columns: tuple[str, ...],
    tags: int,
    *,
    limited: bool,
) -> sa.Subquery:
    """Those that live still and those that are gone, as far as they lived at `at`."""
    parts = [_living(organizations, columns, tags)]
    apart = organizations is not None and organizations <= _ORGANIZATIONS_APART_MAX
    for k in (*range(classes), LIVES_AGAIN):
        if organizations is None or not apart:
            ended = _gone(k, columns, tags)
            if organizations is not None:
                ended = ended.where(in_scope(_END.c.organization, organizations))
            parts.append(ended)
        else:
            parts += [
                _gone(k, columns, tags).where(_END.c.organization == bind(f"organization_{n}"))
                for n in range(organizations)
            ]
    if limited:
        parts = [part.limit(bind("most", sa.Integer)) for part in parts]
    return sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery()


_END: Final = past_servers.alias("ended")
_THEN: Final = past_servers.alias("held")


def _held_by(of: sa.FromClause) -> sa.ColumnElement[bool]:
    """That `_THEN` is the past row of a server that held at `at`."""
    other = past_servers.alias("other")
    until = (
        sa.select(sa.func.min(other.c.until))
        .where(other.c.id == of.c.id, other.c.until > _AT)
        .correlate(of)
        .scalar_subquery()
    )
    return sa.and_(_THEN.c.id == of.c.id, _THEN.c.until == until)


def _living(organizations: int | None, columns: tuple[str, ...], tags: int) -> sa.Select[Any]:
    holds = servers.c.since <= _AT

    def then(name: str) -> sa.ColumnElement[Any]:
        return sa.case((holds, servers.c[name]), else_=_THEN.c[name])

    part = (
        sa.select(
            servers.c.position,
            servers.c.id,
            sa.case((holds, servers.c.document)).label("document"),
            sa.case((sa.not_(holds), _THEN.c.state)).label("state"),
        )
        .select_from(servers.outerjoin(_THEN, sa.and_(sa.not_(holds), _held_by(servers))))
        .where(
            servers.c.position > bind("after", sa.Integer),
            servers.c.position <= _AT,
            servers.c.born <= _AT,
            *_where(servers, columns, tags, then),
        )
        .order_by(servers.c.position)
    )
    if organizations is not None:
        part = part.where(in_scope(servers.c.organization, organizations))
    return part


def _gone(k: int, columns: tuple[str, ...], tags: int) -> sa.Select[Any]:
    earliest = bind("after" if k == LIVES_AGAIN else f"from_{k}", sa.Integer)
    return (
        sa.select(
            _END.c.position, _END.c.id, sa.null().label("document"), _THEN.c.state.label("state")
        )
        .select_from(_END.join(_THEN, _held_by(_END)))
        .where(
            _END.c.life == sa.literal_column(str(k)),
            _END.c.position > earliest,
            _END.c.position <= _AT,
            _END.c.born <= _AT,
            _END.c.until > _AT,
            *_where(_END, columns, tags, lambda name: _THEN.c[name]),
        )
        .order_by(_END.c.position)
    )


def _where(of: Any, columns: tuple[str, ...], tags: int, then: Any) -> list[Any]:
    """That the row which held then matches; by names, tags and reservations few are looked at."""
    terms: list[Any] = []
    for column in columns:
        kind = sa.Integer if column == "running" else sa.Text
        terms.append(then(column) == bind(f"equal_{column}", kind))
        if column in _CANDIDATES:
            terms.append(of.c.position.in_(_CANDIDATES[column]))
    for n in range(tags):
        bearing = sa.select(server_tags.c.position).where(
            server_tags.c.tag == bind(f"tag_{n}"),
            server_tags.c.until > _AT,
            server_tags.c.since <= _AT,
        )
        terms.append(of.c.position.in_(bearing))
    return terms


_CANDIDATES: Final = {
    "name": sa.union(
        sa.select(servers.c.position).where(servers.c.name == bind("equal_name")),
        sa.select(past_servers.c.position).where(
            past_servers.c.name == bind("equal_name"),
            past_servers.c.left_name.is_not(None),
            past_servers.c.until > _AT,
        ),
    ),
    "reservation_id": sa.union(
        sa.select(servers.c.position).where(
            servers.c.reservation_id == bind("equal_reservation_id")
        ),
        sa.select(past_servers.c.position).where(
            past_servers.c.reservation_id == bind("equal_reservation_id"),
            past_servers.c.life.is_not(None),
        ),
    ),
}
