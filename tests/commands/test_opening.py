"""What cannot be opened is refused with one clear line, and left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from commands.store.database import Database
from commands.store.files import DatabaseUnusable
from commands.store.tables import metadata
from tests.commands.stores import kept
from tests.databases import (
    ON_POSTGRES,
    contents_of,
    database_url,
    edited,
    schema_of,
    set_schema_version,
    tables_of,
)

MISSING = 'relation "{}" does not exist' if ON_POSTGRES else "no such table: {}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = opened(path)
    yield database
    database.close()


def opened(path: Path) -> Database:
    return Database(url_of(path), (metadata,))


def url_of(path: Path) -> str:
    return database_url(path.parent, path.stem)


def refusal(url: str) -> str:
    with pytest.raises(DatabaseUnusable) as raised:
        Database(url, (metadata,))
    return str(raised.value)


def test_opening_again_changes_no_byte_of_the_schema(path: Path, database: Database) -> None:
    before = schema_of(path.parent, path.stem)
    assert before
    opened(path).close()
    assert schema_of(path.parent, path.stem) == before


def test_a_schema_from_the_future_is_refused_and_left_alone(path: Path) -> None:
    opened(path).close()
    set_schema_version(path.parent, 6, path.stem)
    before = contents_of(path.parent, path.stem)
    words = "the database has schema 6; this release knows schema 5"
    assert refusal(url_of(path)) == words
    with pytest.raises(DatabaseUnusable, match=f"^{words}$"):
        Database(url_of(path), read_only=True)
    assert contents_of(path.parent, path.stem) == before


@pytest.mark.sqlite
def test_a_number_from_the_future_is_refused_and_left_alone(path: Path) -> None:
    opened(path).close()
    with edited(path.parent, path.stem) as stored:
        stored.execute("DROP TABLE alembic_version")
        stored.execute("PRAGMA user_version = 6")
    before = contents_of(path.parent, path.stem)
    assert refusal(url_of(path)) == "the database has schema 6; this release knows schema 5"
    assert contents_of(path.parent, path.stem) == before


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.sqlite
def test_another_programs_number_is_not_taken_for_ours(path: Path, number: int) -> None:
    with edited(path.parent, path.stem) as stored:
        stored.execute("CREATE TABLE cats (cat TEXT)")
        stored.execute(f"PRAGMA user_version = {number}")
    before = schema_of(path.parent, path.stem)
    assert refusal(url_of(path)) == "the database holds the tables of another program"
    assert schema_of(path.parent, path.stem) == before


def test_another_programs_migrations_are_left_alone(path: Path) -> None:
    with edited(path.parent, path.stem) as stored:
        stored.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        stored.execute("INSERT INTO alembic_version VALUES ('3')")
    before = schema_of(path.parent, path.stem)
    assert refusal(url_of(path)) == "the database holds the tables of another program"
    with pytest.raises(DatabaseUnusable, match="holds no log of this service"):
        Database(url_of(path), read_only=True)
    assert schema_of(path.parent, path.stem) == before
    with edited(path.parent, path.stem) as stored:
        assert stored.execute("SELECT version_num FROM alembic_version").rows == [("3",)]


@pytest.mark.sqlite
def test_what_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"not a database" * 1_000)
    assert refusal(f"sqlite:///{path}") == (f"cannot open sqlite:///{path}: file is not a database")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DROP TABLE secrets", MISSING.format("secrets")),
        ("DROP TABLE followers", MISSING.format("followers")),
        pytest.param(
            "UPDATE secrets SET value = 'x'",
            "secrets 'origin_salt': not what was stored",
            marks=pytest.mark.skipif(
                ON_POSTGRES, reason="PostgreSQL keeps nothing but bytes in a column of bytes"
            ),
        ),
    ],
)
def test_a_store_that_lacks_something_is_refused_with_what(
    tmp_path: Path, statement: str, reason: str
) -> None:
    with kept(tmp_path):
        pass
    with edited(tmp_path) as stored:
        stored.execute(statement)
    with pytest.raises(DatabaseUnusable, match=f"{reason}$"), kept(tmp_path):
        pass


@pytest.mark.sqlite
def test_text_that_is_no_utf_8_fails_no_query(path: Path, database: Database) -> None:
    with edited(path.parent, path.stem) as stored:
        stored.execute("INSERT INTO origins VALUES ('good', 'a'), ('bad', CAST(x'ff61' AS TEXT))")
    with database.reading() as session:
        found = session.rows(sa.text("SELECT address FROM origins ORDER BY source"))
    assert found == [("\\xffa",), ("a",)]


def test_the_tables_of_another_program_are_left_alone(path: Path) -> None:
    with edited(path.parent, path.stem) as stored:
        stored.execute("CREATE TABLE events (cat TEXT)")
    before = schema_of(path.parent, path.stem)
    assert refusal(url_of(path)) == "the database holds the tables of another program"
    assert schema_of(path.parent, path.stem) == before
    assert tables_of(path.parent, path.stem) == {"events"}


@pytest.mark.sqlite
def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    assert refusal(f"sqlite:///{tmp_path / 'absent' / 'log.db'}") == (
        f"no such directory: {tmp_path / 'absent'}"
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "not a database URL: ''"),
        ("log.db", "not a database URL: 'log.db'"),
        ("sqlite://", "the log must be kept in a file: sqlite:///PATH"),
        ("sqlite:///:memory:", "the log must be kept in a file: sqlite:///PATH"),
        (
            "mysql://localhost/log",
            "'mysql' databases are not served by this release; use sqlite:///PATH or postgresql+psycopg://HOST/NAME",
        ),
    ],
)
def test_other_urls_are_refused_with_what_to_use(url: str, reason: str) -> None:
    assert refusal(url) == reason


@pytest.mark.sqlite
def test_a_directory_is_no_database(tmp_path: Path) -> None:
    assert refusal(f"sqlite:///{tmp_path}") == (
        f"cannot open sqlite:///{tmp_path}: unable to open database file"
    )
