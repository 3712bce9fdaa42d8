"""The version of a file's schema: what is missing is made, what is older brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from commands.store.files import DatabaseUnusable
from commands.store.tables import NEW, OLD
from commands.store.upgrades import upgrade

SCHEMA_VERSION: Final = 3
_BEING_DERIVED: Final = -SCHEMA_VERSION
"""The version of a file whose derived rows are those of another version, or none yet."""


def look_at_schema(connection: sa.Connection) -> bool:
    """Whether a file is of an older version. Raises `DatabaseUnusable`."""
    found: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if found == 0:
        raise DatabaseUnusable("the file holds no log of this service")
    if abs(found) > SCHEMA_VERSION:
        raise _unknown_schema(found)
    return found != SCHEMA_VERSION


def _unknown_schema(found: int) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"the database has schema {found}; this release knows schema {SCHEMA_VERSION}"
    )


def prepare_schema(
    connection: sa.Connection, schema: Sequence[sa.MetaData], derived: Sequence[sa.MetaData]
) -> bool:
    """Make what is missing; whether the derived rows are to be derived.

    Raises `DatabaseUnusable`.
    """
    found: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if found == SCHEMA_VERSION:
        return False
    if found == 0:
        if connection.exec_driver_sql("SELECT 1 FROM sqlite_master").first() is not None:
            raise DatabaseUnusable("the file holds the tables of another program")
        for metadata in schema:
            metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
        return False
    if not -SCHEMA_VERSION <= found < SCHEMA_VERSION:
        raise _unknown_schema(found)
    upgrade(connection, abs(found))
    for table in (table for metadata in schema for table in metadata.tables.values()):
        for suffix in (NEW, OLD):
            shadow = table.to_metadata(sa.MetaData(), name=table.name + suffix)
            shadow.drop(connection, checkfirst=True)
    for metadata in derived:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {_BEING_DERIVED}")
    return True


def mark_derived(connection: sa.Connection) -> None:
    """Say, in the transaction that derived them, that the rows are of this version."""
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
