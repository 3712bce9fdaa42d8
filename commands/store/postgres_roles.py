"""Roles on PostgreSQL that serve a store: each may do what the tables say of a service, no more.

Whoever may add to the log is one that serves; tables that are made anew are granted to all of them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from psycopg import sql

from commands.store.files import DatabaseUnusable
from commands.store.tables import RIGHTS, events

_EXISTS: Final = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)"
_SERVING: Final = """
SELECT DISTINCT rolname FROM pg_class, aclexplode(relacl) AS granted, pg_roles
WHERE pg_class.oid = %s::regclass AND privilege_type = 'INSERT'
AND pg_roles.oid = grantee AND grantee <> relowner
"""
# By itself, as the owner or one of its members, as a superuser, or because everybody may.
_MAY_MORE: Final = """
SELECT has_table_privilege(rolname, pg_class.oid, 'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
OR pg_has_role(pg_roles.oid, relowner, 'MEMBER') OR rolcreaterole
FROM pg_class, pg_roles WHERE pg_class.oid = %s::regclass AND rolname = %s
"""


def admit(
    connection: sa.Connection, role: str, password: str | None, tables: Sequence[sa.Table]
) -> bool:
    """Let a role serve the tables, within the caller's transaction; whether it was made for that.

    A new role can log in, with the password if one is given, of which the server gets no more than
    what it keeps: neither it nor its log knows it. Raises `DatabaseUnusable` for a role that could
    change the log whatever is granted to it.
    """
    driver = _driver(connection)
    (known,) = driver.execute(_EXISTS, (role,)).fetchone()
    name = sql.Identifier(role)
    if not known:
        made = sql.SQL("CREATE ROLE {} LOGIN").format(name)
        if password:
            kept = driver.pgconn.encrypt_password(
                os.fsencode(password), role.encode(), b"scram-sha-256"
            )
            made += sql.SQL(" PASSWORD {}").format(sql.Literal(kept.decode()))
        driver.execute(made)
    (schema,) = driver.execute("SELECT current_schema()").fetchone()
    where = sql.Identifier(schema)
    driver.execute(sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(where, name))
    driver.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(where, name))
    for table in tables:
        driver.execute(
            sql.SQL("REVOKE ALL ON TABLE {} FROM {}").format(sql.Identifier(table.name), name)
        )
    _grant(driver, role, tables)
    (may_more,) = driver.execute(_MAY_MORE, (events.name, role)).fetchone()
    if may_more:
        raise DatabaseUnusable(
            f"role {role} could change records, whatever is granted to it: it is the owner or one "
            "of its members, may make roles, is a superuser, or everybody may; name another one"
        )
    return not known


def grant_to_serving(connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
    """Grant every role that serves what new tables say, within the caller's transaction."""
    driver = _driver(connection)
    for (role,) in driver.execute(_SERVING, (events.name,)).fetchall():
        _grant(driver, role, tables)


def _grant(driver: Any, role: str, tables: Sequence[sa.Table]) -> None:
    for table in tables:
        if rights := table.info[RIGHTS]:
            driver.execute(
                sql.SQL("GRANT {} ON TABLE {} TO {}").format(
                    sql.SQL(", ").join(map(sql.SQL, rights)),
                    sql.Identifier(table.name),
                    sql.Identifier(role),
                )
            )


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection
