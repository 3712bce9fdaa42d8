"""PostgreSQL: several processes over one log.

Positions are assigned under an advisory lock of the log, which a write transaction takes at its
start and holds to its end, so they are gapless and become visible in order; a table lock would
need more rights on the log than to add to it. Text is ordered by its bytes, as in SQLite.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL

from commands.store.asking import Asking, AskingBeside, Reading
from commands.store.files import DatabaseUnusable
from commands.store.postgres_bulk import arrays_of, bulk_insert
from commands.store.postgres_rebuild import PostgresSteps
from commands.store.session import Compiled, StoreSession
from commands.store.watching import CHANNEL, PostgresWatch, Watch

BUSY_TIMEOUT_S: Final = 5.0
STATEMENT_TIMEOUT_S: Final = 60.0
# Of this schema's log; another one in the same database has its own.
_LOG_LOCK: Final = "pg_advisory_xact_lock(hashtext(current_schema()), hashtext('rackledger.log'))"
# Sent with the commit, and not at all without it.
_BEGIN_WRITE: Final = f"BEGIN; SELECT {_LOG_LOCK}; NOTIFY {CHANNEL}"
_OPTIONS: Final = (
    f"-c lock_timeout={int(BUSY_TIMEOUT_S * 1_000)} "
    f"-c statement_timeout={int(STATEMENT_TIMEOUT_S * 1_000)}"
)
_REBUILD_LOCK: Final = (
    "SELECT pg_try_advisory_lock(hashtext(current_schema()), hashtext('rackledger.rebuild')), "
    "current_schema()"
)
_PLACE: Final = ".rebuild"
"""What the name of a place to rebuild at ends in; the rest is that of a schema."""
_UNSAFE: Final = ("off", "local")
_VERSION: Final = sa.Table(
    "rackledger_schema", sa.MetaData(), sa.Column("version", sa.Integer, nullable=False)
)


_GATE: Final = f"LOCK TABLE {_VERSION.name} IN ACCESS SHARE MODE"
_GATE_TIMEOUT_MS: Final = 200
"""How long whoever begins to read may have to wait for a switch that waits for others."""
_BEGIN_READ: Final = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_GATE}"
_BEGIN_SCRATCH: Final = (
    f"BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = 0; {_GATE}"
)


class PostgresSession(StoreSession):
    """A session over a connection to a server."""

    TABLES_VERSION: ClassVar = sa.text("SELECT to_regclass('servers')::oid::bigint")

    def write(self, statement: Any, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Run once for each of `parameters`; rows that are only added go in one statement."""
        if len(parameters) > 1:
            compiled = self._compile(statement)
            insert = bulk_insert(statement, compiled)
            if insert is not None:
                self._driver.execute(insert, arrays_of(compiled, parameters))
                return
        super().write(statement, parameters)

    def _streaming(self) -> Any:
        return self._driver.cursor("stream")  # at the server, a piece at a time

    def keep_readers_out(self) -> None:
        """Whoever begins to read waits. Raises `Busy` where others read on for long.

        The catalogue knows no snapshots: one taken before tables changed places would find them
        empty. So each reader holds a lock from before its snapshot is taken.
        """
        self._driver.execute(f"SET LOCAL lock_timeout = {_GATE_TIMEOUT_MS}")
        self._driver.execute(f"LOCK TABLE {_VERSION.name} IN ACCESS EXCLUSIVE MODE")


class PostgresScratch(PostgresSession):
    """A session over scratch tables beside those of the schema `store`."""

    def __init__(self, connection: sa.Connection, store: str) -> None:
        super().__init__(connection, {})
        self._store = store


class Postgres:
    """A schema on a server (a `commands.store.backends.Backend`)."""

    def __init__(self, url: URL) -> None:
        """Raises `DatabaseUnusable` where the driver is missing or a setting makes it unsafe."""
        if url.drivername not in ("postgresql", "postgresql+psycopg"):
            raise DatabaseUnusable(f"{url.drivername!r}: use postgresql+psycopg://HOST/NAME")
        if not url.database:
            raise DatabaseUnusable("the URL names no database: postgresql+psycopg://HOST/NAME")
        if os.environ.get("POSTGRES_ENABLE_DB_FUNCTIONS", "").lower() in ("1", "y", "yes", "true"):
            raise DatabaseUnusable(
                "POSTGRES_ENABLE_DB_FUNCTIONS is set: with it records become visible out of "
                "order, and who follows the log misses some; unset it"
            )
        try:
            import psycopg  # noqa: PLC0415  # not part of a plain installation
        except ImportError as error:
            raise DatabaseUnusable(
                "PostgreSQL needs its driver: pip install 'rackledger[postgres]'"
            ) from error
        self._error = psycopg.Error
        self._busy: type[Exception] = psycopg.errors.LockNotAvailable
        self.url = url.set(drivername="postgresql+psycopg")

    def engine(self, pool_size: int, *, writes: bool) -> sa.Engine:
        """Connections that wait `BUSY_TIMEOUT_S` for a lock or for a server that is away."""
        return self._engine(pool_size, _BEGIN_WRITE if writes else _BEGIN_READ)

    def _engine(self, pool_size: int, begin: str) -> sa.Engine:
        engine = sa.create_engine(
            self.url,
            paramstyle="format",
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=BUSY_TIMEOUT_S,
            connect_args={
                "application_name": f"rackledger {os.getpid()}",
                "connect_timeout": int(BUSY_TIMEOUT_S),
                "tcp_user_timeout": int(BUSY_TIMEOUT_S * 1_000),
                "options": f"{_OPTIONS} {self.url.query.get('options', '')}",
            },
        )
        event.listen(engine, "connect", _set_up)

        @event.listens_for(engine, "begin")
        def run_begin(connection: sa.Connection) -> None:
            driver: Any = connection.connection.dbapi_connection
            driver.execute(begin)

        return engine

    def session(
        self, connection: sa.Connection, compiled: MutableMapping[Any, Compiled]
    ) -> StoreSession:
        """A session over one of them."""
        return PostgresSession(connection, compiled)

    def asking(
        self,
        readers: sa.Engine,
        reading: Reading,
        compiled: MutableMapping[Any, Compiled],
    ) -> Asking:
        """Beside the loop, which goes on while the server is slow or away."""
        return AskingBeside(reading, (self._error, sa.exc.SQLAlchemyError))

    def schema_version(self, connection: sa.Connection) -> int:
        """The version that stands in a table of its own."""
        if not sa.inspect(connection).has_table(_VERSION.name):
            return 0
        return int(connection.execute(sa.select(_VERSION.c.version)).scalar_one())

    def set_schema_version(self, connection: sa.Connection, version: int) -> None:
        """Write it there."""
        _VERSION.create(connection, checkfirst=True)
        connection.execute(_VERSION.delete())
        connection.execute(_VERSION.insert().values(version=version))

    def holds_others(self, connection: sa.Connection, names: set[str]) -> bool:
        """Whether a table bears one of our names; others beside ours are nobody's concern."""
        return not names.isdisjoint(sa.inspect(connection).get_table_names())

    @contextmanager
    def scratch(self, derived: Sequence[sa.MetaData], path: Path) -> Iterator[StoreSession]:
        """In a schema that nobody else sees, and that goes with the transaction; or in a place."""
        engine = self._engine(1, _BEGIN_SCRATCH)
        stays = path.suffix == _PLACE
        try:
            with engine.connect() as connection, connection.begin() as transaction:
                store = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
                schema = path.stem if stays else f"{store}_fold_{secrets.token_hex(4)}"
                connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
                connection.exec_driver_sql(f'SET LOCAL search_path = "{schema}", "{store}"')
                for metadata in derived:
                    metadata.create_all(connection, checkfirst=False)
                yield PostgresScratch(connection, store)
                if not stays:
                    transaction.rollback()
        finally:
            engine.dispose()

    def check_structure(self, session: StoreSession) -> list[str]:
        """Nothing: the server looks after its own, with checksums and `amcheck`."""
        return []

    @contextmanager
    def rebuilding(self) -> Iterator[Path | None]:
        """A schema beside the store's, which is gone afterwards."""
        engine = self._engine(1, "BEGIN")
        try:
            with engine.connect() as connection:
                driver: Any = connection.connection.dbapi_connection
                ours, store = driver.execute(_REBUILD_LOCK).fetchone()
                if not ours:
                    yield None
                    return
                schema = f"{store}_rebuild"
                driver.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
                try:
                    yield Path(f"{schema}{_PLACE}")
                finally:
                    driver.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        finally:
            engine.dispose()

    def steps(self, place: Path | None) -> PostgresSteps:
        """Steps in the store's schema."""
        return PostgresSteps(self._engine(1, "BEGIN"), place.stem if place else None)

    def busy(self) -> tuple[type[Exception], ...]:
        """What is raised where the gate is not to be had."""
        return (self._busy,)

    @contextmanager
    def looking(self) -> Iterator[sa.Connection]:
        """A connection that needs no table to be there."""
        engine = self._engine(1, "BEGIN READ ONLY")
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def is_lost(self, connection: sa.Connection) -> bool:
        """Whether the server ended the connection, or is away."""
        driver: Any = connection.connection.dbapi_connection
        return bool(driver.closed)

    def watch(self) -> Watch:
        """The server sends word of every commit; one of the processes leads."""
        engine = self.engine(1, writes=False)

        def connect() -> Any:
            pooled = engine.raw_connection()
            driver = pooled.driver_connection
            pooled.detach()
            return driver

        return PostgresWatch(connect, (self._error, sa.exc.SQLAlchemyError))

    def serving(self) -> AbstractContextManager[None]:
        """Any number of processes serve it."""
        return nullcontext()


def _set_up(driver: Any, _: object) -> None:
    driver.autocommit = True  # transactions are begun by us, in words that say of which kind
    synced, kept = driver.execute(
        "SELECT current_setting('synchronous_commit'), current_setting('fsync')"
    ).fetchone()
    if synced in _UNSAFE or kept == "off":
        raise DatabaseUnusable(
            f"the server may lose what it has committed: synchronous_commit is {synced}, "
            f"fsync is {kept}"
        )
