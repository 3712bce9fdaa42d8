"""The tables of the write side: the log itself, side rows, and spent idempotency keys.

What changes here changes by a migration (`commands.store.migrations`).
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

Position: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite's rowid, explicitly
Text: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # by bytes, on both

RIGHTS: Final = "rights"
"""Under this, a table's `info` tells what a service does to its rows, in the words of GRANT."""
_READ: Final[dict[Any, Any]] = {RIGHTS: ("SELECT",)}
_ADDED_TO: Final[dict[Any, Any]] = {RIGHTS: ("SELECT", "INSERT")}

events: Final = sa.Table(
    "events",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("originator_id", Text, nullable=False),
    sa.Column("originator_version", sa.Integer, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("originator_id", "originator_version"),
    info=_ADDED_TO,
)

NEW: Final = "_new"
OLD: Final = "_old"
"""What the names of derived tables end in that a rebuild fills, or has replaced."""

# Personal data, kept out of the log and erasable without touching it.
principals: Final = sa.Table(
    "principals",
    metadata,
    sa.Column("principal_id", Text, primary_key=True),
    sa.Column("name", Text, nullable=False, unique=True),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    info=_ADDED_TO,
)
origins: Final = sa.Table(
    "origins",
    metadata,
    sa.Column("source", Text, primary_key=True),
    sa.Column("address", Text, nullable=False),
    info=_ADDED_TO,
)
secrets: Final = sa.Table(
    "secrets",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    info=_ADDED_TO,
)

idempotency_keys: Final = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("principal_id", Text, primary_key=True),
    sa.Column("key", Text, primary_key=True),
    sa.Column("fingerprint", Text, nullable=False),
    sa.Column("position", Position, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
    info=_ADDED_TO,
)

# Which schema the database has: the table that Alembic keeps, for other tools to find. Kept apart,
# as it holds nothing of the store's.
schema_versions: Final = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
    info=_READ,
)
