"""Which schema a database has: a revision, which stands where Alembic keeps it, read without it."""

from __future__ import annotations

from typing import Final, NamedTuple

import sqlalchemy as sa

from commands.store.backend import Backend
from commands.store.files import DatabaseUnusable
from commands.store.tables import schema_versions

_OURS: Final = "rackledger_"
"""What our revisions begin with: no other program's is taken for one."""
REVISIONS: Final = tuple(f"{_OURS}{number}" for number in (2, 3, 4, 5))
"""Every revision, the oldest first, as the files in `commands.store.migrations` have them."""
HEAD: Final = REVISIONS[-1]
_NUMBERED: Final = {1: REVISIONS[0], 2: REVISIONS[0], 3: REVISIONS[1]}
"""What the numbers stand for by which releases told their schemas that knew no migrations."""


class Found(NamedTuple):
    """What there is of a schema."""

    tables: frozenset[str]
    revision: str | None
    """None where the database is none of ours, or empty."""
    number: int
    """What told the schema of an older file; 0 where it is told as today."""

    @property
    def is_stale(self) -> bool:
        """Whether what is derived is of another schema; below zero, it was being derived."""
        return self.revision != HEAD or self.number < 0


def words_of_schema(revision: str) -> str:
    """A revision as people call it."""
    return f"schema {revision.removeprefix(_OURS)}"


def find_revision(backend: Backend, connection: sa.Connection) -> Found:
    """Find it out. Raises `DatabaseUnusable` for one that this release does not know."""
    tables = frozenset(sa.inspect(connection).get_table_names())
    revision, number = None, 0
    if schema_versions.name in tables:
        rows = connection.execute(sa.select(schema_versions.c.version_num)).scalars()
        revision = next((row for row in rows if row.startswith(_OURS)), None)
    elif "events" in tables:  # without it, another program's number
        number = backend.schema_number(connection)
        if number:
            revision = _NUMBERED.get(abs(number), f"{_OURS}{abs(number)}")
    if revision is not None and revision not in REVISIONS:
        raise DatabaseUnusable(
            f"the database has {words_of_schema(revision)}; "
            f"this release knows {words_of_schema(HEAD)}"
        )
    return Found(tables, revision, number)


def set_revision(connection: sa.Connection, revision: str) -> None:
    """Say which schema the database has, where Alembic looks for it."""
    schema_versions.create(connection, checkfirst=True)
    connection.execute(schema_versions.delete())
    connection.execute(schema_versions.insert().values(version_num=revision))
