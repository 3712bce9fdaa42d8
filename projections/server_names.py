"""Servers by what their names hold: looked through name by name, newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from domain.ports import Session
from projections.batches import bind
from projections.server_queries import LIKE_ESCAPE, Filter, Found, Listing, list_after
from projections.tables import servers

CHUNK_NAMES: Final = 2_000
_NAMES: Final = Listing("name", newest=True)
_STATE: Final = sa.select(servers.c.position, servers.c.state).where(
    servers.c.position == bind("position", sa.BigInteger)
)


def list_named(
    session: Session, filter_: Filter, matches: Callable[[str], bool], before: int, limit: int
) -> list[Found]:
    """The states of at most `limit` servers before a position whose name matches, newest first.

    Looks at every name that the filter lets pass until there are enough.
    """
    found: list[int] = []
    while len(found) < limit:
        names = list_after(session, filter_, before, CHUNK_NAMES, _NAMES)
        found += [position for position, name in names if matches(str(name))]
        if len(names) < CHUNK_NAMES:
            break
        before = names[-1][0]
    return [
        row for position in found[:limit] for row in session.rows(_STATE, {"position": position})
    ]


def like_containing(text: str) -> str:
    """The pattern of SQL's for a name that holds this text."""
    for special in (LIKE_ESCAPE, "%", "_"):
        text = text.replace(special, LIKE_ESCAPE + special)
    return f"%{text}%"
