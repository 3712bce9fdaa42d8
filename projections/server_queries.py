"""The questions asked of the live servers: one by reference, many by filter and page.

Every answer carries the position of the log that it was computed at, read in the same snapshot.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from domain.ports import Scope, Session
from projections.batches import bind
from projections.positions import log_position
from projections.server_filters import (
    AS_DOCUMENTS,
    NOT_NARROWED,
    Filter,
    Listing,
    Narrowing,
    where,
)
from projections.servers import in_scope
from projections.tables import server_counts, servers

CHUNK_ROWS: Final = 500


def _by_id(column: sa.Column[Any]) -> sa.Select[Any]:
    return sa.select(
        servers.c.id, servers.c.organization, servers.c.version, column, log_position
    ).where(servers.c.id == bind("server_id"))


_BY_ID: Final = _by_id(servers.c.document)
_STATE_BY_ID: Final = _by_id(servers.c.state)
_TOTAL: Final = sa.select(sa.func.coalesce(sa.func.sum(server_counts.c.servers), sa.text("0")))


class Shown(NamedTuple):
    """A server as shown: its encoded document or state, and the log's position then."""

    id: str
    organization: str
    version: int
    document: bytes
    position: int


Found = tuple[int, bytes]
"""One row of a list: where the server stands in it, and its encoded document or state."""


def find_server(session: Session, server_id: str, scope: Scope) -> Shown | None:
    """The live server of that id, as far as `scope` sees it."""
    return _find(session, _BY_ID, server_id, scope)


def find_server_state(session: Session, server_id: str, scope: Scope) -> Shown | None:
    """The same with its state in the place of its document."""
    return _find(session, _STATE_BY_ID, server_id, scope)


def _find(
    session: Session, statement: sa.Select[Any], server_id: str, scope: Scope
) -> Shown | None:
    row = session.row(statement, {"server_id": server_id})
    if row is None or (scope is not None and row[1] not in scope):
        return None
    return Shown(*row)


def list_after(
    session: Session, filter_: Filter, after: int, limit: int, shown: Listing = AS_DOCUMENTS
) -> list[Found]:
    """At most `limit` servers past position `after`, in the order of `shown`."""
    if filter_.empty:
        return []
    statement = _after(*filter_.shape, shown, filter_.narrowing)
    return session.rows(statement, filter_.parameters | {"after": after, "limit": limit})


def list_page(
    session: Session, filter_: Filter, offset: int, limit: int, shown: Listing = AS_DOCUMENTS
) -> list[Found]:
    """At most `limit` servers from the `offset`-th on: keys first, then only their rows."""
    if filter_.empty:
        return []
    statement = _page(*filter_.shape, shown, filter_.narrowing)
    return session.rows(statement, filter_.parameters | {"offset": offset, "limit": limit})


def count_servers(session: Session, filter_: Filter) -> int:
    """How many there are; kept per organization, counted where further filters ask for it."""
    if filter_.empty:
        return 0
    organizations, columns, tags = filter_.shape
    narrowing = filter_.narrowing
    whole = not columns and not tags and narrowing == NOT_NARROWED
    statement = (
        _whole_count(organizations) if whole else _count(organizations, columns, tags, narrowing)
    )
    row = session.row(statement, filter_.parameters)
    assert row is not None
    return int(row[0])


@lru_cache(maxsize=512)
def _after(
    organizations: int | None,
    columns: tuple[str, ...],
    tags: int,
    shown: Listing,
    narrowing: Narrowing = NOT_NARROWED,
) -> sa.Select[Any]:
    place, after = servers.c.position, bind("after", sa.BigInteger)
    return (
        sa.select(place, servers.c[shown.column])
        .where(
            place < after if shown.newest else place > after,
            *where(organizations, columns, tags, narrowing),
        )
        .order_by(place.desc() if shown.newest else place)
        .limit(bind("limit", sa.BigInteger))
    )


@lru_cache(maxsize=512)
def _page(
    organizations: int | None,
    columns: tuple[str, ...],
    tags: int,
    shown: Listing,
    narrowing: Narrowing = NOT_NARROWED,
) -> sa.Select[Any]:
    order = servers.c.position.desc() if shown.newest else servers.c.position
    keys = (
        sa.select(servers.c.position)
        .where(*where(organizations, columns, tags, narrowing))
        .order_by(order)
        .limit(bind("limit", sa.BigInteger))
        .offset(bind("offset", sa.BigInteger))
    )
    return (
        sa.select(servers.c.position, servers.c[shown.column])
        .where(servers.c.position.in_(keys))
        .order_by(order)
    )


@lru_cache(maxsize=512)
def _count(
    organizations: int | None,
    columns: tuple[str, ...],
    tags: int,
    narrowing: Narrowing = NOT_NARROWED,
) -> sa.Select[Any]:
    return (
        sa.select(sa.func.count())
        .select_from(servers)
        .where(*where(organizations, columns, tags, narrowing))
    )


@lru_cache
def _whole_count(organizations: int | None) -> sa.Select[Any]:
    if organizations is None:
        return _TOTAL
    return _TOTAL.where(in_scope(server_counts.c.organization, organizations))
