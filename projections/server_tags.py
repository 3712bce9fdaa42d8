"""Who bears and bore which tag: a row for each tag of each server, with when it held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from domain.ports import Entry, Session
from domain.server import Server
from projections.batches import bind, by_server, lives, place_of
from projections.tables import OPEN, server_tags

_INSERT: Final = server_tags.insert()
_CLEAR: Final = server_tags.delete()
_CLOSE: Final = (
    server_tags.update()
    .where(
        server_tags.c.tag == bind("borne"),
        server_tags.c.until == sa.literal_column(str(OPEN)),
        server_tags.c.position == bind("of", sa.Integer),
    )
    .values(until=bind("until", sa.Integer))
)


class TagRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`)."""

    def write(self, session: Session, entries: Sequence[Entry]) -> None:
        """Open a row for each tag that came and close those of tags that went."""
        closed: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        for group in by_server(entries):
            changed = [
                (entry, had, has)
                for entry in group
                if (had := _tags(entry.before)) != (has := _tags(entry.after))
            ]
            if not changed:
                continue
            position = place_of(session, group[0]).position
            opened: dict[str, dict[str, Any]] = {}
            for entry, had, has in changed:
                for tag in had - has:
                    if tag in opened:
                        rows.append(opened.pop(tag) | {"until": entry.position})
                    else:
                        closed.append({"borne": tag, "of": position, "until": entry.position})
                for tag in has - had:
                    opened[tag] = {
                        "tag": tag,
                        "until": OPEN,
                        "position": position,
                        "since": entry.position,
                    }
            rows += opened.values()
        session.write(_CLOSE, closed)
        session.write(_INSERT, rows)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])


def _tags(server: Server | None) -> frozenset[str]:
    return frozenset(server.configuration.tags) if server and lives(server) else frozenset()
