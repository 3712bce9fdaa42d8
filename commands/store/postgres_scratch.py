"""A scratch schema on PostgreSQL, found before that of the store."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from commands.store.postgres_engine import make_engine
from commands.store.postgres_sessions import GATE, PostgresScratch

_BEGIN: Final = f"BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = 0; {GATE}"


@contextmanager
def scratch_schema(
    url: sa.URL, derived: Sequence[sa.MetaData], kept: str | None
) -> Iterator[PostgresScratch]:
    """A session over new `derived` tables in a schema that nobody else sees.

    It goes with the transaction, unless it is to be kept, under the name `kept`.
    """
    engine = make_engine(url, 1, _BEGIN)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            store = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
            schema = kept or f"{store}_fold_{secrets.token_hex(4)}"
            connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
            connection.exec_driver_sql(f'SET LOCAL search_path = "{schema}", "{store}"')
            for metadata in derived:
                metadata.create_all(connection, checkfirst=False)
            yield PostgresScratch(connection, store)
            if kept is None:
                transaction.rollback()
    finally:
        engine.dispose()
