"""What differs from one kind of database to the other, and which one a URL names."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from commands.store.asking import Asking, Reading
from commands.store.files import DatabaseUnusable
from commands.store.postgres import Postgres
from commands.store.session import Compiled, StoreSession
from commands.store.sqlite import Sqlite
from commands.store.watching import Watch


class Steps(Protocol):
    """Steps small enough that the writes of others go on between them."""

    def fill(self, table: sa.Table, advance: Callable[[int], None]) -> None:
        """Copy the rows of the fold into the new table."""

    def empty(self, table: sa.Table, suffix: str, advance: Callable[[int], None]) -> None:
        """Remove the table of that suffix."""

    def close(self) -> None:
        """Close the connection."""


class Backend(Protocol):
    """A kind of database, under one URL."""

    url: URL

    def engine(self, pool_size: int, *, writes: bool) -> sa.Engine:
        """Connections; those that write hold the write lock from the start of a transaction."""

    def session(
        self, connection: sa.Connection, compiled: MutableMapping[Any, Compiled]
    ) -> StoreSession:
        """A session over one of them."""

    def asking(
        self,
        readers: sa.Engine,
        reading: Reading,
        compiled: MutableMapping[Any, Compiled],
    ) -> Asking:
        """Where a running loop asks for a row or two."""

    def schema_version(self, connection: sa.Connection) -> int:
        """The version that was set; 0 for none."""

    def set_schema_version(self, connection: sa.Connection, version: int) -> None:
        """Set it, within the caller's transaction."""

    def holds_others(self, connection: sa.Connection, names: set[str]) -> bool:
        """Whether tables of another program are in the way of ours, of those names."""

    def scratch(
        self, derived: Sequence[sa.MetaData], path: Path
    ) -> AbstractContextManager[StoreSession]:
        """Tables of its own for a fresh fold, of one snapshot of the store.

        Names without a schema mean these tables, failing those the store's, so whatever derives
        rows from the log derives them here as it does there. The store's own bear the schema
        `STORE`. At `path` they stay if that is a place to rebuild at.
        """

    def check_structure(self, session: StoreSession) -> list[str]:
        """What is wrong with the structure that a session reads from, index by index."""

    def rebuilding(self) -> AbstractContextManager[Path | None]:
        """The right to rebuild, and where to fold meanwhile; None where another one has it."""

    def steps(self, place: Path | None) -> Steps:
        """Steps in the database, beside what was folded at a place."""

    def busy(self) -> tuple[type[Exception], ...]:
        """What is raised where readers are not to be kept out just now."""

    def looking(self) -> AbstractContextManager[sa.Connection]:
        """A connection to see with whether there is a store at all."""

    def is_lost(self, connection: sa.Connection) -> bool:
        """Whether a connection that failed is gone, and so are those beside it."""

    def watch(self) -> Watch:
        """What is told of other processes' commits, and whether this one leads."""

    def serving(self) -> AbstractContextManager[None]:
        """The right to serve the database. Raises `DatabaseUnusable` where it is taken."""


def backend_of(url: str, *, read_only: bool) -> Backend:
    """The kind of database that a URL names. Raises `DatabaseUnusable`."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise DatabaseUnusable(f"not a database URL: {url!r}") from error
    if parsed.get_backend_name() == "sqlite":
        return Sqlite(parsed, read_only=read_only)
    if parsed.get_backend_name() == "postgresql":
        return Postgres(parsed)
    raise DatabaseUnusable(
        f"{parsed.get_backend_name()!r} databases are not served by this release; "
        "use sqlite:///PATH or postgresql+psycopg://HOST/NAME"
    )
