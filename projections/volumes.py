"""The volumes of the live servers, as the catalogue's `/volumes` lists them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import orjson
import sqlalchemy as sa

from domain.ports import Batch, Scope, Session
from domain.server import Server
from projections.batches import bind, lives, position_of
from projections.document import timestamp
from projections.servers import in_scope, scope_parameters
from projections.tables import server_volumes as volumes

_INSERT: Final = volumes.insert()
_CLEAR: Final = volumes.delete()
_DELETE: Final = volumes.delete().where(volumes.c.position == bind("position", sa.BigInteger))


def _documents(server: Server) -> list[bytes]:
    # What was not told of a volume is not the service's to know: it attaches nothing.
    return [
        orjson.dumps(
            {
                "id": volume.id,
                "name": volume.name,
                "organization": server.organization,
                "size": volume.size_bytes,
                "volume_type": volume.kind or "l_ssd",
                "creation_date": timestamp(server.created_at),
                "modification_date": timestamp(server.modified_at),
                "server": {"id": server.id, "name": server.name},
            }
        )
        for volume in server.configuration.volumes
    ]


class VolumeRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`)."""

    def write(self, session: Session, batch: Batch) -> None:
        """Leave one row for each volume of each live server, in the order it was given."""
        removed, added = [], []
        for group in batch.by_server:
            before, after = group[0].before, group[-1].after
            assert after is not None
            had = before is not None and lives(before) and before.configuration.volumes
            has = lives(after) and after.configuration.volumes
            if not had and not has:
                continue
            position = position_of(session, group[0])
            if had:
                removed.append({"position": position})
            if has:
                added += [
                    {
                        "position": position,
                        "ordinal": ordinal,
                        "organization": after.organization,
                        "document": document,
                    }
                    for ordinal, document in enumerate(_documents(after))
                ]
        session.write(_DELETE, removed)
        session.write(_INSERT, added)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])


def list_volumes(session: Session, scope: Scope, offset: int, limit: int) -> list[bytes]:
    """Encoded volumes of the servers that `scope` sees, in order of their servers' creation."""
    statement = _page(None if scope is None else len(scope))
    parameters = {"offset": offset, "limit": limit} | scope_parameters(scope or ())
    return [document for (document,) in session.rows(statement, parameters)]


def count_volumes(session: Session, scope: Scope) -> int:
    """How many volumes `scope` sees."""
    row = session.row(_count(None if scope is None else len(scope)), scope_parameters(scope or ()))
    assert row is not None
    return int(row[0])


@lru_cache
def _page(organizations: int | None) -> sa.Select[Any]:
    statement = sa.select(volumes.c.document)
    if organizations is not None:
        statement = statement.where(in_scope(volumes.c.organization, organizations))
    return (
        statement.order_by(volumes.c.position, volumes.c.ordinal)
        .limit(bind("limit", sa.BigInteger))
        .offset(bind("offset", sa.BigInteger))
    )


@lru_cache
def _count(organizations: int | None) -> sa.Select[Any]:
    statement = sa.select(sa.func.count()).select_from(volumes)
    if organizations is not None:
        statement = statement.where(in_scope(volumes.c.organization, organizations))
    return statement
