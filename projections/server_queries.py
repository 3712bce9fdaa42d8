"""The questions asked of the live servers: one by reference, many by filter and page.

Every answer carries the position of the log that it was computed at, read in the same snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from domain.ports import Scope, Session
from projections.batches import bind
from projections.servers import in_scope, scope_parameters
from projections.tables import server_counts, server_tags, servers

CHUNK_ROWS: Final = 500
LIKE_ESCAPE: Final = "!"
"""What stands in `Filter.name_like` before a character that is to stand for itself."""

log_position: Final = (
    sa.select(sa.func.coalesce(sa.func.max(sa.column("position")), sa.literal_column("0")))
    .select_from(sa.table("events", sa.column("position")))
    .scalar_subquery()
)


def _by_id(column: sa.Column[Any]) -> sa.Select[Any]:
    return sa.select(
        servers.c.id, servers.c.organization, servers.c.version, column, log_position
    ).where(servers.c.id == bind("server_id"))


_BY_ID: Final = _by_id(servers.c.document)
_STATE_BY_ID: Final = _by_id(servers.c.state)
_LOG_POSITION: Final = sa.select(log_position)
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


class Listing(NamedTuple):
    """How servers are listed: as which column, and in which order of creation."""

    column: str = "document"
    newest: bool = False


AS_DOCUMENTS: Final = Listing()
NEWEST_FIRST: Final = 2**63 - 1
"""What a list of the newest first begins after."""


class Narrowing(NamedTuple):
    """What a statement depends on beyond the shape: columns of several values, names, absences."""

    among: tuple[tuple[str, int], ...] = ()
    name_like: bool = False
    name_part: bool = False
    absent: tuple[str, ...] = ()


NOT_NARROWED: Final = Narrowing()


@dataclass(frozen=True)
class Filter:
    """Which servers: those in `scope` with every given field equal and every tag borne.

    Of the live ones also those with each column of `among` one of its values, with a name like a
    pattern of SQL's, which on some databases does not tell capital letters from small ones, with
    exactly `name_part` somewhere in it, and with nothing in the columns of `absent`.
    """

    scope: Scope
    equal: tuple[tuple[str, str | int], ...] = ()
    tags: tuple[str, ...] = field(default=())
    among: tuple[tuple[str, tuple[str, ...]], ...] = ()
    name_like: str | None = None
    name_part: str | None = None
    absent: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nobody can match."""
        return self.scope == ()

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the statement's parameters."""
        found: dict[str, Any] = {**scope_parameters(self.scope or ())}
        for column, equal in self.equal:
            found[f"equal_{column}"] = equal
        for n, tag in enumerate(self.tags):
            found[f"tag_{n}"] = tag
        for column, values in self.among:
            found |= {f"{column}_{n}": value for n, value in enumerate(values)}
        if self.name_like is not None:
            found["name_like"] = self.name_like
        if self.name_part is not None:
            found["name_part"] = self.name_part
        return found

    @property
    def shape(self) -> tuple[int | None, tuple[str, ...], int]:
        """What the statement depends on."""
        organizations = None if self.scope is None else len(self.scope)
        return organizations, tuple(column for column, _ in self.equal), len(self.tags)

    @property
    def narrowing(self) -> Narrowing:
        """What it depends on besides."""
        if not (self.among or self.absent or self.name_like or self.name_part):
            return NOT_NARROWED
        among = tuple((column, len(values)) for column, values in self.among)
        like, part = self.name_like is not None, self.name_part is not None
        return Narrowing(among, like, part, self.absent)


def log_position_of(session: Session) -> int:
    """The position of the last record."""
    row = session.row(_LOG_POSITION)
    assert row is not None
    return int(row[0])


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


def _where(
    organizations: int | None, columns: tuple[str, ...], tags: int, narrowing: Narrowing
) -> list[Any]:
    terms: list[Any] = []
    if organizations is not None:
        terms.append(in_scope(servers.c.organization, organizations))
    for column in columns:
        kind = sa.Integer if column == "running" else sa.Text
        terms.append(servers.c[column] == bind(f"equal_{column}", kind))
    for n in range(tags):
        bearing = sa.select(server_tags.c.position).where(server_tags.c.tag == bind(f"tag_{n}"))
        terms.append(servers.c.position.in_(bearing))
    for column, values in narrowing.among:
        terms.append(sa.or_(*(servers.c[column] == bind(f"{column}_{n}") for n in range(values))))
    terms += [servers.c[column].is_(None) for column in narrowing.absent]
    # Apart, so that names are looked through in their index, not in the rows.
    named = servers.alias("named")
    if narrowing.name_like:
        like = named.c.name.like(bind("name_like"), escape=LIKE_ESCAPE)
        terms.append(servers.c.position.in_(sa.select(named.c.position).where(like)))
    if narrowing.name_part:
        # As all databases do alike: to find a text in another has a name of its own in each.
        holds = sa.func.replace(named.c.name, bind("name_part"), sa.text("''")) != named.c.name
        terms.append(servers.c.position.in_(sa.select(named.c.position).where(holds)))
    return terms


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
            *_where(organizations, columns, tags, narrowing),
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
        .where(*_where(organizations, columns, tags, narrowing))
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
        .where(*_where(organizations, columns, tags, narrowing))
    )


@lru_cache
def _whole_count(organizations: int | None) -> sa.Select[Any]:
    if organizations is None:
        return _TOTAL
    return _TOTAL.where(in_scope(server_counts.c.organization, organizations))
