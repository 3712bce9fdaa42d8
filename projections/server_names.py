"""Servers by what their names hold: looked through name by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from domain.ports import Session
from projections.batches import bind
from projections.server_filters import LIKE_ESCAPE, Filter, Listing
from projections.server_queries import Found, list_after
from projections.tables import servers

CHUNK_NAMES: Final = 2_000
_STATE: Final = sa.select(servers.c.position, servers.c.state).where(
    servers.c.position == bind("position", sa.BigInteger)
)


def list_named(
    session: Session,
    filter_: Filter,
    matches: Callable[[str], bool],
    after: int,
    limit: int,
    *,
    newest: bool,
) -> list[Found]:
    """The states of at most `limit` servers past a position whose names match.

    Looks at every name that the filter lets pass until there are enough.
    """
    names_alone = Listing("name", newest)
    found: list[int] = []
    while len(found) < limit:
        names = list_after(session, filter_, after, CHUNK_NAMES, names_alone)
        found += [position for position, name in names if matches(str(name))]
        if len(names) < CHUNK_NAMES:
            break
        after = names[-1][0]
    return [
        row for position in found[:limit] for row in session.rows(_STATE, {"position": position})
    ]


def like_containing(text: str) -> str:
    """The pattern of SQL's for a name that holds this text."""
    for special in (LIKE_ESCAPE, "%", "_"):
        text = text.replace(special, LIKE_ESCAPE + special)
    return f"%{text}%"
