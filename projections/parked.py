"""The records that no code here can read: what a follower went past, for answers to tell of."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from domain.ports import Session
from projections.batches import bind
from projections.tables import parked

LISTED_MAX: Final = 100

_OF: Final = (
    sa.select(parked.c.position, parked.c.reason)
    .where(parked.c.originator_id == bind("originator_id"))
    .order_by(parked.c.position)
    .limit(1)
)
_BETWEEN: Final = (
    sa.select(parked.c.position)
    .where(
        parked.c.position > bind("low", sa.BigInteger),
        parked.c.position <= bind("high", sa.BigInteger),
    )
    .order_by(parked.c.position)
)
_FIRST_BETWEEN: Final = _BETWEEN.limit(LISTED_MAX)
_SERVERS: Final = _BETWEEN.with_only_columns(parked.c.originator_id).where(
    parked.c.name.startswith("server.")
)


def find_parked(session: Session, originator_id: str) -> tuple[int, str] | None:
    """The first record of a stream that cannot be read, with why; None where all can."""
    row = session.row(_OF, {"originator_id": originator_id})
    return None if row is None else (row[0], row[1])


def list_parked(session: Session, low: int, high: int) -> list[int]:
    """Positions past `low` and up to `high` of the first records that cannot be read."""
    return [position for (position,) in session.rows(_FIRST_BETWEEN, {"low": low, "high": high})]


def list_parked_servers(session: Session, low: int, high: int) -> list[str]:
    """The ids of all servers that such records changed, whosever, each once."""
    found = session.rows(_SERVERS, {"low": low, "high": high})
    return list(dict.fromkeys([server_id for (server_id,) in found]))
