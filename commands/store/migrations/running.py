"""Running migrations. Alembic takes longer to import than a start may: who migrates does alone."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory


def migrate(connection: sa.Connection, found: str, wanted: str) -> None:
    """Bring the schema from one revision to a later one, within the caller's transaction.

    `base` is the revision before the first. Who calls says in the database which one it is then.
    """
    scripts = ScriptDirectory(Path(__file__).parent)
    # Given to each migration by hand: the proxy that Alembic has for it is the whole process's.
    op = Operations(MigrationContext.configure(connection))
    for script in reversed([*scripts.iterate_revisions(wanted, found)]):
        script.module.upgrade(op)
