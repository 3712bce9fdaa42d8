"""Which live servers bear which tags."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from domain.ports import Batch, Session
from domain.server import Server
from projections.batches import bind, lives, position_of
from projections.tables import server_tags

_INSERT: Final = server_tags.insert()
_CLEAR: Final = server_tags.delete()
_DELETE: Final = server_tags.delete().where(
    server_tags.c.tag == bind("tag"), server_tags.c.position == bind("position", sa.BigInteger)
)


class TagRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`)."""

    def write(self, session: Session, batch: Batch) -> None:
        """Leave one row for each tag of each live server."""
        removed, added = [], []
        for group in batch.by_server:
            had, has = _tags(group[0].before), _tags(group[-1].after)
            if had == has:
                continue
            position = position_of(session, group[0])
            removed += [{"tag": tag, "position": position} for tag in had if tag not in has]
            added += [{"tag": tag, "position": position} for tag in has if tag not in had]
        session.write(_DELETE, removed)
        session.write(_INSERT, added)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])


def _tags(server: Server | None) -> dict[str, None]:
    return dict.fromkeys(server.configuration.tags) if server and lives(server) else {}
