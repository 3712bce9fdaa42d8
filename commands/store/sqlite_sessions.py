"""Sessions over a connection to an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from commands.store.session import NOTHING, StoreSession, TurnSession
from commands.store.sqlite_rebuild import is_undecodable


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
