"""Connections to a PostgreSQL server that keeps what it commits.

A write transaction takes an advisory lock of the log with its BEGIN and holds it to its end, so
positions are gapless and become visible in order; a table lock would need more rights on the log
than to add to it.
"""

from __future__ import annotations

import os
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL

from commands.store.files import DatabaseUnusable
from commands.store.watching import CHANNEL

BUSY_TIMEOUT_S: Final = 5.0
STATEMENT_TIMEOUT_S: Final = 60.0
# Of this schema's log; another one in the same database has its own.
LOG_LOCK: Final = "pg_advisory_xact_lock(hashtext(current_schema()), hashtext('rackledger.log'))"
# The notice is sent with the commit, and not at all without it.
BEGIN_WRITE: Final = f"BEGIN; SELECT {LOG_LOCK}; NOTIFY {CHANNEL}"
_OPTIONS: Final = (
    f"-c lock_timeout={int(BUSY_TIMEOUT_S * 1_000)} "
    f"-c statement_timeout={int(STATEMENT_TIMEOUT_S * 1_000)}"
)
_UNSAFE: Final = ("off", "local")


def usable_url(url: URL) -> URL:
    """The URL with its driver, which is there. Raises `DatabaseUnusable`."""
    if url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise DatabaseUnusable(f"{url.drivername!r}: use postgresql+psycopg://HOST/NAME")
    if not url.database:
        raise DatabaseUnusable("the URL names no database: postgresql+psycopg://HOST/NAME")
    if os.environ.get("POSTGRES_ENABLE_DB_FUNCTIONS", "").lower() in ("1", "y", "yes", "true"):
        raise DatabaseUnusable(
            "POSTGRES_ENABLE_DB_FUNCTIONS is set: with it records become visible out of "
            "order, and who follows the log misses some; unset it"
        )
    try:
        import psycopg  # noqa: F401, PLC0415  # not part of a plain installation
    except ImportError as error:
        raise DatabaseUnusable(
            "PostgreSQL needs its driver: pip install 'rackledger[postgres]'"
        ) from error
    return url.set(drivername="postgresql+psycopg")


def make_engine(url: URL, pool_size: int, begin: str) -> sa.Engine:
    """Connections that wait `BUSY_TIMEOUT_S` for a lock or for a server that is away.

    Their transactions are begun in the words of `begin`.
    """
    engine = sa.create_engine(
        url,
        paramstyle="format",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_S,
        connect_args={
            "application_name": f"rackledger {os.getpid()}",
            "connect_timeout": int(BUSY_TIMEOUT_S),
            "tcp_user_timeout": int(BUSY_TIMEOUT_S * 1_000),
            "options": f"{_OPTIONS} {url.query.get('options', '')}",
        },
    )
    event.listen(engine, "connect", _set_up)

    @event.listens_for(engine, "begin")
    def run_begin(connection: sa.Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.execute(begin)

    return engine


warnings: Final[WeakKeyDictionary[Any, list[str]]] = WeakKeyDictionary()
"""What a server warned of on each connection."""


def _set_up(driver: Any, _: object) -> None:
    told = warnings[driver] = []

    def noticed(notice: Any) -> None:
        if notice.severity_nonlocalized == "WARNING":
            told.append(str(notice.message_primary))

    driver.add_notice_handler(noticed)
    driver.autocommit = True  # transactions are begun by us, in words that say of which kind
    synced, kept = driver.execute(
        "SELECT current_setting('synchronous_commit'), current_setting('fsync')"
    ).fetchone()
    if synced in _UNSAFE or kept == "off":
        raise DatabaseUnusable(
            f"the server may lose what it has committed: synchronous_commit is {synced}, "
            f"fsync is {kept}"
        )
