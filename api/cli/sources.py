"""What the commands that look at the past look at: a database, served or not, or a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import progress
from api.settings import ConfigurationError, load_settings
from api.store import DERIVED
from commands.store.database import Database
from commands.store.history import History
from commands.store.loading import opened_file

DatabaseUrl = Annotated[
    str | None, typer.Option("--database", help="Database URL [sqlite:///rackledger.db].")
]
File = Annotated[
    Path | None, typer.Option("--file", help="An exported file, in place of a database.")
]


@contextmanager
def opened_database(url: str | None) -> Iterator[Database]:
    """The database to read, which is left as it is. Raises `DatabaseUnusable`."""
    chosen = load_settings(os.environ, database=url).database
    database = Database(chosen, derived=DERIVED, read_only=True)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def opened_history(url: str | None, file: Path | None) -> Iterator[History]:
    """The log of the database, or of the file if one is given, which is checked whole first.

    Raises `DatabaseUnusable` or `FileRefused`.
    """
    if file is None:
        with opened_database(url) as database:
            yield History(database)
        return
    if url is not None:
        raise ConfigurationError("--file: not beside --database")
    with ExitStack() as opened:
        # The bar ends with the reading: as long as there is one, all that is printed goes its way.
        with progress("reading the file", None) as advance:
            history = opened.enter_context(opened_file(file, advance))
        yield history
