"""What an older version's file lacks of today's write side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from commands.store.digests import record_digest, side_digest

_CHUNK: Final = 10_000
_WITH_DIGEST: Final = ("events", "principals", "secrets")


def upgrade(connection: sa.Connection, found: int) -> None:
    """Bring a file of schema `found` up to this release's, within the caller's transaction."""
    if found < 3:
        _add_digests(connection)


def _add_digests(connection: sa.Connection) -> None:
    """Schema 3: rows that cannot be derived from others bear a digest."""
    driver: Any = connection.connection.dbapi_connection
    for table in _WITH_DIGEST:
        driver.execute(f"ALTER TABLE {table} ADD COLUMN sha256 BLOB NOT NULL DEFAULT x''")
    _fill(
        driver,
        "SELECT position, originator_id, originator_version, name, state FROM events",
        "UPDATE events SET sha256 = ? WHERE position = ?",
        lambda row: (record_digest(*row), row[0]),
    )
    _fill(
        driver,
        "SELECT principal_id, name FROM principals",
        "UPDATE principals SET sha256 = ? WHERE principal_id = ?",
        lambda row: (side_digest(row[0], row[1].encode()), row[0]),
    )
    _fill(
        driver,
        "SELECT name, value FROM secrets",
        "UPDATE secrets SET sha256 = ? WHERE name = ?",
        lambda row: (side_digest(*row), row[0]),
    )


def _fill(driver: Any, select: str, update: str, digested: Callable[[Any], Any]) -> None:
    found = driver.execute(select)
    while rows := found.fetchmany(_CHUNK):
        driver.executemany(update, map(digested, rows))
