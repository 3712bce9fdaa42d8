"""Statements are compiled once, and their words are kept no longer than they are."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
import sqlalchemy as sa

from commands.store.database import Database
from commands.store.side_rows import find_principal
from commands.store.tables import metadata
from projections import server_queries
from projections.server_filters import Filter
from tests.commands.stores import Kept
from tests.databases import database_url
from tests.support import HOME


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url(tmp_path), (metadata,))
    yield database
    database.close()


def test_a_statement_is_compiled_once_for_all_connections(database: Database) -> None:
    for _ in range(3):
        with database.reading() as session:
            assert find_principal(session, "nobody") is None
    with database.writing() as session:
        assert find_principal(session, "nobody") is None
    assert len(database._compiled) == 1


def test_a_statement_that_nobody_holds_any_more_is_forgotten(database: Database) -> None:
    with database.reading() as session:
        for _ in range(20):
            assert session.rows(sa.text("SELECT 1")) == [(1,)]
    gc.collect()
    assert len(database._compiled) == 0


def test_ever_new_filters_do_not_pile_up_statements(
    store: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A reader who went through all combinations of filters again and again would fill the memory.
    monkeypatch.setattr(server_queries, "_after", server_queries._after.__wrapped__)
    columns = ("image", "flavor", "reservation_id")
    with store.store.database.reading() as session:
        for number in range(len(columns) + 1):
            for named in combinations(columns, number):
                filter_ = Filter((HOME,), tuple((column, "x") for column in named), ("t",))
                assert server_queries.list_after(session, filter_, 0, 10) == []
    gc.collect()
    kept = store.store.database._compiled
    assert [statement for statement in kept if "tag_0" in str(statement)] == []
