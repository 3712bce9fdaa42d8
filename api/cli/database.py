"""`rackledger database`: what the owner of a database does before it is served, and no service."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from api.cli.sources import DatabaseUrl
from api.settings import ConfigurationError, load_settings
from api.store import SCHEMA, Store
from commands.store.backends import backend_of
from commands.store.connections import words_of
from commands.store.files import DatabaseUnusable
from commands.store.revisions import HEAD, words_of_schema
from commands.store.schema import Schema
from commands.store.tables import schema_versions

app: Final = typer.Typer(help="Prepare a database, and a role to serve it with.")

PASSWORD: Final = "RACKLEDGER_ROLE_PASSWORD"
ROLE_MAX_BYTES: Final = 63
"""PostgreSQL cuts a longer name off, and so would take it for another role."""
_TABLES: Final = (
    schema_versions,
    *(table for metadata in SCHEMA for table in metadata.sorted_tables),
)


@app.command("prepare", epilog=f"\b\nVariable:\n  {PASSWORD}  Password of a role that is made.")
def prepare(
    database: DatabaseUrl = None,
    role: Annotated[
        str | None, typer.Option(help="On PostgreSQL, a role to serve it with, made if absent.")
    ] = None,
) -> None:
    """Make the tables, or migrate them to this release, and derive all rows.

    Run it as the owner of the tables. The role is granted what the service does, and no more. To
    run it again changes nothing. Exit status 0, 2 where it was refused.
    """
    url = load_settings(os.environ, database=database).database
    if role is not None:
        _check_role(role, url)
    store = Store(url)
    try:
        done = _done(store.database.found)
        if role is not None:
            done += f"; role {role} {_admit(store, role, done)} and may serve it"
    finally:
        store.close()
    print(done)


def _admit(store: Store, role: str, done: str) -> str:
    """Whether the role was made, in a word. Raises `DatabaseUnusable`, telling what was done."""
    try:
        made = store.database.admit(role, os.environ.get(PASSWORD), _TABLES)
    except DatabaseUnusable as error:
        raise DatabaseUnusable(f"{done}, but {error}") from error
    except store.database.Error as error:
        raise DatabaseUnusable(f"{done}, but not role {role}: {words_of(error)}") from error
    return "was made" if made else "was there"


def _check_role(role: str, url: str) -> None:
    if not backend_of(url, read_only=False).HAS_ROLES:
        raise ConfigurationError("--role: SQLite has none; who can write the file can change it")
    if not role.isprintable() or not 0 < len(role.encode()) <= ROLE_MAX_BYTES:
        raise ConfigurationError(f"--role: 1 to {ROLE_MAX_BYTES} bytes of printable characters")


def _done(found: Schema) -> str:
    """What became of a database that was found so."""
    now = words_of_schema(HEAD)
    if found.revision is None:
        return f"made {now}"
    if found.revision != HEAD:
        return f"migrated from {words_of_schema(found.revision)} to {now}"
    return f"{now} was current" + (", its rows were derived" if found.outdated else "")
