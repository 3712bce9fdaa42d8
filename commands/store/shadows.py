"""Tables beside the live ones, of the same shape, that are filled meanwhile and change places.

A renaming is a change like any other: who reads sees all of it or nothing, and a crash before its
commit leaves the live tables as they were.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from commands.store.session import StoreSession
from commands.store.tables import NEW, OLD

_ASIDE: Final = "_aside"


def make(session: StoreSession, tables: Sequence[sa.Table]) -> None:
    """Make the new tables, within the caller's transaction; those of before must be gone."""
    made = [table.to_metadata(sa.MetaData(), name=table.name + NEW) for table in tables]
    for shadow in made:
        for index in shadow.indexes:
            # Indexes have their names to themselves, whatever tables they are of.
            index.name = sa.quoted_name(f"{index.name}_{secrets.token_hex(4)}", None)
        shadow.create(session.connection)
    session.admit_to(made)


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
    session.keep_readers_out()
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
