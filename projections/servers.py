"""The live servers: one row each, written in the transaction of their events, so always current."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from domain.ports import Entry, Scope, Session
from domain.registry import REGISTRY, Registry
from domain.server import Server
from projections.document import encode_document
from projections.tables import server_counts, server_tags, servers


def bind(name: str, type_: Any = sa.Text) -> sa.BindParameter[Any]:
    """A required parameter."""
    return sa.bindparam(name, type_=type_)


_FIXED: Final = ("position", "id", "organization", "reservation_id")
_OF_SERVER: Final = servers.c.id == bind("server_id")
_INSERT: Final = servers.insert()


def _update(*fixed: str) -> sa.Update:
    changing = (column.name for column in servers.c if column.name not in (*_FIXED, *fixed))
    return servers.update().where(_OF_SERVER).values({name: bind(name) for name in changing})


# SQLite writes the index of a column anew when the column is set, whatever it is set to.
_RENAME: Final = _update()
_UPDATE: Final = _update("name")
_DELETE: Final = servers.delete().where(_OF_SERVER)
_STATE: Final = sa.select(servers.c.organization, servers.c.state).where(_OF_SERVER)
_POSITION: Final = sa.select(servers.c.position).where(_OF_SERVER)
_PUT_TAG: Final = server_tags.insert()
_DELETE_TAG: Final = server_tags.delete().where(
    server_tags.c.tag == bind("tag"), server_tags.c.position == bind("position", sa.Integer)
)
_ADD_COUNT: Final = (
    server_counts.update()
    .where(server_counts.c.organization == bind("of"))
    .values(servers=server_counts.c.servers + bind("change", sa.Integer))
)
_DELETE_COUNT: Final = server_counts.delete().where(server_counts.c.organization == bind("of"))
_NEW_COUNT: Final = server_counts.insert()
_COUNT: Final = sa.select(server_counts.c.servers).where(server_counts.c.organization == bind("of"))


class ServerRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`) and reads states back (`ServerRows`)."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._registry = registry

    def write(self, session: Session, entries: Sequence[Entry]) -> None:
        """Leave one row for each live server the entries touched, as the last of them left it."""
        first, last = ends(entries)
        inserts: list[dict[str, Any]] = []
        renames: list[dict[str, Any]] = []
        updates: list[dict[str, Any]] = []
        deletes: list[dict[str, Any]] = []
        for server_id, entry in last.items():
            server = entry.after
            assert server is not None
            began = first[server_id]
            if server.deleted:
                if began.before is not None:
                    deletes.append({"server_id": server_id})
            elif began.before is None:
                inserts.append(self._row(server) | {"position": began.position})
            else:
                row = self._row(server) | {"server_id": server_id}
                (updates if began.before.name == server.name else renames).append(row)
        _write_tags(session, first, last)
        session.write(_INSERT, inserts)
        session.write(_RENAME, renames)
        session.write(_UPDATE, updates)
        session.write(_DELETE, deletes)
        _write_counts(session, first, last)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        for table in (servers, server_tags, server_counts):
            session.write(_clear(table), [{}])

    def get_state(self, session: Session, server_id: str, scope: Scope = None) -> Server | None:
        """The state of a live server in `scope`. Raises `UnreadableRecord`."""
        row = session.row(_STATE, {"server_id": server_id})
        if row is None or (scope is not None and row[0] not in scope):
            return None
        return self._registry.decode_state(row[1])

    def list_ids(self, session: Session, name: str, scope: Scope) -> tuple[str, ...]:
        """The ids of the live servers that bear exactly this name, oldest first."""
        statement = _named(None if scope is None else len(scope))
        found = session.rows(statement, {"name": name} | scope_parameters(scope or ()))
        return tuple(server_id for (server_id,) in found)

    def _row(self, server: Server) -> dict[str, Any]:
        chosen = server.configuration
        return {
            "id": server.id,
            "organization": server.organization,
            "name": chosen.name,
            "running": int(server.running),
            "image": chosen.image,
            "flavor": chosen.flavor,
            "reservation_id": server.reservation_id,
            "version": server.version,
            "document": encode_document(server),
            "state": self._registry.encode_state(server),
        }


@lru_cache
def _named(organizations: int | None) -> sa.Select[Any]:
    statement = sa.select(servers.c.id).where(servers.c.name == bind("name"))
    if organizations is not None:
        statement = statement.where(in_scope(servers.c.organization, organizations))
    return statement.order_by(servers.c.position)


def in_scope(column: sa.ColumnElement[Any], organizations: int) -> sa.ColumnElement[bool]:
    """That a column is one of so many organizations, the parameters of `scope_parameters`."""
    return sa.or_(*(column == bind(f"organization_{n}") for n in range(organizations)))


def scope_parameters(scope: tuple[str, ...]) -> dict[str, str]:
    """The parameters of `in_scope`."""
    return {f"organization_{n}": organization for n, organization in enumerate(scope)}


@lru_cache
def _clear(table: sa.Table) -> sa.Delete:
    return table.delete()


def ends(entries: Sequence[Entry]) -> tuple[dict[str, Entry], dict[str, Entry]]:
    """The first and the last entry of each server, in order of the first."""
    first: dict[str, Entry] = {}
    last: dict[str, Entry] = {}
    for entry in entries:
        if entry.after is not None:
            first.setdefault(entry.after.id, entry)
            last[entry.after.id] = entry
    return first, last


def _write_tags(session: Session, first: dict[str, Entry], last: dict[str, Entry]) -> None:
    removed, added = [], []
    for server_id, entry in last.items():
        before, after = first[server_id].before, entry.after
        assert after is not None
        had = before.configuration.tags if before else ()
        has = () if after.deleted else after.configuration.tags
        if had == has:
            continue
        position = position_of(session, first[server_id])
        removed += [{"tag": tag, "position": position} for tag in dict.fromkeys(had)]
        added += [{"tag": tag, "position": position} for tag in dict.fromkeys(has)]
    session.write(_DELETE_TAG, removed)
    session.write(_PUT_TAG, added)


def position_of(session: Session, began: Entry) -> int:
    """Where the server was created: here, or as its row says."""
    if began.before is None:
        return began.position
    row = session.row(_POSITION, {"server_id": began.before.id})
    assert row is not None, "a live server has a row"
    return int(row[0])


def _write_counts(session: Session, first: dict[str, Entry], last: dict[str, Entry]) -> None:
    changes: Counter[str] = Counter()
    for server_id, entry in last.items():
        assert entry.after is not None
        change = (not entry.after.deleted) - (first[server_id].before is not None)
        if change:
            changes[entry.after.organization] += change
    for organization, change in changes.items():
        row = session.row(_COUNT, {"of": organization})
        if row is None:
            session.write(_NEW_COUNT, [{"organization": organization, "servers": change}])
        elif row[0] + change:
            session.write(_ADD_COUNT, [{"of": organization, "change": change}])
        else:
            # No row at zero: one batch that creates and deletes leaves none either.
            session.write(_DELETE_COUNT, [{"of": organization}])
