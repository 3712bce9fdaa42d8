"""A scratch file, to which that of the store is attached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa

from commands.store.files import file_uri
from commands.store.session import STORE

_CACHE_KIB: Final = 16 * 1024


@contextmanager
def scratch_file(
    url: sa.URL, derived: Sequence[sa.MetaData], path: Path
) -> Iterator[sa.Connection]:
    """A connection over new `derived` tables in a file at `path`, which stays there."""
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
            driver.execute(f"ATTACH DATABASE ? AS {STORE}", (file_uri(url),))
            driver.execute(f"PRAGMA {STORE}.cache_size = -{_CACHE_KIB}")
            for metadata in derived:
                metadata.create_all(connection)
            driver.execute("BEGIN")
            yield connection
            driver.execute("COMMIT")
    finally:
        engine.dispose()
