"""Roles of the database server, which go with the test that names them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from tests.databases import SERVER, database_url, edited


@contextmanager
def role_name() -> Iterator[str]:
    """A name that no role bears; a role that bears it afterwards goes."""
    name = f'a "role" {secrets.token_hex(8)}'
    try:
        yield name
    finally:
        engine = sa.create_engine(os.environ[SERVER], isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if connection.execute(sa.text(_EXISTS), {"name": name}).scalar():
                connection.exec_driver_sql(f"DROP OWNED BY {quoted(name)}")
                connection.exec_driver_sql(f"DROP ROLE {quoted(name)}")
        engine.dispose()


_EXISTS: Final = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :name)"


def quoted(name: str) -> str:
    """The name as it stands in SQL."""
    return '"' + name.replace('"', '""') + '"'


def url_as(folder: Path, role: str) -> str:
    """The URL of the database in `folder` for a role."""
    url = make_url(database_url(folder)).set(username=role)
    return url.render_as_string(hide_password=False)


def exists(folder: Path, role: str) -> bool:
    """Whether there is a role of that name."""
    with edited(folder) as database:
        found = database.execute("SELECT rolname FROM pg_roles WHERE rolname = ?", (role,))
    return bool(found.rows)


def rights_of(folder: Path, role: str | None) -> dict[str, set[str]]:
    """What a role was granted on each table in `folder`; None is for everybody."""
    found: dict[str, set[str]] = {}
    with edited(folder) as database:
        rows = database.execute(_RIGHTS, (role or "",)).rows
    for table, right in rows:
        found.setdefault(table, set()).add(right)
    return found


_RIGHTS: Final = """
SELECT relname, privilege_type FROM pg_class, aclexplode(relacl) AS granted
LEFT JOIN pg_roles ON pg_roles.oid = grantee
WHERE relnamespace = current_schema()::regnamespace AND coalesce(rolname, '') = ?
"""


def rights_on_schema(folder: Path, role: str) -> list[Any]:
    """What a role was granted on the schema of the database in `folder`."""
    with edited(folder) as database:
        return database.execute(
            "SELECT privilege_type FROM pg_namespace, aclexplode(nspacl), pg_roles "
            "WHERE pg_namespace.oid = current_schema()::regnamespace AND pg_roles.oid = grantee "
            "AND rolname = ?",
            (role,),
        ).rows
