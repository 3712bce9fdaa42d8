"""Schema 2: the log, side rows, and spent keys.

Schema 1 had the same; what was derived from it differed.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic.operations import Operations

revision: Final = "rackledger_2"
down_revision: Final = None

_Position: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_Text: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade(op: Operations) -> None:
    """Make the tables, in a database that has none of them."""
    op.create_table(
        "events",
        sa.Column("position", _Position, primary_key=True, autoincrement=False),
        sa.Column("originator_id", _Text, nullable=False),
        sa.Column("originator_version", sa.Integer, nullable=False),
        sa.Column("name", _Text, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("originator_id", "originator_version"),
    )
    op.create_table(
        "principals",
        sa.Column("principal_id", _Text, primary_key=True),
        sa.Column("name", _Text, nullable=False, unique=True),
    )
    op.create_table(
        "origins",
        sa.Column("source", _Text, primary_key=True),
        sa.Column("address", _Text, nullable=False),
    )
    op.create_table(
        "secrets",
        sa.Column("name", _Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("principal_id", _Text, primary_key=True),
        sa.Column("key", _Text, primary_key=True),
        sa.Column("fingerprint", _Text, nullable=False),
        sa.Column("position", _Position, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
