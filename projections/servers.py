"""The live servers: one row each, written in the transaction of their events, so always current."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from domain.ports import Entry, Scope, Session
from domain.registry import REGISTRY, Registry
from domain.server import Server
from projections.batches import begins_life, bind, by_server, lives, place_of
from projections.document import encode_document
from projections.past import stored
from projections.tables import past_servers, servers

_FIXED: Final = ("position", "born", "id", "organization", "reservation_id")
_OF_SERVER: Final = servers.c.id == bind("server_id")
_INSERT: Final = servers.insert()
_CLEAR: Final = servers.delete()


def _update(*fixed: str) -> sa.Update:
    changing = (column.name for column in servers.c if column.name not in (*_FIXED, *fixed))
    return servers.update().where(_OF_SERVER).values({name: bind(name) for name in changing})


# SQLite writes the index of a column anew when the column is set, whatever it is set to.
_RENAME: Final = _update()
_UPDATE: Final = _update("name")
_DELETE: Final = servers.delete().where(_OF_SERVER)
_STATE: Final = sa.select(servers.c.organization, servers.c.state, servers.c.backups).where(
    _OF_SERVER
)
_ENDED: Final = (
    sa.select(
        past_servers.c.organization,
        past_servers.c.state,
        past_servers.c.backups,
        past_servers.c.until,
    )
    .where(past_servers.c.id == bind("server_id"))
    .order_by(past_servers.c.until.desc())
    .limit(1)
)
_SINCE: Final = sa.select(servers.c.since, servers.c.state).where(_OF_SERVER)
_HELD: Final = (
    sa.select(past_servers.c.since, past_servers.c.state)
    .where(past_servers.c.id == bind("server_id"), past_servers.c.until > bind("at", sa.Integer))
    .order_by(past_servers.c.until)
    .limit(1)
)


class ServerRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`) and reads states back (`ServerRows`)."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._registry = registry

    def write(self, session: Session, entries: Sequence[Entry]) -> None:
        """Leave one row for each live server the entries touched, as the last of them left it."""
        inserts: list[dict[str, Any]] = []
        renames: list[dict[str, Any]] = []
        updates: list[dict[str, Any]] = []
        deletes: list[dict[str, Any]] = []
        for group in by_server(entries):
            before, last = group[0].before, group[-1]
            server = last.after
            assert server is not None
            birth = next((entry for entry in reversed(group) if begins_life(entry)), None)
            if lives(before) and (birth or server.deleted):
                deletes.append({"server_id": server.id})
            if server.deleted:
                continue
            row = self._row(server) | {"since": last.position}
            if birth is not None:
                position = place_of(session, group[0]).position
                inserts.append(row | {"position": position, "born": birth.position})
            else:
                assert before is not None
                (updates if before.name == server.name else renames).append(
                    row | {"server_id": server.id}
                )
        session.write(_DELETE, deletes)
        session.write(_INSERT, inserts)
        session.write(_RENAME, renames)
        session.write(_UPDATE, updates)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])

    def get_state(self, session: Session, server_id: str, scope: Scope = None) -> Server | None:
        """The state of a live server in `scope`. Raises `UnreadableRecord`."""
        return self._state(session.row(_STATE, {"server_id": server_id}), scope)

    def get_ended(
        self, session: Session, server_id: str, scope: Scope = None
    ) -> tuple[Server, int] | None:
        """A server's last state but its present one, and the position that ended it.

        Of a deleted server, that is the state its deletion found. Raises `UnreadableRecord`.
        """
        row = session.row(_ENDED, {"server_id": server_id})
        server = self._state(row, scope)
        return None if row is None or server is None else (server, row[3])

    def get_past(self, session: Session, server_id: str, position: int) -> Server | None:
        """A server as of a position, without its backups; None where it did not live then.

        Raises `UnreadableRecord`.
        """
        parameters = {"server_id": server_id, "at": position}
        for statement in (_SINCE, _HELD):
            row = session.row(statement, parameters)
            if row is not None and row[0] <= position:
                return self._registry.decode_state(row[1])
        return None

    def list_ids(self, session: Session, name: str, scope: Scope) -> tuple[str, ...]:
        """The ids of the live servers that bear exactly this name, oldest first."""
        statement = _named(None if scope is None else len(scope))
        found = session.rows(statement, {"name": name} | scope_parameters(scope or ()))
        return tuple(server_id for (server_id,) in found)

    def _state(self, row: Any | None, scope: Scope) -> Server | None:
        if row is None or (scope is not None and row[0] not in scope):
            return None
        server = self._registry.decode_state(row[1])
        if row[2] is None:
            return server
        backups = self._registry.decode_backups(row[2])
        return msgspec.structs.replace(server, backups=backups)

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
            **stored(server, self._registry, backups=True),
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
