"""Connections: one writer and a bounded pool of readers over one database.

Durability is set and asserted on every connection. Statements are for `commands.store.session`.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event

from commands.store.files import DatabaseUnusable, checked_url, existing_url, file_uri
from commands.store.schema import look_at_schema, mark_derived, prepare_schema
from commands.store.session import Compiled, StoreSession, TurnSession

BUSY_TIMEOUT_S: Final = 5.0
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
        self.url = checked_url(url)
        self.read_only = read_only
        if read_only:
            self.url = existing_url(self.url)
        # Weakly: a statement made for one request's filters goes, and takes its words along.
        self._compiled: WeakKeyDictionary[Any, Compiled] = WeakKeyDictionary()
        self._writing = threading.Lock()
        self._writer: StoreSession | None = None
        self._turns: list[TurnSession] = []
        self._writers = self._engine(begin="BEGIN IMMEDIATE", pool_size=1)
        self._readers = self._engine(begin="BEGIN", pool_size=READERS_MAX)
        dbapi: Any = self._writers.dialect.dbapi
        self.Error: tuple[type[Exception], ...] = (dbapi.Error, sa.exc.SQLAlchemyError)
        self.IntegrityError: tuple[type[Exception], ...] = (
            dbapi.IntegrityError,
            sa.exc.IntegrityError,
        )
        try:
            if read_only:
                with self._readers.begin() as connection:
                    self.outdated = look_at_schema(connection)
            else:
                with self._writers.begin() as connection:
                    self.outdated = prepare_schema(connection, schema, derived)
        except self.Error as error:
            raise DatabaseUnusable(f"cannot open {self.url}: {words_of(error)}") from error

    @property
    def file_uri(self) -> str:
        """Its file as SQLite's URIs name it, for another connection to attach."""
        return file_uri(self.url)

    def _engine(self, begin: str, pool_size: int) -> sa.Engine:
        engine = sa.create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=BUSY_TIMEOUT_S,
            connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        )
        event.listen(engine, "connect", _set_read_only if self.read_only else _set_durability)

        @event.listens_for(engine, "begin")
        def run_begin(connection: sa.Connection) -> None:
            driver: Any = connection.connection.dbapi_connection
            driver.execute(begin)

        return engine

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
            if self._writer is None:
                self._writer = StoreSession(self._writers.connect(), self._compiled)
            connection = self._writer.connection
            try:
                connection.begin()
                yield self._writer
                connection.commit()
            except BaseException:
                # A connection that failed to commit is not trusted with the next batch.
                self._writer = None
                self._abandon(connection)
                raise
        finally:
            self._writing.release()

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
            mark_derived(session.connection)
        self.outdated = False

    @contextmanager
    def reading(self) -> Iterator[StoreSession]:
        """One snapshot: everything read inside is as of its first statement."""
        with self._readers.begin() as connection:
            yield StoreSession(connection, self._compiled)

    def turns(self) -> TurnSession:
        """A session for the thread of a running loop, closed with the database."""
        session = TurnSession(self._readers.connect(), self._compiled)
        self._turns.append(session)
        return session

    def close(self) -> None:
        """Close every connection: with the last one, SQLite moves its log into the file."""
        # Those first that the pools do not hold just now, and so would not close.
        for session in self._turns:
            session.close()
        if self._writer is not None:
            self._writer.connection.close()
        self._writers.dispose()
        self._readers.dispose()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The right to serve this database, held by one process at a time.

        Raises `DatabaseUnusable` where another holds it. Short commands write beside it without.
        """
        # Resolved, as SQLite does for its own: a link to the file is the same file.
        path = Path(f"{Path(str(self.url.database)).resolve()}.lock")
        try:
            opened = path.open("a+")
        except OSError as error:
            raise DatabaseUnusable(f"cannot open {path}: {error.strerror}") from error
        with opened as side_file:
            try:
                fcntl.flock(side_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DatabaseUnusable(
                    f"{self.url.database} is served by process {_holder(side_file)}; "
                    "one process serves an SQLite file"
                ) from error
            side_file.truncate(0)
            side_file.write(f"{os.getpid()}\n")
            side_file.flush()
            yield


def _holder(side_file: IO[str]) -> str:
    side_file.seek(0)
    return side_file.read().strip() or "unknown"


def _set_durability(driver: Any, _: object) -> None:
    driver.isolation_level = None  # transactions are begun by us, never by the driver's guess
    for pragma, wanted in (("journal_mode = WAL", "wal"), ("synchronous = FULL", None)):
        answer = driver.execute(f"PRAGMA {pragma}").fetchone()
        if wanted is not None and answer[0] != wanted:
            raise DatabaseUnusable(f"the file system does not hold a write-ahead log ({answer[0]})")
    assert driver.execute("PRAGMA synchronous").fetchone()[0] == 2, "every commit is synced"


def _set_read_only(driver: Any, _: object) -> None:
    driver.isolation_level = None
    driver.execute("PRAGMA query_only = ON")


def words_of(error: BaseException) -> str:
    """What the database says of an error, in one line."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
