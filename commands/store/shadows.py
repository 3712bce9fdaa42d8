"""Tables beside the live ones, of the same shape, that are filled meanwhile and change places.

A renaming is a change like any other: who reads sees all of it or nothing, and a crash before its
commit leaves the live tables as they were.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from commands.store.database import BUSY_TIMEOUT_S, Database
from commands.store.session import StoreSession
from commands.store.tables import NEW, OLD

FOLD: Final = "fold"
_ASIDE: Final = "_aside"
_HOLD_S: Final = 0.01
"""How long a step keeps the writes of others waiting, where it has not waited for them long."""
_HOLD_MOST_S: Final = 0.05
_SHARE: Final = 0.25
"""How long a step may hold the lock, of the time that it waited for it."""
_ROWS_FIRST: Final = 500
_ROWS_LEAST: Final = 10

Advance = Callable[[int], None]


def make(session: StoreSession, tables: Sequence[sa.Table]) -> None:
    """Make the new tables, within the caller's transaction; those of before must be gone."""
    for table in tables:
        shadow = table.to_metadata(sa.MetaData(), name=table.name + NEW)
        for index in shadow.indexes:
            # Indexes have their names to themselves, whatever tables they are of.
            index.name = sa.quoted_name(f"{index.name}_{secrets.token_hex(4)}", None)
        shadow.create(session.connection)


def present(session: StoreSession, tables: Sequence[sa.Table], suffix: str) -> list[sa.Table]:
    """Those of the tables that are there under that suffix."""
    names = set(sa.inspect(session.connection).get_table_names())
    return [table for table in tables if table.name + suffix in names]


@contextmanager
def brought_in(
    session: StoreSession, tables: Sequence[sa.Table], suffix: str
) -> Iterator[Callable[[], None]]:
    """Within the caller's transaction: the tables of that suffix bear the live names meanwhile.

    Where what this yields is called, they keep them, and those that were live become the old ones.
    """
    keep: list[bool] = []
    _rename(session, tables, "", _ASIDE)
    _rename(session, tables, suffix, "")
    yield lambda: keep.append(True)
    if keep:
        _rename(session, tables, _ASIDE, OLD)
    else:
        _rename(session, tables, "", suffix)
        _rename(session, tables, _ASIDE, "")


def _rename(session: StoreSession, tables: Sequence[sa.Table], found: str, wanted: str) -> None:
    for table in tables:
        name = table.name
        session.connection.exec_driver_sql(
            f'ALTER TABLE "{name}{found}" RENAME TO "{name}{wanted}"'
        )


class Steps:
    """Steps small enough that the writes of others go on between them."""

    def __init__(self, database: Database, attached: Path | None = None) -> None:
        """Steps in a database, beside which another one may be read, under the schema `FOLD`."""
        self._engine = sa.create_engine(database.url, connect_args={"timeout": BUSY_TIMEOUT_S})
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
            if isinstance(error, sa.exc.OperationalError):  # such as a full disk
                raise
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
