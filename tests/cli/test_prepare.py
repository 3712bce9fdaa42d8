"""`rackledger database prepare` on a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.older import make_older
from tests.commands.stores import kept
from tests.databases import contents_of, set_schema_version
from tests.program import run_program

PREPARE = ("database", "prepare")

pytestmark = pytest.mark.sqlite


def prepared(folder: Path) -> str:
    """The line that it says."""
    ran = run_program(folder, *PREPARE)
    assert (ran.returncode, ran.stderr) == (0, "")
    (line,) = ran.stdout.splitlines()
    return line


def refusal(folder: Path, *arguments: str) -> str:
    """The one line that it says where it is refused."""
    ran = run_program(folder, *arguments)
    (line,) = ran.stderr.splitlines()
    assert (ran.returncode, ran.stdout) == (2, "")
    return line.removeprefix("rackledger: ")


def test_it_makes_the_schema_and_no_token(tmp_path: Path) -> None:
    assert prepared(tmp_path) == "made schema 5"
    assert prepared(tmp_path) == "schema 5 was current"
    listed = run_program(tmp_path, "token", "list")
    assert (listed.returncode, listed.stdout) == (0, "")


def test_it_migrates_an_older_one(tmp_path: Path) -> None:
    with kept(tmp_path) as store:
        store.create("a server")
    older = tmp_path / "older"
    make_older(tmp_path, older, "rackledger_2")
    assert prepared(older) == "migrated from schema 2 to schema 5"
    assert prepared(older) == "schema 5 was current"
    assert run_program(older, "verify").returncode == 0


def test_it_derives_rows_that_a_crash_left_out(tmp_path: Path) -> None:
    from projections.tables import metadata
    from tests.databases import edited

    with kept(tmp_path) as store:
        store.create("a server")
        expected = store.rows("servers")
    with edited(tmp_path) as database:
        for table in metadata.tables:
            database.execute(f"DROP TABLE {table}")
    said = refusal(tmp_path, "verify")
    assert said.startswith("the database is of an older version; serve it once, or prepare it")
    assert prepared(tmp_path) == "schema 5 was current, its rows were derived"
    with kept(tmp_path) as store:
        assert store.rows("servers") == expected


def test_a_file_has_no_roles(tmp_path: Path) -> None:
    words = "--role: SQLite has none; who can write the file can change it"
    assert refusal(tmp_path, *PREPARE, "--role", "a") == words
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        PREPARE,
        ("serve", "--port", "0"),
        ("token", "list"),
        ("log",),
        ("verify",),
        ("rebuild",),
        ("export", "file"),
    ],
    ids=str,
)
def test_a_schema_from_the_future_is_refused_by_every_command(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    with kept(tmp_path) as store:
        store.create("a server")
    set_schema_version(tmp_path, 6)
    before = contents_of(tmp_path)
    words = "the database has schema 6; this release knows schema 5"
    assert refusal(tmp_path, *command) == words
    assert contents_of(tmp_path) == before
