"""What servers were: a row for each version that another followed, kept as it stood.

The row that is superseded is copied within the store before the servers' own rows change. It stands
by the position of what ended it, at the end of its table, so that keeping the past is an append.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from domain.ports import Batch, Session
from domain.registry import REGISTRY, Registry
from domain.server import Server
from projections.batches import bind, lives
from projections.tables import OPEN, past_servers, server_marks, servers

MARKED_VERSIONS: Final = 32
"""Each so many versions of a server, a mark says where one stands."""

_COPIED: Final = tuple(
    column.name for column in past_servers.c if column.name not in ("until", "backups")
)


def _copy(backups: sa.ColumnElement[Any]) -> sa.Insert:
    return past_servers.insert().from_select(
        ["until", "backups", *_COPIED],
        sa.select(
            bind("until", sa.BigInteger), backups, *(servers.c[name] for name in _COPIED)
        ).where(servers.c.id == bind("server_id")),
    )


_SUPERSEDE: Final = _copy(sa.null())
_END: Final = _copy(servers.c.backups)
_INSERT: Final = past_servers.insert()
_MARK: Final = server_marks.insert()
_CLEAR: Final = past_servers.delete()
_CLEAR_MARKS: Final = server_marks.delete()
_until: Final = itemgetter("until")


class PastRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`), before those of the live servers change."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._registry = registry

    def write(self, session: Session, batch: Batch) -> None:
        """Keep each state that an entry superseded."""
        superseded: list[dict[str, Any]] = []
        ended: list[dict[str, Any]] = []
        built: list[dict[str, Any]] = []
        marks: list[dict[str, Any]] = []
        for group in batch.by_server:
            since = None
            for entry in group:
                after, state, until = entry.after, entry.before, entry.position
                assert after is not None
                if after.version % MARKED_VERSIONS == 0:
                    marks.append({"id": after.id, "position": until, "version": after.version})
                if lives(state):
                    if since is None:
                        found = {"until": until, "server_id": after.id}
                        (ended if after.deleted else superseded).append(found)
                    else:  # Within one batch: this state never stood in the table.
                        built.append(self._row(state, since, until, backups=after.deleted))
                elif state is not None and after.deleted:
                    # What was done to a deleted server; nobody finds the row by when it held.
                    built.append(self._row(state, OPEN, until, backups=False))
                since = until
        session.write(_SUPERSEDE, superseded)
        session.write(_END, ended)
        # In the order of the table: rebuilt stream by stream, they would lie all over it.
        session.write(_INSERT, sorted(built, key=_until))
        session.write(_MARK, marks)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])
        session.write(_CLEAR_MARKS, [{}])

    def _row(self, server: Server, since: int, until: int, *, backups: bool) -> dict[str, Any]:
        chosen = server.configuration
        state = msgspec.structs.replace(server, backups=()) if server.backups else server
        keeps = backups and server.backups
        return {
            "until": until,
            "id": server.id,
            "organization": server.organization,
            "running": int(server.running),
            "image": chosen.image,
            "flavor": chosen.flavor,
            "version": server.version,
            "since": since,
            "state": self._registry.encode_state(state),
            "backups": self._registry.encode_backups(server.backups) if keeps else None,
        }


def columns(server: Server, registry: Registry) -> dict[str, Any]:
    """A state as rows hold it, its place and document aside; its backups stand beside it."""
    chosen = server.configuration
    state = msgspec.structs.replace(server, backups=()) if server.backups else server
    return {
        "id": server.id,
        "organization": server.organization,
        "name": chosen.name,
        "running": int(server.running),
        "image": chosen.image,
        "flavor": chosen.flavor,
        "offer": chosen.commercial_type or chosen.flavor,
        "address": chosen.public_ip and (chosen.public_ip.address or ""),
        "reservation_id": server.reservation_id,
        "version": server.version,
        "state": registry.encode_state(state),
        "backups": registry.encode_backups(server.backups) if server.backups else None,
    }
