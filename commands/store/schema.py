"""The schema of a database: what is missing is made, what is older brought up to date.

What cannot be derived is migrated, a revision at a time. What can be is dropped with any migration,
to be made and derived anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from commands.store.backend import Backend
from commands.store.files import DatabaseUnusable
from commands.store.revisions import HEAD, find_revision, set_revision, words_of_schema
from commands.store.tables import NEW, OLD, schema_versions

_PREPARE: Final = "run `rackledger database prepare` as the owner"


class Schema(NamedTuple):
    """What a database was when it was opened."""

    revision: str | None
    """Its schema; None where there was none."""
    outdated: bool
    """Whether its derived rows are to be derived: they are of another schema, or not there."""


def look_at_schema(
    backend: Backend, connection: sa.Connection, derived: Sequence[sa.MetaData]
) -> Schema:
    """Look at the schema, and change nothing. Raises `DatabaseUnusable`."""
    found = find_revision(backend, connection)
    if found.revision is None:
        raise DatabaseUnusable("the database holds no log of this service")
    return Schema(found.revision, found.is_stale or _lacks(found.tables, derived))


def prepare_schema(
    backend: Backend,
    connection: sa.Connection,
    schema: Sequence[sa.MetaData],
    derived: Sequence[sa.MetaData],
) -> Schema:
    """Make what is missing and migrate what is older, within the caller's transaction.

    Raises `DatabaseUnusable`, where nothing is changed yet, also for one who may not.
    """
    found = find_revision(backend, connection)
    ours = {schema_versions.name, *(name for metadata in schema for name in metadata.tables)}
    if found.revision is None:
        if backend.holds_others(found.tables, ours):
            raise DatabaseUnusable("the database holds the tables of another program")
        if not backend.may_change(connection, ours):
            raise DatabaseUnusable(f"the database holds no tables that may be used; {_PREPARE}")
        for metadata in schema:
            metadata.create_all(connection)
    elif found.is_stale:
        if not backend.may_change(connection, ours):
            raise DatabaseUnusable(
                f"the database has {words_of_schema(found.revision)}, this release "
                f"{words_of_schema(HEAD)}; {_PREPARE}"
            )
        _drop_derived(connection, schema, derived)
        _migrate(connection, found.revision)
    elif not found.number:
        return Schema(HEAD, _lacks(found.tables, derived))
    set_revision(connection, HEAD)
    backend.forget_schema_number(connection)
    return Schema(found.revision, found.revision is not None and found.is_stale)


def make_derived(
    backend: Backend, connection: sa.Connection, derived: Sequence[sa.MetaData]
) -> bool:
    """Make the derived tables, within the caller's transaction; False where they are there.

    Raises `DatabaseUnusable` for one who may not.
    """
    tables = frozenset(sa.inspect(connection).get_table_names())
    if not _lacks(tables, derived):
        return False
    if not backend.may_change(connection, tables):
        raise DatabaseUnusable(f"the rows of the database are not derived yet; {_PREPARE}")
    for metadata in derived:
        metadata.create_all(connection)
    return True


def _lacks(tables: frozenset[str], derived: Sequence[sa.MetaData]) -> bool:
    """Whether no derived table is there. Some that are missing are damage, and no migration."""
    wanted = {name for metadata in derived for name in metadata.tables}
    return bool(wanted) and tables.isdisjoint(wanted)


def _drop_derived(
    connection: sa.Connection, schema: Sequence[sa.MetaData], derived: Sequence[sa.MetaData]
) -> None:
    """Drop what is derived, and what a rebuild filled or replaced."""
    for table in (table for metadata in schema for table in metadata.tables.values()):
        for suffix in (NEW, OLD):
            shadow = table.to_metadata(sa.MetaData(), name=table.name + suffix)
            shadow.drop(connection, checkfirst=True)
    for metadata in derived:
        metadata.drop_all(connection)


def _migrate(connection: sa.Connection, found: str) -> None:
    if found == HEAD:
        return
    from commands.store.migrations.running import migrate  # noqa: PLC0415  # takes its time

    migrate(connection, found, HEAD)
