"""What rebuilding takes on PostgreSQL, where to fill a table keeps nobody waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa

from commands.store.postgres_engine import make_engine
from commands.store.tables import NEW

_LOCK: Final = (
    "SELECT pg_try_advisory_lock(hashtext(current_schema()), hashtext('rackledger.rebuild')), "
    "current_schema()"
)


@contextmanager
def alone(url: sa.URL) -> Iterator[str | None]:
    """The name of a schema to fold in, which is gone afterwards; None where another rebuilds."""
    engine = make_engine(url, 1, "BEGIN")
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            ours, store = driver.execute(_LOCK).fetchone()
            if not ours:
                yield None
                return
            schema = f"{store}_rebuild"
            driver.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
            try:
                yield schema
            finally:
                driver.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
    finally:
        engine.dispose()


class PostgresSteps:
    """One step a table (`commands.store.backend.Steps`)."""

    def __init__(self, url: sa.URL, schema: str | None) -> None:
        """Steps in the store's schema; what was folded is in `schema`."""
        self._engine = make_engine(url, 1, "BEGIN")
        self._schema = schema

    def fill(self, table: sa.Table, advance: Callable[[int], None]) -> None:
        """Copy the rows of the fold into the new table."""
        assert self._schema is not None, "what is copied was folded somewhere"
        source = table.to_metadata(sa.MetaData(), schema=self._schema)
        shadow = table.to_metadata(sa.MetaData(), name=table.name + NEW)
        names = [column.name for column in table.c]
        with self._engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            done = connection.execute(
                shadow.insert().from_select(names, sa.select(*source.c))
            ).rowcount
        advance(done)

    def empty(self, table: sa.Table, suffix: str, advance: Callable[[int], None]) -> None:
        """Remove the table of that suffix."""
        shadow = table.to_metadata(sa.MetaData(), name=table.name + suffix)
        with self._engine.begin() as connection:
            shadow.drop(connection)

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()
