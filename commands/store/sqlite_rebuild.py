"""What rebuilding takes in an SQLite file: a lock, and steps between which others can write."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from commands.store.tables import NEW

BUSY_TIMEOUT_S: Final = 5.0
FOLD: Final = "fold"
_UNDECODABLE: Final = "Could not decode"
_HOLD_S: Final = 0.01
"""How long a step keeps the writes of others waiting, where it has not waited for them long."""
_HOLD_MOST_S: Final = 0.05
_SHARE: Final = 0.25
"""How long a step may hold the lock, of the time that it waited for it."""
_ROWS_FIRST: Final = 500
_ROWS_LEAST: Final = 10

Advance = Callable[[int], None]


def is_undecodable(error: BaseException | None) -> bool:
    """Whether the driver met text that is no UTF-8."""
    return str(error).startswith(_UNDECODABLE)


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether the lock on a file of that name, gone afterwards, was to be had."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Not one that a rebuild removed which ended just now.
            ours = os.path.samestat(os.fstat(file.fileno()), path.stat())
        except OSError:
            ours = False
        if not ours:
            yield False
            return
        file.truncate(0)
        try:
            yield True
        finally:
            path.unlink()


class SqliteSteps:
    """Steps small enough that the writes of others go on between them."""

    def __init__(self, url: sa.URL, attached: Path | None = None) -> None:
        """Steps in a file, beside which another one may be read, under the schema `FOLD`."""
        self._engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
        self._connection = self._engine.connect()
        driver: Any = self._connection.connection.dbapi_connection
        driver.isolation_level = None
        if attached is not None:
            driver.execute(f"ATTACH DATABASE ? AS {FOLD}", (str(attached),))
        self._rows = _ROWS_FIRST

    def fill(self, table: sa.Table, advance: Advance) -> None:
        """Copy the rows of the fold into the new table, in the order of their keys."""
        source = table.to_metadata(sa.MetaData(), schema=FOLD)
        shadow = table.to_metadata(sa.MetaData(), name=table.name + NEW)
        names = [column.name for column in table.c]
        self._go_through(
            source,
            lambda chosen: shadow.insert().from_select(names, sa.select(*source.c).where(chosen)),
            advance,
        )

    def empty(self, table: sa.Table, suffix: str, advance: Advance) -> None:
        """Remove the table of that suffix, its rows first as far as they can be."""
        shadow = table.to_metadata(sa.MetaData(), name=table.name + suffix)
        try:
            self._go_through(shadow, shadow.delete().where, advance)
        except sa.exc.DatabaseError as error:
            if isinstance(error, sa.exc.OperationalError) and not is_undecodable(error.orig):
                raise  # such as a full disk
            # Of a damaged table rows cannot be removed; it is replaced because it is damaged.
            self._connection.rollback()
        shadow.drop(self._connection)
        self._connection.commit()

    def _go_through(
        self,
        table: sa.Table,
        change: Callable[[sa.ColumnElement[bool]], sa.Insert | sa.Delete],
        advance: Advance,
    ) -> None:
        """Change rows in the order of their keys, so many in a step as take `_HOLD_S`."""
        keys = sa.tuple_(*table.primary_key)
        past: sa.ColumnElement[bool] = sa.true()
        while True:
            asked = time.monotonic()
            self._connection.exec_driver_sql("BEGIN IMMEDIATE")
            began = time.monotonic()
            find = sa.select(*table.primary_key).where(past).order_by(*table.primary_key)
            last = self._connection.execute(find.offset(self._rows - 1).limit(1)).first()
            up_to = keys <= sa.tuple_(*last) if last else sa.true()
            done = self._connection.execute(change(sa.and_(past, up_to))).rowcount
            self._connection.commit()
            advance(done)
            if last is None:
                return
            past = keys > sa.tuple_(*last)
            waited, held = began - asked, time.monotonic() - began
            # Beside a crowd the lock is hard to come by, so each turn at it must do more.
            hold = min(max(_HOLD_S, waited * _SHARE), _HOLD_MOST_S)
            self._rows = max(_ROWS_LEAST, int(self._rows * min(2.0, hold / held)))
            time.sleep(max(0.0, held - waited))  # others went on while it waited

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._engine.dispose()
