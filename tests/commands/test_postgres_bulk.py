"""Many rows in one statement: the same rows as one by one, whatever their values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from commands.store.database import Database
from commands.store.postgres_bulk import bulk_insert
from commands.store.tables import Position, Text
from tests.databases import database_url

pytestmark = pytest.mark.postgresql

METADATA = sa.MetaData()
TABLE = sa.Table(
    "things",
    METADATA,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("order", sa.Integer),
    sa.Column("name", Text),
    sa.Column("state", sa.LargeBinary),
)
PLAIN = TABLE.insert()
TEXTS = ("", "a", "NULL", "é\\'\"{},", "x" * 10_000, None)
BYTES = (b"", b"\0", b"\\x00'", bytes(range(256)), None)
NUMBERS = (0, -1, 127, 2**31 - 1, -(2**31), None)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(database_url(tmp_path), [METADATA])
    yield opened
    opened.close()


def rows() -> list[dict[str, Any]]:
    longest = max(len(TEXTS), len(BYTES), len(NUMBERS))
    return [
        {
            "position": 2**40 * n + n,
            "order": NUMBERS[n % len(NUMBERS)],
            "name": TEXTS[n % len(TEXTS)],
            "state": BYTES[n % len(BYTES)],
        }
        for n in range(longest * 5)
    ]


@pytest.mark.parametrize("together", [1, 2, 7, 1_000])
def test_what_is_added_together_is_what_was_given(database: Database, together: int) -> None:
    given = rows()
    with database.writing() as session:
        for start in range(0, len(given), together):
            session.write(PLAIN, given[start : start + together])
        found = session.rows(sa.select(TABLE).order_by(TABLE.c.position))
    assert found == [tuple(row.values()) for row in given]


def test_columns_that_hold_nothing_at_all_are_added(database: Database) -> None:
    nothing = {"order": None, "name": None, "state": None}
    with database.writing() as session:
        session.write(PLAIN, [{"position": n} | nothing for n in range(3)])
        assert session.rows(sa.select(TABLE)) == [(n, None, None, None) for n in range(3)]


def test_one_that_is_there_already_fails_them_all(database: Database) -> None:
    with database.writing() as session:
        session.write(PLAIN, rows()[3:4])

    def again() -> None:
        with database.writing() as session:
            session.write(PLAIN, rows())

    with pytest.raises(database.IntegrityError):
        again()
    with database.reading() as session:
        assert len(session.rows(sa.select(TABLE))) == 1


def test_what_does_more_than_add_rows_is_left_as_it_is(database: Database) -> None:
    selected = TABLE.insert().from_select(
        ["position"], sa.select(sa.bindparam("a", type_=Position))
    )
    for statement in (TABLE.delete(), PLAIN.returning(TABLE.c.name), selected):
        with database.reading() as session:
            assert bulk_insert(statement, session._compile(statement)) is None
    with database.reading() as session:
        assert "unnest" in str(bulk_insert(PLAIN, session._compile(PLAIN)))
