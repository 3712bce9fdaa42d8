"""How far the log has come, for an answer to say with which position it was computed."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from domain.ports import Session

log_position: Final = (
    sa.select(sa.func.coalesce(sa.func.max(sa.column("position")), sa.literal_column("0")))
    .select_from(sa.table("events", sa.column("position")))
    .scalar_subquery()
)
"""As a part of a statement."""
_LOG_POSITION: Final = sa.select(log_position)


def log_position_of(session: Session) -> int:
    """The position of the last record."""
    row = session.row(_LOG_POSITION)
    assert row is not None
    return int(row[0])
