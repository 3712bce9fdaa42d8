"""The version of a file's schema: what is missing is made, what is older brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from commands.store.backends import Backend
from commands.store.files import DatabaseUnusable
from commands.store.tables import NEW, OLD
from commands.store.upgrades import upgrade

SCHEMA_VERSION: Final = 3
_BEING_DERIVED: Final = -SCHEMA_VERSION
"""The version of a file whose derived rows are those of another version, or none yet."""


def look_at_schema(backend: Backend, connection: sa.Connection) -> bool:
    """Whether a file is of an older version. Raises `DatabaseUnusable`."""
    found = backend.schema_version(connection)
    if found == 0:
        raise DatabaseUnusable("the database holds no log of this service")
    if abs(found) > SCHEMA_VERSION:
        raise _unknown_schema(found)
    return found != SCHEMA_VERSION


def _unknown_schema(found: int) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"the database has schema {found}; this release knows schema {SCHEMA_VERSION}"
    )


def prepare_schema(
    backend: Backend,
    connection: sa.Connection,
    schema: Sequence[sa.MetaData],
    derived: Sequence[sa.MetaData],
) -> bool:
    """Make what is missing; whether the derived rows are to be derived.

    Raises `DatabaseUnusable`.
    """
    found = backend.schema_version(connection)
    if found == SCHEMA_VERSION:
        return False
    if found == 0:
        if backend.holds_others(connection, {name for each in schema for name in each.tables}):
            raise DatabaseUnusable("the database holds the tables of another program")
        for metadata in schema:
            metadata.create_all(connection)
        backend.set_schema_version(connection, SCHEMA_VERSION)
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
    backend.set_schema_version(connection, _BEING_DERIVED)
    return True


def mark_derived(backend: Backend, connection: sa.Connection) -> None:
    """Say, in the transaction that derived them, that the rows are of this version."""
    backend.set_schema_version(connection, SCHEMA_VERSION)
