"""Schema 4: rows of metadata, volumes and restore points, all derived. Nothing else changes."""

from __future__ import annotations

from typing import Final

from alembic.operations import Operations

revision: Final = "rackledger_4"
down_revision: Final = "rackledger_3"


def upgrade(op: Operations) -> None:
    """Nothing: every row that changed is derived anew."""
