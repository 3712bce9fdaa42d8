"""Sessions: Core statements, compiled once, run on the driver itself.

At these sizes SQLAlchemy's execution costs several times what SQLite does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any, ClassVar, Final, NamedTuple

import sqlalchemy as sa

STORE: Final = "store"
"""The schema that a store's own tables bear for a session over scratch tables beside them."""
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Compiled(NamedTuple):
    """A statement in the driver's words: its parameters by place, and those that are constants."""

    sql: str
    names: Sequence[str]
    constants: Mapping[str, Any]
    place: Callable[[Mapping[str, Any]], Sequence[Any]]


def _placing(names: Sequence[str], constants: Mapping[str, Any]) -> Callable[..., Sequence[Any]]:
    if constants:
        return lambda parameters: [(constants | parameters)[name] for name in names]
    if len(names) < 2:
        return lambda parameters: [parameters[name] for name in names]
    return itemgetter(*names)


class Unreplicated(sa.exc.SQLAlchemyError):
    """A commit took effect on the primary alone, with whose disk it may be lost."""


class StoreSession:
    """A `domain.ports.Session` over one driver connection; each kind of database has its own."""

    TABLES_VERSION: ClassVar[Any]
    _store: str = STORE

    def __init__(self, connection: sa.Connection, compiled: MutableMapping[Any, Compiled]) -> None:
        self.connection = connection
        self._driver: Any = connection.connection.dbapi_connection
        self._compiled = compiled

    def rows(self, statement: Any, parameters: Mapping[str, Any] = NOTHING) -> list[Any]:
        """All rows, as tuples."""
        compiled = self._compile(statement)
        cursor = self._driver.cursor()
        cursor.execute(compiled.sql, compiled.place(parameters))
        found: list[Any] = cursor.fetchall()
        cursor.close()
        return found

    def stream(self, statement: Any) -> Iterator[Any]:
        """All rows one by one, for more than memory should hold."""
        cursor = self._streaming()
        cursor.execute(self._compile(statement).sql)
        yield from cursor
        cursor.close()

    def _streaming(self) -> Any:
        return self._driver.cursor()

    def row(self, statement: Any, parameters: Mapping[str, Any] = NOTHING) -> Any | None:
        """The first row, or None."""
        found = self.rows(statement, parameters)
        return found[0] if found else None

    def commit(self) -> None:
        """Commit the write transaction. Raises `Unreplicated`, or what the database raises."""
        self.connection.commit()

    def tables_version(self) -> int:
        """Another number whenever tables changed places, by whatever process."""
        row = self.row(self.TABLES_VERSION)
        assert row is not None, "every database has one"
        return int(row[0])

    def keep_readers_out(self) -> None:
        """Have those wait who begin to read, to the end of this write transaction.

        Where their snapshots keep them from what it does, nothing is needed.
        """

    def admit_to(self, tables: Sequence[sa.Table]) -> None:
        """Let the roles that serve the store use tables that were made in this transaction.

        Nothing where there are no roles.
        """

    def write(self, statement: Any, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Run once for each of `parameters`; not at all for none."""
        if not parameters:
            return
        compiled = self._compile(statement)
        cursor = self._driver.cursor()
        cursor.executemany(compiled.sql, map(compiled.place, parameters))
        cursor.close()

    def _compile(self, statement: Any) -> Compiled:
        compiled = self._compiled.get(statement)
        if compiled is None:
            built = statement.compile(
                dialect=self.connection.dialect,
                schema_translate_map={STORE: self._store},
                render_schema_translate=True,
            )
            names = built.positiontup
            assert names is not None, "the driver takes parameters by place"
            constants = {
                name: built.params[name] for name in names if not built.binds[name].required
            }
            compiled = Compiled(str(built), names, constants, _placing(names, constants))
            self._compiled[statement] = compiled
        return compiled


class TurnSession(StoreSession):
    """A session for a loop's thread: all that is read in one turn of the loop is of one moment.

    A transaction a turn, not a statement: to begin and end one costs as much as to read a row. Who
    is told of a commit asks again in a later turn, so nobody misses their own write.
    """

    _begun = False

    def rows(self, statement: Any, parameters: Mapping[str, Any] = NOTHING) -> list[Any]:
        """All rows, as tuples."""
        if not self._begun:
            loop = asyncio.get_running_loop()
            self._driver.execute("BEGIN")
            self._begun = True
            loop.call_soon(self._end)
        return super().rows(statement, parameters)

    def _end(self) -> None:
        if self._begun:
            self._begun = False
            self._driver.rollback()

    def close(self) -> None:
        """Give the connection up."""
        self._end()
        self.connection.close()
