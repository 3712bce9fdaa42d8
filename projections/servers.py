"""The live servers: one row each, written in the transaction of their events, so always current."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from domain.ports import Batch, Scope, Session
from domain.registry import REGISTRY, Registry
from domain.server import Server
from projections.batches import bind, lives, position_of
from projections.document import encode_document
from projections.past import columns
from projections.past_rows import BEFORE, DELETION, LAST, find_state
from projections.tables import gone_servers, servers

_FIXED: Final = ("position", "id", "organization", "reservation_id")
_OF_SERVER: Final = servers.c.id == bind("server_id")
_INSERT: Final = servers.insert()
_CLEAR: Final = servers.delete()


def _update(*fixed: str) -> sa.Update:
    changing = (column.name for column in servers.c if column.name not in (*_FIXED, *fixed))
    return (
        servers.update()
        .where(_OF_SERVER)
        .values({name: bind(name, servers.c[name].type) for name in changing})
    )


# SQLite writes the index of a column anew when the column is set, whatever it is set to.
_RENAME: Final = _update()
_UPDATE: Final = _update("name")
_DELETE: Final = servers.delete().where(_OF_SERVER)
_STATE: Final = sa.select(servers.c.organization, servers.c.state, servers.c.backups).where(
    _OF_SERVER
)


_GONE: Final = sa.select(gone_servers.c.organization, gone_servers.c.state, gone_servers.c.backups)
_GET_GONE: Final = _GONE.where(gone_servers.c.id == bind("server_id"))
_GO: Final = gone_servers.insert()
_COME_BACK: Final = gone_servers.delete().where(gone_servers.c.id == bind("server_id"))
_CLEAR_GONE: Final = gone_servers.delete()


class ServerRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`) and reads states back (`ServerRows`)."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._registry = registry

    def write(self, session: Session, batch: Batch) -> None:
        """Leave one row for each live server the entries touched, as the last of them left it."""
        inserts: list[dict[str, Any]] = []
        renames: list[dict[str, Any]] = []
        updates: list[dict[str, Any]] = []
        deletes: list[dict[str, Any]] = []
        gone: list[dict[str, Any]] = []
        back: list[dict[str, Any]] = []
        for group in batch.by_server:
            before, last = group[0].before, group[-1]
            server = last.after
            assert server is not None
            if before is not None and before.deleted and before.backups:
                back.append({"server_id": server.id})
            if server.deleted:
                if server.backups:
                    gone.append(self._gone(server))
                if lives(before):
                    deletes.append({"server_id": server.id})
                continue
            row = columns(server, self._registry) | {
                "since": last.position,
                "document": encode_document(server),
            }
            if before is None or before.deleted:
                inserts.append(row | {"position": position_of(session, group[0])})
            else:
                (updates if before.name == server.name else renames).append(
                    row | {"server_id": server.id}
                )
        session.write(_DELETE, deletes)
        session.write(_INSERT, inserts)
        session.write(_RENAME, renames)
        session.write(_UPDATE, updates)
        session.write(_COME_BACK, back)
        session.write(_GO, gone)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])
        session.write(_CLEAR_GONE, [{}])

    def _gone(self, server: Server) -> dict[str, Any]:
        row = columns(server, self._registry)
        return {name: row[name] for name in ("id", "organization", "state", "backups")}

    def get_state(self, session: Session, server_id: str, scope: Scope = None) -> Server | None:
        """The state of a live server in `scope`. Raises `UnreadableRecord`."""
        return self._state(session.row(_STATE, {"server_id": server_id}), scope)

    def get_ended(
        self, session: Session, server_id: str, scope: Scope = None
    ) -> tuple[Server, int] | None:
        """The state that a deleted server's deletion found, and the position of that.

        Raises `UnreadableRecord`.
        """
        return self._before(session, DELETION, server_id, scope)

    def get_last(
        self, session: Session, server_id: str, scope: Scope = None
    ) -> tuple[Server, int] | None:
        """The state that a server's last record superseded, and the position of that.

        Where that was a deletion, its backups are with it. Raises `UnreadableRecord`.
        """
        return self._before(session, LAST, server_id, scope)

    def _before(
        self, session: Session, statement: sa.Select[Any], server_id: str, scope: Scope
    ) -> tuple[Server, int] | None:
        row = session.row(statement, {"server_id": server_id})
        if row is None:
            return None
        server = self._state(session.row(BEFORE, {"until": row[0]}), scope)
        return None if server is None else (server, row[0])

    def get_past(self, session: Session, server_id: str, position: int) -> Server | None:
        """A server as of a position, without its backups; None where it did not live then.

        Raises `UnreadableRecord`.
        """
        row = find_state(session, server_id, position)
        return None if row is None else self._registry.decode_state(row.state)

    def get_before(self, session: Session, position: int) -> Server | None:
        """The state that the record at a position superseded; None for none.

        Where that was a deletion, its backups are with it. Raises `UnreadableRecord`.
        """
        return self._state(session.row(BEFORE, {"until": position}), None)

    def get_gone(self, session: Session, server_id: str) -> Server | None:
        """A deleted server of which there are restore points, with these.

        Raises `UnreadableRecord`.
        """
        return self._state(session.row(_GET_GONE, {"server_id": server_id}), None)

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
