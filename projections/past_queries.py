"""The questions asked of the servers as of a position: the same as of the live ones.

Which servers there were is told by their lives (`projections.lives`), what each was by the row that
held then (`projections.past_rows`). Lists, names and tags are told as far as the log is followed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from domain.ports import Scope, Session
from domain.registry import REGISTRY, Registry, UnreadableRecord
from domain.server import Server
from projections.batches import bind, events
from projections.document import encode_document
from projections.lives import ALL, BROUGHT_BACK, COUNTED, UNDER_WAY, class_of, longest
from projections.past_rows import AT, LAST_STATE, STATES, find_state, version_at
from projections.positions import log_position_of
from projections.server_filters import Filter
from projections.server_queries import Found
from projections.servers import in_scope
from projections.tables import OPEN, past_servers, server_labels, server_lives, servers

_ORGANIZATIONS_APART_MAX: Final = 2
_STATEMENTS_MAX: Final = 64  # each is large: a part for every class


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
    row = find_state(session, server_id, position)
    if row is None or (scope is not None and row.organization not in scope):
        return None
    shown = _document(row.document, row.state)
    return Past(server_id, row.organization, row.version, row.since, row.until, shown)


def list_states(
    session: Session, server_id: str, after: int, limit: int, registry: Registry = REGISTRY
) -> list[Server]:
    """At most `limit` states of a server past a version.

    Raises `UnreadableRecord` for a row that must be derived anew.
    """
    parameters = {"server_id": server_id, "after": after, "limit": limit}
    rows = session.rows(STATES, parameters)
    if len(rows) < limit:
        rows += session.rows(LAST_STATE, parameters)
    return [registry.decode_state(state) for _, state in rows]


def list_past_ids(session: Session, name: str, position: int, scope: Scope) -> tuple[str, ...]:
    """The ids of the servers that bore exactly this name then, oldest first."""
    filter_ = Filter(scope, (("name", name),))
    if filter_.empty:
        return ()
    statement, parameters = _asked(session, filter_, position, 0)
    found = session.rows(statement, parameters | {"limit": OPEN, "skipped": 0, "most": OPEN})
    return tuple(server_id for _, server_id, _, _ in found)


def list_past(
    session: Session, filter_: Filter, position: int, after: int, limit: int, offset: int = 0
) -> list[Found]:
    """At most `limit` servers as of a position, in order of creation: past one, or an offset."""
    if filter_.empty:
        return []
    statement, parameters = _asked(session, filter_, position, after)
    paging = {"limit": limit, "skipped": offset, "most": limit + offset}
    found = session.rows(statement, parameters | paging)
    return [(at, _document(document, state)) for at, _, document, state in found]


def count_past(session: Session, filter_: Filter, position: int) -> int:
    """How many there were; kept per organization, counted where further filters ask for it."""
    if filter_.empty:
        return 0
    if not filter_.equal and not filter_.tags:
        rows = [
            session.row(COUNTED, {"of": organization, "at": position})
            for organization in ((ALL,) if filter_.scope is None else filter_.scope)
        ]
        return sum(row[0] for row in rows if row is not None)
    statement, parameters = _asked(session, filter_, position, 0, counted=True)
    row = session.row(statement, parameters)
    assert row is not None
    return int(row[0])


def _document(document: bytes | None, state: bytes | None, registry: Registry = REGISTRY) -> bytes:
    if document is None and state is None:
        raise UnreadableRecord("a state that should be kept is not there")
    return document or encode_document(registry.decode_state(state or b""))


def _asked(
    session: Session, filter_: Filter, position: int, after: int, *, counted: bool = False
) -> tuple[Any, dict[str, Any]]:
    # No life is longer than the log.
    classes = class_of(log_position_of(session) or 1) + 1
    parameters = filter_.parameters | {"at": position, "after": after}
    for k in range(classes):
        parameters[f"from_{k}"] = max(after, position - longest(k))
    build = _count if counted else _list
    return build(classes, *filter_.shape), parameters


@lru_cache(maxsize=_STATEMENTS_MAX)
def _list(
    classes: int, organizations: int | None, columns: tuple[str, ...], tags: int
) -> sa.Select[Any]:
    found = _all(classes, organizations, columns, tags, limited=True)
    return (
        sa.select(found)
        .order_by(found.c.position)
        .limit(bind("limit", sa.BigInteger))
        .offset(bind("skipped", sa.BigInteger))
    )


@lru_cache(maxsize=_STATEMENTS_MAX)
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
    """The lives that were under way, class by class: each has its own window to look in."""
    apart = organizations is not None and organizations <= _ORGANIZATIONS_APART_MAX
    parts = []
    for k in (*range(classes), BROUGHT_BACK, UNDER_WAY):
        part = _class(k, columns, tags, limited=limited)
        if organizations is None:
            parts.append(part)
        elif not apart:
            parts.append(part.where(in_scope(server_lives.c.organization, organizations)))
        else:
            parts += [
                part.where(server_lives.c.organization == bind(f"organization_{n}"))
                for n in range(organizations)
            ]
    return sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery()


_VERSION: Final = events.alias("held")
_NEXT: Final = events.alias("following")


def _class(k: int, columns: tuple[str, ...], tags: int, *, limited: bool) -> sa.Select[Any]:
    """Lives of a class in order of creation, each with the row that held then."""
    alive = (
        server_lives.c.life == sa.literal_column(str(k)),
        server_lives.c.position
        > bind("after" if k in {BROUGHT_BACK, UNDER_WAY} else f"from_{k}", sa.BigInteger),
        server_lives.c.position <= AT,
        server_lives.c.born <= AT,
        server_lives.c.until > AT,
        *_labelled(columns, tags),
    )
    looked_at = tuple(column for column in columns if column in past_servers.c)
    if not limited and not looked_at:
        return sa.select(server_lives.c.position).where(*alive)
    present = _NEXT.c.position.is_(None)

    def then(name: str) -> sa.ColumnElement[Any]:
        return sa.case((present, servers.c[name]), else_=past_servers.c[name])

    rows = (
        server_lives.join(
            _VERSION,
            sa.and_(
                _VERSION.c.originator_id == server_lives.c.id,
                _VERSION.c.originator_version == version_at(server_lives.c.id),
            ),
        )
        .outerjoin(
            _NEXT,
            sa.and_(
                _NEXT.c.originator_id == server_lives.c.id,
                _NEXT.c.originator_version == _VERSION.c.originator_version + 1,
            ),
        )
        .outerjoin(past_servers, past_servers.c.until == _NEXT.c.position)
        .outerjoin(servers, servers.c.position == server_lives.c.position)
    )
    part = (
        sa.select(
            server_lives.c.position,
            server_lives.c.id,
            sa.case((present, servers.c.document)).label("document"),
            sa.case((sa.not_(present), past_servers.c.state)).label("state"),
        )
        .select_from(rows)
        .where(*alive, *(then(column) == _equal(column) for column in looked_at))
        .order_by(server_lives.c.position)
    )
    return part.limit(bind("most", sa.BigInteger)) if limited else part


def _equal(column: str) -> sa.BindParameter[Any]:
    return bind(f"equal_{column}", sa.Integer if column == "running" else sa.Text)


def _labelled(columns: tuple[str, ...], tags: int) -> list[sa.ColumnElement[bool]]:
    """What is known without the row that held then: names, tags, reservations."""
    terms: list[sa.ColumnElement[bool]] = []
    if "reservation_id" in columns:
        terms.append(server_lives.c.reservation_id == bind("equal_reservation_id"))
    asked = [("name", bind("equal_name"))] if "name" in columns else []
    asked += [("tag", bind(f"tag_{n}")) for n in range(tags)]
    for kind, value in asked:
        bearing = sa.select(server_labels.c.position).where(
            server_labels.c.kind == sa.literal_column(f"'{kind}'"),
            server_labels.c.value == value,
            server_labels.c.until > AT,
            server_labels.c.since <= AT,
        )
        terms.append(server_lives.c.position.in_(bearing))
    return terms
