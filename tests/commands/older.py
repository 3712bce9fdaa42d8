"""Databases as older releases left them, made from one of today's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from commands.store.migrations.running import migrate
from commands.store.revisions import set_revision
from commands.store.tables import metadata
from tests.databases import ON_POSTGRES, database_url, edited

# As the releases of these numbers made them, to the letter.
OF_NUMBERS_1_AND_2: Final = """
CREATE TABLE events (
	position INTEGER NOT NULL,
	originator_id TEXT NOT NULL,
	originator_version INTEGER NOT NULL,
	name TEXT NOT NULL,
	state BLOB NOT NULL,
	PRIMARY KEY (position),
	UNIQUE (originator_id, originator_version)
);
CREATE TABLE principals (
	principal_id TEXT NOT NULL,
	name TEXT NOT NULL,
	PRIMARY KEY (principal_id),
	UNIQUE (name)
);
CREATE TABLE origins (
	source TEXT NOT NULL,
	address TEXT NOT NULL,
	PRIMARY KEY (source)
);
CREATE TABLE secrets (
	name TEXT NOT NULL,
	value BLOB NOT NULL,
	PRIMARY KEY (name)
);
CREATE TABLE idempotency_keys (
	principal_id TEXT NOT NULL,
	"key" TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	position INTEGER NOT NULL,
	parts INTEGER NOT NULL,
	PRIMARY KEY (principal_id, "key")
)
 WITHOUT ROWID;
"""
# Derived tables of other columns than today's, some that are not there, and a shadow.
_OTHER_DERIVED: Final = (
    "CREATE TABLE servers (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT)",
    "CREATE INDEX servers_by_name ON servers (id)",
    "INSERT INTO servers VALUES (1, 'an older row', 'x')",
    "CREATE TABLE tasks_new (id TEXT PRIMARY KEY)",
)


def make_older(folder: Path, other: Path, revision: str) -> None:
    """Make a database of a revision in `other`, with what the store in `folder` cannot derive."""
    other.mkdir()
    engine = sa.create_engine(database_url(other))
    with engine.begin() as connection:
        migrate(connection, "base", revision)
        set_revision(connection, revision)
    engine.dispose()
    fill_older(folder, other)


def make_numbered(folder: Path, other: Path, number: int) -> None:
    """Make a file as the release of a number left it, 1 or 2; below zero while it derived rows."""
    other.mkdir()
    with edited(other) as database:
        for statement in OF_NUMBERS_1_AND_2.split(";\n"):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {number}")
    fill_older(folder, other)


def fill_older(folder: Path, other: Path) -> None:
    """Copy what the older tables have columns for."""
    source, target = (sa.create_engine(database_url(each)) for each in (folder, other))
    with source.connect() as read, target.begin() as written:
        for table in metadata.sorted_tables:
            names = {column["name"] for column in sa.inspect(written).get_columns(table.name)}
            columns = [column for column in table.c if column.name in names]
            rows = [row._asdict() for row in read.execute(sa.select(*columns))]
            if rows:
                written.execute(sa.insert(table), rows)
        for statement in _OTHER_DERIVED:
            written.exec_driver_sql(statement)
    source.dispose()
    target.dispose()
    if not ON_POSTGRES:
        with edited(other) as database:  # as every release keeps it
            database.execute("PRAGMA journal_mode = WAL")
