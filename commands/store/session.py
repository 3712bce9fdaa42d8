"""Sessions: Core statements, compiled once, run on the driver itself.

At these sizes SQLAlchemy's execution costs several times what SQLite does.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

_UNDECODABLE: Final = "Could not decode"
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


class StoreSession:
    """A `domain.ports.Session` over one driver connection."""

    def __init__(self, connection: sa.Connection, compiled: MutableMapping[Any, Compiled]) -> None:
        self.connection = connection
        self._driver: Any = connection.connection.dbapi_connection
        self._compiled = compiled

    def rows(self, statement: Any, parameters: Mapping[str, Any] = NOTHING) -> list[Any]:
        """All rows, as tuples."""
        compiled = self._compile(statement)
        cursor = self._driver.cursor()
        try:
            cursor.execute(compiled.sql, compiled.place(parameters))
            found: list[Any] = cursor.fetchall()
        except sqlite3.OperationalError as error:
            if not str(error).startswith(_UNDECODABLE):
                raise
            _take_damaged_text(self._driver)
            return self.rows(statement, parameters)
        finally:
            cursor.close()
        return found

    def stream(self, statement: Any) -> Iterator[Any]:
        """All rows one by one, for more than memory should hold."""
        _take_damaged_text(self._driver)  # once rows are out, they cannot be read again
        cursor = self._driver.cursor()
        cursor.execute(self._compile(statement).sql)
        yield from cursor
        cursor.close()

    def row(self, statement: Any, parameters: Mapping[str, Any] = NOTHING) -> Any | None:
        """The first row, or None."""
        found = self.rows(statement, parameters)
        return found[0] if found else None

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
            built = statement.compile(dialect=self.connection.dialect)
            names = built.positiontup
            assert names is not None, "the driver takes parameters by place"
            constants = {
                name: built.params[name] for name in names if not built.binds[name].required
            }
            compiled = Compiled(str(built), names, constants, _placing(names, constants))
            self._compiled[statement] = compiled
        return compiled


_TABLES_VERSION: Final = sa.text("PRAGMA schema_version")


def tables_version(session: StoreSession) -> int:
    """Another number whenever tables changed places, were made or went, by whatever process."""
    row = session.row(_TABLES_VERSION)
    assert row is not None, "every database has one"
    return int(row[0])


def _take_damaged_text(driver: Any) -> None:
    """Read text that is no UTF-8 as what it cannot be: one damaged cell fails no query over others.

    What it comes to has other bytes than what is stored, so no digest of it fits.
    """
    driver.text_factory = _text_of


def _text_of(stored: bytes) -> str:
    return stored.decode(errors="backslashreplace")


class TurnSession(StoreSession):
    """A session for a loop's thread: all that is read in one turn of the loop is of one moment.

    A transaction a turn, not a statement: to take and drop the file's lock costs as much as to read
    a row. Who is told of a commit asks again in a later turn, so nobody misses their own write.
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
