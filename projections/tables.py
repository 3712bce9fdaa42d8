"""The tables of the read side. Every row here is derived from the log and can be derived anew."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

Position: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite's rowid, explicitly

servers: Final = sa.Table(
    "servers",
    metadata,
    # The position of its creation: the order of every list.
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("organization", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("running", sa.Integer, nullable=False),
    sa.Column("image", sa.Text),
    sa.Column("flavor", sa.Text),
    sa.Column("reservation_id", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Index("servers_by_organization", "organization", "position"),
    sa.Index("servers_by_name", "name", "organization", "position"),
    sa.Index(
        "servers_by_reservation",
        "reservation_id",
        "organization",
        "position",
        # Few servers have one: the others cost this index nothing.
        sqlite_where=sa.text("reservation_id IS NOT NULL"),
        postgresql_where=sa.text("reservation_id IS NOT NULL"),
    ),
)

server_tags: Final = sa.Table(
    "server_tags",
    metadata,
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

server_volumes: Final = sa.Table(
    "server_volumes",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("organization", sa.Text, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Index("server_volumes_by_organization", "organization", "position", "ordinal"),
)

server_counts: Final = sa.Table(
    "server_counts",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("servers", sa.Integer, nullable=False),
)

tasks: Final = sa.Table(
    "tasks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organization", sa.Text, nullable=False),
    sa.Column("position", Position, nullable=False),
    sqlite_with_rowid=False,
)

tokens: Final = sa.Table(
    "tokens",
    metadata,
    sa.Column("principal_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    sa.Column("caller", sa.LargeBinary, nullable=False),
)
