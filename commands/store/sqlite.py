"""SQLite: one file, one serving process, every commit synced."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL

from commands.store.files import DatabaseUnusable, checked_url, existing_url
from commands.store.session import NOTHING, Compiled, StoreSession, TurnSession
from commands.store.sqlite_rebuild import SqliteSteps, alone, is_undecodable
from commands.store.sqlite_scratch import scratch_file
from commands.store.watching import NoWatch, Watch

BUSY_TIMEOUT_S: Final = 5.0
_WRONG_MAX: Final = 100


class SqliteSession(StoreSession):
    """A session over a connection to a file."""

    TABLES_VERSION: ClassVar = sa.text("PRAGMA schema_version")

    def rows(self, statement: Any, parameters: Mapping[str, Any] = NOTHING) -> list[Any]:
        """All rows, as tuples."""
        try:
            return super().rows(statement, parameters)
        except sqlite3.OperationalError as error:
            if not is_undecodable(error):
                raise
        self._take_damaged_text()
        return super().rows(statement, parameters)

    def _streaming(self) -> Any:
        self._take_damaged_text()  # once rows are out, they cannot be read again
        return super()._streaming()

    def _take_damaged_text(self) -> None:
        """Read text that is no UTF-8 as what it cannot be: one such cell fails no query.

        What it comes to has other bytes than what is stored, so no digest of it fits.
        """
        self._driver.text_factory = _text_of


def _text_of(stored: bytes) -> str:
    return stored.decode(errors="backslashreplace")


class SqliteTurns(TurnSession, SqliteSession):
    """A session of a loop's thread."""


class Sqlite:
    """A file (a `commands.store.backends.Backend`)."""

    def __init__(self, url: URL, *, read_only: bool) -> None:
        """Raises `DatabaseUnusable` for one that cannot be, or is to be read and is not there."""
        self.url = checked_url(url)
        self._read_only = read_only
        if read_only:
            self.url = existing_url(self.url)

    def engine(self, pool_size: int, *, writes: bool) -> sa.Engine:
        """Connections that wait `BUSY_TIMEOUT_S` for the write lock."""
        engine = sa.create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=BUSY_TIMEOUT_S,
            connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        )
        event.listen(engine, "connect", _set_read_only if self._read_only else _set_durability)

        @event.listens_for(engine, "begin")
        def run_begin(connection: sa.Connection) -> None:
            driver: Any = connection.connection.dbapi_connection
            driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    def session(
        self, connection: sa.Connection, compiled: MutableMapping[Any, Compiled]
    ) -> StoreSession:
        """A session over one of them."""
        return SqliteSession(connection, compiled)

    def turns(
        self, connect: Callable[[], sa.Connection], compiled: MutableMapping[Any, Compiled]
    ) -> TurnSession:
        """A session for the thread of a running loop."""
        return SqliteTurns(connect, compiled)

    def schema_version(self, connection: sa.Connection) -> int:
        """The version that the file's head names."""
        found: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        return found

    def set_schema_version(self, connection: sa.Connection, version: int) -> None:
        """Name it in the file's head."""
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")

    def holds_others(self, connection: sa.Connection, names: set[str]) -> bool:
        """Whether there is any table: a file without a version is ours only if it is empty."""
        return bool(sa.inspect(connection).get_table_names())

    @contextmanager
    def scratch(self, derived: Sequence[sa.MetaData], path: Path) -> Iterator[StoreSession]:
        """In a file, which is left there; the store's is attached."""
        with scratch_file(self.url, derived, path) as connection:
            yield SqliteSession(connection, {})

    def check_structure(self, session: StoreSession) -> list[str]:
        """What is wrong with the structure of the files of a session, index by index."""
        found = session.connection.exec_driver_sql(f"PRAGMA integrity_check({_WRONG_MAX})")
        return [words for (words,) in found if words != "ok"]

    @contextmanager
    def rebuilding(self) -> Iterator[Path | None]:
        """A file beside the store's, locked, which is gone afterwards."""
        path = Path(f"{Path(str(self.url.database)).resolve()}.rebuild")
        with alone(path) as ours:
            yield path if ours else None

    def steps(self, place: Path | None) -> SqliteSteps:
        """Steps in the file."""
        return SqliteSteps(self.url, place)

    def busy(self) -> tuple[type[Exception], ...]:
        """Nothing: a snapshot reads the tables that were."""
        return ()

    @contextmanager
    def looking(self) -> Iterator[sa.Connection]:
        """A connection that reads."""
        engine = self.engine(1, writes=False)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def is_lost(self, connection: sa.Connection) -> bool:
        """Never: a file does not go away."""
        return False

    def watch(self) -> Watch:
        """Short commands may write beside the process that serves, which looks for it itself."""
        return NoWatch()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The right to serve the file, held by one process at a time.

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
