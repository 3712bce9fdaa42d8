"""What rebuilding takes on PostgreSQL, where to fill a table keeps nobody waiting."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from commands.store.tables import NEW


class PostgresSteps:
    """One step a table (`commands.store.backends.Steps`)."""

    def __init__(self, engine: sa.Engine, schema: str | None) -> None:
        """Steps over an engine, which is disposed of; what was folded is in `schema`."""
        self._engine = engine
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
