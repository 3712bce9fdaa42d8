"""The tables of the write side: the log itself, side rows, and spent idempotency keys."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

Position: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite's rowid, explicitly

events: Final = sa.Table(
    "events",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("originator_id", sa.Text, nullable=False),
    sa.Column("originator_version", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("originator_id", "originator_version"),
)

NEW: Final = "_new"
OLD: Final = "_old"
"""What the names of derived tables end in that a rebuild fills, or has replaced."""

# Personal data, kept out of the log and erasable without touching it.
principals: Final = sa.Table(
    "principals",
    metadata,
    sa.Column("principal_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
)
origins: Final = sa.Table(
    "origins",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
)
secrets: Final = sa.Table(
    "secrets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
)

idempotency_keys: Final = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("principal_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("position", Position, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
