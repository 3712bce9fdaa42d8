"""What a batch of entries did to each server: its entries by themselves, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from domain.ports import Entry, Session
from domain.server import Server
from projections.tables import past_servers, servers


def bind(name: str, type_: Any = sa.Text) -> sa.BindParameter[Any]:
    """A required parameter."""
    return sa.bindparam(name, type_=type_)


_PLACE: Final = sa.select(servers.c.position, servers.c.born).where(
    servers.c.id == bind("server_id")
)
_LAST_PLACE: Final = (
    sa.select(past_servers.c.position)
    .where(past_servers.c.id == bind("server_id"))
    .order_by(past_servers.c.until.desc())
    .limit(1)
)


class Place(NamedTuple):
    """Where a server stands in every list, and since when it lives."""

    position: int
    born: int


def by_server(entries: Sequence[Entry]) -> Iterable[list[Entry]]:
    """The entries of each server, in order, server by server in order of the first."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.after is not None:
            found.setdefault(entry.after.id, []).append(entry)
    return found.values()


def lives(server: Server | None) -> bool:
    """Whether there is a server: created, and not deleted since."""
    return server is not None and not server.deleted


def begins_life(entry: Entry) -> bool:
    """Whether it makes a server be that was not there: created, or brought back."""
    return not lives(entry.before) and lives(entry.after)


def place_of(session: Session, began: Entry) -> Place:
    """Where the server of a batch's first entry stands, by that entry and the rows before it."""
    if began.before is None:
        return Place(began.position, began.position)
    parameters = {"server_id": began.before.id}
    if began.before.deleted:
        row = session.row(_LAST_PLACE, parameters)
        assert row is not None, "a deleted server left a row"
        return Place(row[0], began.position)
    row = session.row(_PLACE, parameters)
    assert row is not None, "a live server has a row"
    return Place(*row)
