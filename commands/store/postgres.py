"""PostgreSQL: several processes over one log. Text is ordered by its bytes, as in SQLite."""

from __future__ import annotations

from collections.abc import Collection, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL

from commands.store.asking import Asking, AskingBeside, Reading
from commands.store.backend import Backend
from commands.store.postgres_engine import BEGIN_WRITE, make_engine, usable_url
from commands.store.postgres_rebuild import PostgresSteps, alone
from commands.store.postgres_scratch import scratch_schema
from commands.store.postgres_sessions import BEGIN_READ, PostgresSession
from commands.store.session import Compiled, StoreSession
from commands.store.watching import PostgresWatch, Watch

_PLACE: Final = ".rebuild"
"""What the name of a place to rebuild at ends in; the rest is that of a schema."""
_MAY_CHANGE: Final = sa.text(
    "SELECT has_schema_privilege(current_schema(), 'CREATE') AND NOT EXISTS ("
    "SELECT FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY(:names) "
    "AND NOT pg_has_role(tableowner, 'USAGE'))"
)


class Postgres(Backend):
    """A schema on a server."""

    SESSION: ClassVar = PostgresSession
    HAS_ROLES: ClassVar = True

    def __init__(self, url: URL) -> None:
        """Raises `DatabaseUnusable` where the driver is missing or a setting makes it unsafe."""
        self.url = usable_url(url)

    def engine(self, pool_size: int, *, writes: bool) -> sa.Engine:
        """Connections whose readers pass the gate, and whose writers hold the lock of the log."""
        return make_engine(self.url, pool_size, BEGIN_WRITE if writes else BEGIN_READ)

    def asking(
        self, readers: sa.Engine, reading: Reading, compiled: MutableMapping[Any, Compiled]
    ) -> Asking:
        """Beside the loop, which goes on while the server is slow or away."""
        import psycopg  # noqa: PLC0415  # not part of a plain installation

        return AskingBeside(reading, (psycopg.Error, sa.exc.SQLAlchemyError))

    def looking_engine(self) -> sa.Engine:
        """A connection that passes no gate, as there may be none."""
        return make_engine(self.url, 1, "BEGIN READ ONLY")

    def schema_number(self, connection: sa.Connection) -> int:
        """None: those releases knew SQLite alone."""
        return 0

    def forget_schema_number(self, connection: sa.Connection) -> None:
        """Nothing to forget."""

    def holds_others(self, tables: Collection[str], ours: Collection[str]) -> bool:
        """Whether a table bears one of our names; others beside ours are nobody's concern."""
        return not set(ours).isdisjoint(tables)

    def may_change(self, connection: sa.Connection, tables: Collection[str]) -> bool:
        """Whether the role may make tables in the schema, and owns those that are there."""
        return bool(connection.execute(_MAY_CHANGE, {"names": list(tables)}).scalar())

    def admit(
        self, connection: sa.Connection, role: str, password: str | None, tables: Sequence[sa.Table]
    ) -> bool:
        """Make the role if it is absent, and grant it what the tables say, and no more."""
        from commands.store.postgres_roles import admit  # noqa: PLC0415  # needs the driver

        return admit(connection, role, password, tables)

    @contextmanager
    def scratch(self, derived: Sequence[sa.MetaData], path: Path) -> Iterator[StoreSession]:
        """In a schema that nobody else sees, and that goes with the transaction; or in a place."""
        kept = path.stem if path.suffix == _PLACE else None
        with scratch_schema(self.url, derived, kept) as session:
            yield session

    def check_structure(self, session: StoreSession) -> list[str]:
        """Nothing: the server looks after its own, with checksums and `amcheck`."""
        return []

    @contextmanager
    def rebuilding(self) -> Iterator[Path | None]:
        """A schema beside the store's, which is gone afterwards."""
        with alone(self.url) as schema:
            yield None if schema is None else Path(f"{schema}{_PLACE}")

    def steps(self, place: Path | None) -> PostgresSteps:
        """Steps in the store's schema."""
        return PostgresSteps(self.url, place.stem if place else None)

    def busy(self) -> tuple[type[Exception], ...]:
        """What is raised where the gate is not to be had."""
        import psycopg  # noqa: PLC0415  # not part of a plain installation

        return (psycopg.errors.LockNotAvailable,)

    def is_lost(self, connection: sa.Connection) -> bool:
        """Whether the server ended the connection, or is away."""
        driver: Any = connection.connection.dbapi_connection
        return bool(driver.closed)

    def watch(self) -> Watch:
        """The server sends word of every commit; one of the processes leads."""
        import psycopg  # noqa: PLC0415  # not part of a plain installation

        engine = self.engine(1, writes=False)

        def connect() -> Any:
            pooled = engine.raw_connection()
            driver = pooled.driver_connection
            pooled.detach()
            return driver

        return PostgresWatch(connect, (psycopg.Error, sa.exc.SQLAlchemyError))

    def serving(self) -> AbstractContextManager[None]:
        """Any number of processes serve it."""
        return nullcontext()
