"""What servers were: a row for each version that another followed, kept as it stood.

The row that is superseded is copied within the store before the servers' own rows change, so
keeping the past costs a write one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from domain.ports import Entry, Session
from domain.registry import REGISTRY, Registry
from domain.server import Server
from projections.batches import Place, begins_life, bind, by_server, place_of
from projections.tables import past_servers, servers

LIVES_AGAIN: Final = 63
"""The class of a life that began by bringing a server back: it is not found by its creation."""

_COPIED: Final = tuple(
    column.name
    for column in past_servers.c
    if column.name not in ("until", "left_name", "life", "backups")
)


def _copy(*more: str) -> sa.Insert:
    given = ("until", "left_name", *more)
    return past_servers.insert().from_select(
        [*given, "backups", *_COPIED],
        sa.select(
            *(bind(name, sa.Integer) for name in given),
            servers.c.backups if more else sa.null(),
            *(servers.c[name] for name in _COPIED),
        ).where(servers.c.id == bind("server_id")),
    )


_SUPERSEDE: Final = _copy()
_END: Final = _copy("life")
_INSERT: Final = past_servers.insert()
_CLEAR: Final = past_servers.delete()


def life_class(born: int, until: int) -> int:
    """The class of a life: of all in class k, those under way at p were born past p - 2^(k+1)."""
    return (until - born).bit_length() - 1


class PastRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`), before those of the live servers change."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._registry = registry

    def write(self, session: Session, entries: Sequence[Entry]) -> None:
        """Keep each state that an entry superseded."""
        kept = _Kept(session, self._registry)
        for group in by_server(entries):
            kept.add(group)
        session.write(_SUPERSEDE, kept.superseded)
        session.write(_END, kept.ended)
        session.write(_INSERT, kept.built)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])


class _Kept:
    """Rows to keep: copied where the state stands in the table, built where it never did."""

    def __init__(self, session: Session, registry: Registry) -> None:
        self._session = session
        self._registry = registry
        self.superseded: list[dict[str, Any]] = []
        self.ended: list[dict[str, Any]] = []
        self.built: list[dict[str, Any]] = []

    def add(self, group: Sequence[Entry]) -> None:
        place: Place | None = None
        since = 0
        for entry in group:
            if begins_life(entry):
                place = (place or place_of(self._session, entry))._replace(born=entry.position)
            else:
                place = self._keep(entry, group[0], place, since)
            since = entry.position

    def _keep(self, entry: Entry, first: Entry, place: Place | None, since: int) -> Place | None:
        before, after = entry.before, entry.after
        assert before is not None
        assert after is not None
        ends = after.deleted
        row: dict[str, Any] = {
            "until": entry.position,
            "left_name": 1 if ends or after.name != before.name else None,
        }
        if (ends or since) and place is None:
            place = place_of(self._session, first)
        if ends:
            assert place is not None
            again = place.born != place.position
            row["life"] = LIVES_AGAIN if again else life_class(place.born, entry.position)
        if not since:
            (self.ended if ends else self.superseded).append(row | {"server_id": before.id})
        else:
            assert place is not None
            self.built.append(self._row(before, since, place, ends) | row)
        return place

    def _row(self, server: Server, since: int, place: Place, ends: bool) -> dict[str, Any]:
        chosen = server.configuration
        return {
            "id": server.id,
            "since": since,
            "position": place.position,
            "born": place.born,
            "organization": server.organization,
            "name": chosen.name,
            "running": int(server.running),
            "image": chosen.image,
            "flavor": chosen.flavor,
            "reservation_id": server.reservation_id,
            "version": server.version,
            "life": None,
            **stored(server, self._registry, backups=ends),
        }


def stored(server: Server, registry: Registry, *, backups: bool) -> dict[str, bytes | None]:
    """A state as rows hold it: its backups stand beside it, or are left out."""
    if not server.backups:
        return {"state": registry.encode_state(server), "backups": None}
    return {
        "state": registry.encode_state(msgspec.structs.replace(server, backups=())),
        "backups": registry.encode_backups(server.backups) if backups else None,
    }
