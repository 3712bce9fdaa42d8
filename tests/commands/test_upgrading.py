"""What an older release left is migrated, and what follows from its log derived anew."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from commands.store import digests
from commands.store.files import DatabaseUnusable
from commands.store.migrations import running
from commands.store.revisions import HEAD, REVISIONS
from commands.tokens import issue_token
from projections.rebuild import Rebuilder
from projections.tables import metadata as derived
from tests.commands.older import make_numbered, make_older
from tests.commands.stores import DERIVED, Ids, kept, rows_of
from tests.databases import (
    ON_POSTGRES,
    contents_of,
    database_url,
    disk_error,
    edited,
    shape_of,
    tables_of,
)
from tests.projections.histories import live
from tests.support import HOME

SEALED: Final = ("events", "principals", "secrets")
"""With a digest, which schemas before 3 had not."""
ROOTED: Final = (*SEALED, "origins")
OLDER: Final = REVISIONS[:-1]
DERIVED_SHAPE: Final = (
    "rackledger_5",
    "011b9878a2470fc035e25c02911ce29c5592eb5767f819431ea6fc5467f93c2b",
)
"""The schema in which derived tables became what they are, and a digest of what that is."""


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, list[Any]]:
    """The rows of a store with a history, which is closed again."""
    with kept(tmp_path, Ids()) as store:
        live(store)
        issue = partial(issue_token, token="a token", name="Grace", role="member")
        store.store.writer.run(partial(issue, organizations=(HOME,)))
        return store.rows(*DERIVED, *ROOTED)


@pytest.fixture
def older(tmp_path: Path, expected: dict[str, list[Any]]) -> Path:
    """A folder with the database of that history as the oldest release left it."""
    make_older(tmp_path, tmp_path / "older", OLDER[0])
    return tmp_path / "older"


def opened(folder: Path) -> tuple[str | None, bool, dict[str, list[Any]]]:
    """The schema a store was found with, whether its rows were derived, and those rows."""
    with kept(folder, Ids(1)) as store:
        database = store.store.database
        assert not database.outdated
        rows = store.rows(*DERIVED, *ROOTED)
        return database.found.revision, database.found.outdated, rows


def test_revisions_are_those_of_the_files_in_their_order() -> None:
    scripts = ScriptDirectory(Path(running.__file__).parent)
    assert scripts.get_heads() == [HEAD]
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS


def test_derived_tables_change_with_a_schema() -> None:
    """Else a store of before keeps its old tables: add a migration, be it an empty one."""
    told = []
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        for table in derived.sorted_tables:
            told.append(str(CreateTable(table).compile(dialect=dialect)))
            indexes = sorted(table.indexes, key=lambda index: str(index.name))
            told += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()
    assert DERIVED_SHAPE[0] in REVISIONS
    assert digest == DERIVED_SHAPE[1]


@pytest.mark.parametrize("revision", OLDER)
def test_it_becomes_what_a_new_one_is(
    tmp_path: Path, expected: dict[str, list[Any]], revision: str
) -> None:
    older = tmp_path / "older"
    make_older(tmp_path, older, revision)
    assert shape_of(older) != shape_of(tmp_path)
    assert opened(older) == (revision, True, expected)
    assert shape_of(older) == shape_of(tmp_path)
    assert opened(older) == (HEAD, False, expected)


@pytest.mark.sqlite
@pytest.mark.parametrize("number", [1, 2, -2])
def test_a_file_that_bears_a_number_becomes_what_a_new_one_is(
    tmp_path: Path, expected: dict[str, list[Any]], number: int
) -> None:
    older = tmp_path / "older"
    make_numbered(tmp_path, older, number)
    assert opened(older) == (OLDER[0], True, expected)
    assert shape_of(older) == shape_of(tmp_path)
    assert number_of(older) == 0
    assert opened(older) == (HEAD, False, expected)


@pytest.mark.sqlite
@pytest.mark.parametrize("number", [3, -3])
def test_a_file_that_bears_the_last_number_is_taken_over(
    tmp_path: Path, expected: dict[str, list[Any]], number: int
) -> None:
    before = shape_of(tmp_path)
    with edited(tmp_path) as database:
        database.execute("DROP TABLE alembic_version")
        database.execute(f"PRAGMA user_version = {number}")
        database.execute("DELETE FROM servers")
    assert opened(tmp_path) == ("rackledger_3", True, expected)
    assert (number_of(tmp_path), shape_of(tmp_path)) == (0, before)
    assert opened(tmp_path) == (HEAD, False, expected)


@pytest.mark.sqlite
def test_the_first_revision_is_what_the_releases_with_numbers_made(tmp_path: Path) -> None:
    with kept(tmp_path):
        pass
    make_older(tmp_path, tmp_path / "migrated", OLDER[0])
    make_numbered(tmp_path, tmp_path / "numbered", 1)
    migrated = shape_of(tmp_path / "migrated")
    del migrated["alembic_version"]
    assert migrated == shape_of(tmp_path / "numbered")


def test_where_it_stands_is_where_alembic_looks(older: Path, tmp_path: Path) -> None:
    opened(older)
    for folder in (older, tmp_path):
        engine = sa.create_engine(database_url(folder))
        with engine.connect() as connection:
            assert MigrationContext.configure(connection).get_current_heads() == (HEAD,)
        engine.dispose()


_OPEN = """
import sys
from api.store import Store
Store(sys.argv[1]).close()
print("alembic" in sys.modules)
"""


def test_only_who_migrates_waits_for_alembic(older: Path, tmp_path: Path) -> None:
    """It takes longer to import than all else at an opening."""
    (tmp_path / "new").mkdir()
    for folder, imports in ((tmp_path / "new", False), (tmp_path, False), (older, True)):
        told = subprocess.run(
            [sys.executable, "-c", _OPEN, database_url(folder)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout == f"{imports}\n"


def test_a_migration_that_fails_leaves_all_as_it_was(
    older: Path, expected: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents_of(older)

    def fail(*_: Any) -> None:
        raise disk_error()

    with monkeypatch.context() as patched:
        patched.setattr(digests, "side_digest", fail)  # the log's own are filled in by then
        with pytest.raises(DatabaseUnusable, match=r"disk I/O error$"), kept(older, Ids(1)):
            pass
    assert contents_of(older) == before
    assert opened(older) == (OLDER[0], True, expected)


def test_a_crash_while_rows_are_derived_is_made_good_at_the_next_opening(
    older: Path, expected: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(Rebuilder, "rebuild", crash)
        with pytest.raises(ZeroDivisionError), kept(older, Ids(1)):
            pass
    assert tables_of(older).isdisjoint(derived.tables)
    with kept(older, Ids(1)) as store, store.store.database.reading() as session:
        assert rows_of(session, (*DERIVED, *ROOTED)) == expected


# What a log may hold that no rows follow from.
UNDERIVABLE: Final = (
    ("state = ?", (b"{}",), 3),
    ("originator_id = CAST(originator_id AS BLOB)", (), 8),
    # The first of its stream, which tells of a server that was not created.
    (
        "(name, state) = (SELECT name, state FROM events WHERE name = 'server.powered_on' LIMIT 1)",
        (),
        8,
    ),
)


@pytest.mark.parametrize(("damage", "given", "position"), UNDERIVABLE)
def test_a_log_that_cannot_be_read_is_told_and_left_alone(
    older: Path, damage: str, given: tuple[Any, ...], position: int
) -> None:
    if ON_POSTGRES and "AS BLOB" in damage:
        pytest.skip("PostgreSQL keeps no bytes where text belongs")
    with edited(older) as database:
        database.execute(f"UPDATE events SET {damage} WHERE position = {position}", given)
        before = database.execute("SELECT * FROM events ORDER BY position").rows
    for _ in range(2):
        with pytest.raises(DatabaseUnusable, match="cannot be derived anew"), kept(older, Ids()):
            pass
    with edited(older) as database:
        found = database.execute("SELECT * FROM events ORDER BY position").rows
    assert [row[: len(before[0])] for row in found] == before


def number_of(folder: Path) -> int:
    with edited(folder) as database:
        ((number,),) = database.execute("PRAGMA user_version").rows
    return int(number)
