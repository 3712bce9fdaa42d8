"""Connections: one writer and a bounded pool of readers over one database.

Durability is set and asserted on every connection. Statements are for `commands.store.session`.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from commands.store.asking import Asking, Reading
from commands.store.backend import Backend
from commands.store.session import Compiled, StoreSession

BUSY_TIMEOUT_S: Final = 5.0
"""How long a writer waits for its turn."""
READERS_MAX: Final = 16


def errors() -> tuple[type[Exception], ...]:
    """What any use of an open database may raise: a full disk, a lock, a right that is missing."""
    # Not part of a plain installation; whoever uses it has imported it.
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.Error, sa.exc.SQLAlchemyError, *([psycopg.Error] if psycopg else []))


class Connections:
    """The connections of a backend. Close them with `close()`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        # Weakly: a statement made for one request's filters goes, and takes its words along.
        self._compiled: WeakKeyDictionary[Any, Compiled] = WeakKeyDictionary()
        self._writing = threading.Lock()
        self._writer: StoreSession | None = None
        self._closed = False
        self._asking: list[Asking] = []
        self._writers = backend.engine(1, writes=True)
        self._readers = backend.engine(READERS_MAX, writes=False)
        dbapi: Any = self._writers.dialect.dbapi
        self.Error: tuple[type[Exception], ...] = (dbapi.Error, sa.exc.SQLAlchemyError)
        self.IntegrityError: tuple[type[Exception], ...] = (
            dbapi.IntegrityError,
            sa.exc.IntegrityError,
        )
        self.DataError: type[Exception] = dbapi.DataError

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
                kept.commit()
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
    def reading(self) -> Iterator[StoreSession]:
        """One snapshot: everything read inside is as of its first statement."""
        try:
            with self._begun(self._readers) as connection:
                yield self._backend.session(connection, self._compiled)
        finally:
            if self._closed:
                self._readers.pool.dispose()

    def asking(self, reading: Reading | None = None) -> Asking:
        """Where a running loop asks for a row or two, closed with the database.

        Of snapshots of its own, unless `reading` gives others where they are taken beside the loop.
        """
        asking = self._backend.asking(self._readers, reading or self.reading, self._compiled)
        self._asking.append(asking)
        return asking

    def close(self) -> None:
        """Close every connection: with the last one, SQLite moves its log into the file.

        One that another thread uses just now is closed when it is given back.
        """
        # Before the pools are emptied: whoever gives a connection back looks at it afterwards.
        self._closed = True
        # Those first that the pools do not hold just now, and so would not close.
        for asking in self._asking:
            asking.close()
        self._close_writer()
        self._readers.pool.dispose()

    def _close_writer(self) -> None:
        kept, self._writer = self._writer, None
        if kept is not None:
            kept.connection.close()
        self._writers.pool.dispose()


def words_of(error: BaseException) -> str:
    """What the database says of an error, in one line."""
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return lines[0] if lines else type(error).__name__
