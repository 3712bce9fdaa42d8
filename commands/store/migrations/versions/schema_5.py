"""Schema 5: leaner rows of servers' volumes, derived. Nothing else changes."""

from __future__ import annotations

from typing import Final

from alembic.operations import Operations

revision: Final = "rackledger_5"
down_revision: Final = "rackledger_4"


def upgrade(op: Operations) -> None:
    """Nothing: every row that changed is derived anew."""
