"""Connections: one writer and a bounded pool of readers over one database.

Durability is set and asserted on every connection. Statements are for `commands.store.session`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from commands.store.backends import Steps, backend_of
from commands.store.files import DatabaseUnusable
from commands.store.schema import look_at_schema, mark_derived, prepare_schema
from commands.store.session import Compiled, StoreSession, TurnSession
from commands.store.watching import Watch

BUSY_TIMEOUT_S: Final = 5.0
"""How long a writer waits for its turn."""
READERS_MAX: Final = 10
ERRORS: Final = (sqlite3.Error, sa.exc.SQLAlchemyError)
"""What any use of an open database may raise: a full disk, a lock, a file that is damaged."""


class Database:
    """An open database. Close it with `close()`."""

    def __init__(
        self,
        url: str,
        schema: Sequence[sa.MetaData] = (),
        derived: Sequence[sa.MetaData] = (),
        read_only: bool = False,
    ) -> None:
        """Open it, making what is missing of `schema`. Raises `DatabaseUnusable`.

        Of an older version's file, the `derived` tables are made anew, and `outdated` says that
        their rows are to be derived. To read only, it must be there, and is left as it is.
        """
        self._backend = backend = backend_of(url, read_only=read_only)
        self.url = backend.url
        self.read_only = read_only
        # Weakly: a statement made for one request's filters goes, and takes its words along.
        self._compiled: WeakKeyDictionary[Any, Compiled] = WeakKeyDictionary()
        self._writing = threading.Lock()
        self._writer: StoreSession | None = None
        self._closed = False
        self._turns: list[TurnSession] = []
        self._writers = backend.engine(1, writes=True)
        self._readers = backend.engine(READERS_MAX, writes=False)
        dbapi: Any = self._writers.dialect.dbapi
        self.Error: tuple[type[Exception], ...] = (dbapi.Error, sa.exc.SQLAlchemyError)
        self.IntegrityError: tuple[type[Exception], ...] = (
            dbapi.IntegrityError,
            sa.exc.IntegrityError,
        )
        self.DataError: type[Exception] = dbapi.DataError
        self.Busy = backend.busy()
        """What is raised where readers are not to be kept out just now."""
        try:
            if read_only:
                with backend.looking() as connection:
                    self.outdated = look_at_schema(backend, connection)
            else:
                with self._writers.begin() as connection:
                    self.outdated = prepare_schema(backend, connection, schema, derived)
        except self.Error as error:
            self.close()
            raise DatabaseUnusable(f"cannot open {self.url}: {words_of(error)}") from error
        except DatabaseUnusable:
            self.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[StoreSession]:
        """A write transaction, committed at the end and rolled back on an exception.

        Holds the store's write lock from its start; blocks up to `BUSY_TIMEOUT_S` for it.
        """
        if not self._writing.acquire(timeout=BUSY_TIMEOUT_S):
            raise sa.exc.TimeoutError("another thread writes")
        try:
            # Kept from one transaction to the next: the pool's care for a connection, at its taking
            # and its return, costs as much as deciding a command.
            kept, self._writer = self._writer, None
            connection = self._begun(self._writers, kept.connection if kept else None)
            if kept is None or kept.connection is not connection:
                kept = self._backend.session(connection, self._compiled)
            try:
                yield kept
                connection.commit()
            except BaseException:
                # A connection that failed to commit is not trusted with the next batch.
                self._abandon(connection)
                raise
            self._writer = kept
        finally:
            if self._closed:
                self._close_writer()
            self._writing.release()

    def _begun(self, engine: sa.Engine, kept: sa.Connection | None = None) -> sa.Connection:
        """A connection in a transaction; one that was lost since it was last used is replaced."""
        connection = kept or engine.connect()
        try:
            connection.begin()
        except self.Error:
            lost = self._backend.is_lost(connection)
            self._abandon(connection)
            if not lost:
                raise
            engine.pool.dispose()  # those that wait in it are lost as well
            connection = engine.connect()
            connection.begin()
        return connection

    def _abandon(self, connection: sa.Connection) -> None:
        # Closing alone leaves the lock to a failed statement that is still referred to.
        driver: Any = connection.connection.dbapi_connection
        with suppress(*self.Error):
            driver.rollback()
        connection.invalidate()
        connection.close()

    @contextmanager
    def deriving(self) -> Iterator[StoreSession]:
        """A write transaction to derive rows in: with its commit, they are of this version."""
        with self.writing() as session:
            yield session
            mark_derived(self._backend, session.connection)
        self.outdated = False

    @contextmanager
    def reading(self) -> Iterator[StoreSession]:
        """One snapshot: everything read inside is as of its first statement."""
        try:
            with self._begun(self._readers) as connection:
                yield self._backend.session(connection, self._compiled)
        finally:
            if self._closed:
                self._readers.pool.dispose()

    def turns(self) -> TurnSession:
        """A session for the thread of a running loop, closed with the database."""
        session = self._backend.turns(self._readers.connect, self._compiled)
        self._turns.append(session)
        return session

    def close(self) -> None:
        """Close every connection: with the last one, SQLite moves its log into the file.

        One that another thread uses just now is closed when it is given back.
        """
        # Before the pools are emptied: whoever gives a connection back looks at it afterwards.
        self._closed = True
        # Those first that the pools do not hold just now, and so would not close.
        for session in self._turns:
            session.close()
        self._close_writer()
        self._readers.pool.dispose()

    def _close_writer(self) -> None:
        kept, self._writer = self._writer, None
        if kept is not None:
            kept.connection.close()
        self._writers.pool.dispose()

    def scratch(
        self, derived: Sequence[sa.MetaData], path: Path
    ) -> AbstractContextManager[StoreSession]:
        """A session over tables of its own, beside those of the store."""
        return self._backend.scratch(derived, path)

    def check_structure(self, session: StoreSession) -> list[str]:
        """What is wrong with the structure that a session reads from."""
        return self._backend.check_structure(session)

    def rebuilding(self) -> AbstractContextManager[Path | None]:
        """The right to rebuild, and where to fold meanwhile; None where another one has it."""
        return self._backend.rebuilding()

    def steps(self, place: Path | None = None) -> Steps:
        """Steps in the database, beside what was folded at a place; close them."""
        return self._backend.steps(place)

    def watch(self) -> Watch:
        """What tells of other processes' commits, once it is started."""
        return self._backend.watch()

    def serving(self) -> AbstractContextManager[None]:
        """The right to serve this database. Raises `DatabaseUnusable` where it is taken."""
        return self._backend.serving()


def words_of(error: BaseException) -> str:
    """What the database says of an error, in one line."""
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return lines[0] if lines else type(error).__name__
