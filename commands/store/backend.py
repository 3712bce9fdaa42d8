"""What differs from one kind of database to the other, and what is the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL

from commands.store.asking import Asking, Reading
from commands.store.session import Compiled, StoreSession
from commands.store.watching import Watch


class Steps(Protocol):
    """Steps small enough that the writes of others go on between them."""

    def fill(self, table: sa.Table, advance: Callable[[int], None]) -> None:
        """Copy the rows of the fold into the new table."""

    def empty(self, table: sa.Table, suffix: str, advance: Callable[[int], None]) -> None:
        """Remove the table of that suffix."""

    def close(self) -> None:
        """Close the connection."""


class Backend(ABC):
    """A kind of database, under one URL."""

    SESSION: ClassVar[type[StoreSession]]
    HAS_ROLES: ClassVar = False
    """Whether the database itself can keep a service from doing more than it has to."""

    url: URL

    @abstractmethod
    def engine(self, pool_size: int, *, writes: bool) -> sa.Engine:
        """Connections; those that write hold the write lock from the start of a transaction."""

    @abstractmethod
    def looking_engine(self) -> sa.Engine:
        """A connection that reads, whether or not there is a store."""

    @contextmanager
    def looking(self) -> Iterator[sa.Connection]:
        """A connection to see with whether there is a store at all."""
        engine = self.looking_engine()
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def session(
        self, connection: sa.Connection, compiled: MutableMapping[Any, Compiled]
    ) -> StoreSession:
        """A session over one of them."""
        return self.SESSION(connection, compiled)

    @abstractmethod
    def asking(
        self, readers: sa.Engine, reading: Reading, compiled: MutableMapping[Any, Compiled]
    ) -> Asking:
        """Where a running loop asks for a row or two: of a connection, or of snapshots."""

    @abstractmethod
    def schema_number(self, connection: sa.Connection) -> int:
        """The number by which a release told its schema that knew no migrations; 0 for none.

        Below zero where its derived rows were being derived.
        """

    @abstractmethod
    def forget_schema_number(self, connection: sa.Connection) -> None:
        """Let no such release take the database for its own, from the caller's commit on."""

    @abstractmethod
    def holds_others(self, tables: Collection[str], ours: Collection[str]) -> bool:
        """Whether tables that are there are in the way of ours, which are not made yet."""

    @abstractmethod
    def may_change(self, connection: sa.Connection, tables: Collection[str]) -> bool:
        """Whether who is connected may make tables, and change those of these names."""

    @abstractmethod
    def admit(
        self,
        connection: sa.Connection,
        role: str,
        password: str | None,
        tables: Sequence[sa.Table],
    ) -> bool:
        """Let a role do with the tables what they say that the service does; whether it was made.

        A new one can log in, with the password if one is given. Only where there are roles.
        """

    @abstractmethod
    def scratch(
        self, derived: Sequence[sa.MetaData], path: Path
    ) -> AbstractContextManager[StoreSession]:
        """Tables of its own for a fresh fold, of one snapshot of the store.

        Names without a schema mean these tables, failing those the store's, so whatever derives
        rows from the log derives them here as it does there. The store's own bear the schema
        `STORE`. At `path` they stay if that is a place to rebuild at.
        """

    @abstractmethod
    def check_structure(self, session: StoreSession) -> list[str]:
        """What is wrong with the structure that a session reads from, index by index."""

    @abstractmethod
    def rebuilding(self) -> AbstractContextManager[Path | None]:
        """The right to rebuild, and where to fold meanwhile; None where another one has it."""

    @abstractmethod
    def steps(self, place: Path | None) -> Steps:
        """Steps in the database, beside what was folded at a place."""

    @abstractmethod
    def busy(self) -> tuple[type[Exception], ...]:
        """What is raised where readers are not to be kept out just now."""

    @abstractmethod
    def is_lost(self, connection: sa.Connection) -> bool:
        """Whether a connection that failed is gone, and so are those beside it."""

    @abstractmethod
    def watch(self) -> Watch:
        """What is told of other processes' commits, and whether this one leads."""

    @abstractmethod
    def serving(self) -> AbstractContextManager[None]:
        """The right to serve the database. Raises `DatabaseUnusable` where it is taken."""
