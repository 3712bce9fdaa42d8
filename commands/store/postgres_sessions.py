"""Sessions over a connection to a PostgreSQL server, and the gate that readers come in by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import sqlalchemy as sa

from commands.store.postgres_bulk import arrays_of, bulk_insert
from commands.store.postgres_engine import warnings
from commands.store.session import StoreSession, Unreplicated
from commands.store.tables import schema_versions

GATE: Final = f"LOCK TABLE {schema_versions.name} IN ACCESS SHARE MODE"
"""What a reader holds from before its snapshot is taken.

The catalogue knows no snapshots: one that was taken before tables changed places would find them
empty.
"""
BEGIN_READ: Final = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {GATE}"
_GATE_TIMEOUT_MS: Final = 200
"""How long whoever begins to read may have to wait for a switch that waits for others."""


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

    def commit(self) -> None:
        """Commit, which a server may do with a warning: that no standby has it.

        So it does where the wait for a standby is cut off, by a timeout or by somebody's hand, and
        calls it a success.
        """
        told = warnings[self._driver]
        told.clear()
        super().commit()
        if told:
            raise Unreplicated(f"committed, but: {'; '.join(told)}")

    def _streaming(self) -> Any:
        return self._driver.cursor("stream")  # at the server, a piece at a time

    def keep_readers_out(self) -> None:
        """Whoever begins to read waits. Raises `Busy` where others read on for long."""
        self._driver.execute(f"SET LOCAL lock_timeout = {_GATE_TIMEOUT_MS}")
        self._driver.execute(f"LOCK TABLE {schema_versions.name} IN ACCESS EXCLUSIVE MODE")

    def admit_to(self, tables: Sequence[sa.Table]) -> None:
        """Let the roles that serve the store do with new tables what they did with the last."""
        # The driver is not part of a plain installation.
        from commands.store.postgres_roles import grant_to_serving  # noqa: PLC0415

        grant_to_serving(self.connection, tables)


class PostgresScratch(PostgresSession):
    """A session over scratch tables beside those of the schema `store`."""

    def __init__(self, connection: sa.Connection, store: str) -> None:
        super().__init__(connection, {})
        self._store = store
