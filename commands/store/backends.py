"""Which kind of database a URL names."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from commands.store.backend import Backend
from commands.store.files import DatabaseUnusable
from commands.store.postgres import Postgres
from commands.store.sqlite import Sqlite


def backend_of(url: str, *, read_only: bool) -> Backend:
    """The kind of database that a URL names. Raises `DatabaseUnusable`."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise DatabaseUnusable(f"not a database URL: {url!r}") from error
    if parsed.get_backend_name() == "sqlite":
        return Sqlite(parsed, read_only=read_only)
    if parsed.get_backend_name() == "postgresql":
        return Postgres(parsed)
    raise DatabaseUnusable(
        f"{parsed.get_backend_name()!r} databases are not served by this release; "
        "use sqlite:///PATH or postgresql+psycopg://HOST/NAME"
    )
