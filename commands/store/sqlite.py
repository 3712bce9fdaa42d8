"""SQLite: one file, one serving process, every commit synced."""

from __future__ import annotations

from collections.abc import Collection, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL

from commands.store.asking import Asking, AskingHere, Reading
from commands.store.backend import Backend
from commands.store.files import DatabaseUnusable, checked_url, existing_url
from commands.store.session import Compiled, StoreSession
from commands.store.sqlite_rebuild import SqliteSteps, alone
from commands.store.sqlite_scratch import scratch_file
from commands.store.sqlite_serving import served
from commands.store.sqlite_sessions import SqliteSession, SqliteTurns
from commands.store.watching import NoWatch, Watch

BUSY_TIMEOUT_S: Final = 5.0
_WRONG_MAX: Final = 100


class Sqlite(Backend):
    """A file."""

    SESSION: ClassVar = SqliteSession

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

    def asking(
        self, readers: sa.Engine, reading: Reading, compiled: MutableMapping[Any, Compiled]
    ) -> Asking:
        """On the loop's own thread."""
        return AskingHere(SqliteTurns(readers.connect(), compiled))

    def looking_engine(self) -> sa.Engine:
        """A connection like any other: a file needs no table to be read."""
        return self.engine(1, writes=False)

    def schema_number(self, connection: sa.Connection) -> int:
        """The number in the file's head."""
        found: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        return found

    def forget_schema_number(self, connection: sa.Connection) -> None:
        """Set it to 0: by tables without a number those releases know another program's file."""
        connection.exec_driver_sql("PRAGMA user_version = 0")

    def holds_others(self, tables: Collection[str], ours: Collection[str]) -> bool:
        """Whether there is any table: a file of no schema is ours only if it is empty."""
        return bool(tables)

    def may_change(self, connection: sa.Connection, tables: Collection[str]) -> bool:
        """Whoever can write the file can make anything of it."""
        return True

    def admit(
        self, connection: sa.Connection, role: str, password: str | None, tables: Sequence[sa.Table]
    ) -> bool:
        """Never."""
        raise DatabaseUnusable("SQLite has no roles: who can write the file can change all of it")

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

    def is_lost(self, connection: sa.Connection) -> bool:
        """Never: a file does not go away."""
        return False

    def watch(self) -> Watch:
        """Short commands may write beside the process that serves, which looks for it itself."""
        return NoWatch()

    def serving(self) -> AbstractContextManager[None]:
        """The right to serve the file, held by one process at a time.

        Raises `DatabaseUnusable` where another holds it. Short commands write beside it without.
        """
        return served(str(self.url.database))


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
