"""A scratch database beside a store: derived tables of its own, over the log of the store.

Names without a schema mean the scratch's tables, failing those the store's, so whatever derives
rows from the log derives them here as it does there. All is read from one snapshot of the store,
whose own tables bear the schema `STORE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa

from commands.store.database import Database
from commands.store.session import StoreSession

STORE: Final = "store"

_CACHE_KIB: Final = 16 * 1024
_WRONG_MAX: Final = 100


def check_structure(session: StoreSession) -> list[str]:
    """What is wrong with the structure of the files of a session, index by index."""
    found = session.connection.exec_driver_sql(f"PRAGMA integrity_check({_WRONG_MAX})")
    return [words for (words,) in found if words != "ok"]


@contextmanager
def scratch(
    database: Database, derived: Sequence[sa.MetaData], path: Path
) -> Iterator[StoreSession]:
    """A session over new `derived` tables in a file at `path`, which stays there."""
    # As URIs, both: what a path holds is never taken for something else.
    made = sa.URL.create("sqlite", database=f"file:{quote(str(path))}", query={"uri": "true"})
    engine = sa.create_engine(made)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            driver.isolation_level = None
            # Whatever comes of it is made anew after a crash, so nothing is synced.
            for pragma in (
                "main.journal_mode = OFF",
                "main.synchronous = OFF",
                f"main.cache_size = -{_CACHE_KIB}",
            ):
                driver.execute(f"PRAGMA {pragma}")
            driver.execute(f"ATTACH DATABASE ? AS {STORE}", (database.file_uri,))
            driver.execute(f"PRAGMA {STORE}.cache_size = -{_CACHE_KIB}")
            for metadata in derived:
                metadata.create_all(connection)
            driver.execute("BEGIN")
            yield StoreSession(connection, {})
            driver.execute("COMMIT")
    finally:
        engine.dispose()
