"""A file that an older version left is read: what it derived is derived anew from its log."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from commands.store.files import DatabaseUnusable
from commands.tokens import issue_token
from projections.rebuild import Rebuilder
from tests.commands.stores import DERIVED, Ids, kept, rows_of
from tests.databases import edited
from tests.projections.histories import live
from tests.support import HOME

pytestmark = pytest.mark.sqlite  # PostgreSQL came with this version
SEALED = ("events", "principals", "secrets")
"""With a digest, which an older version had not."""

# As version 1 had them, as far as it matters: other columns, and tables that were not there.
_OLDER = """
DROP TABLE servers; DROP TABLE past_servers; DROP TABLE server_marks; DROP TABLE server_lives;
ALTER TABLE events DROP COLUMN sha256; ALTER TABLE principals DROP COLUMN sha256;
ALTER TABLE secrets DROP COLUMN sha256;
CREATE TABLE servers (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state BLOB);
CREATE INDEX servers_by_name ON servers (id);
INSERT INTO servers VALUES (1, 'an older row', x'00');
PRAGMA user_version = {version};
"""


def lived(folder: Path) -> dict[str, list[Any]]:
    """The derived rows of a store with a history, which is closed again."""
    with kept(folder, Ids()) as store:
        live(store)
        issue = partial(issue_token, token="a token", name="Grace", role="member")
        store.store.writer.run(partial(issue, organizations=(HOME,)))
        return store.rows(*DERIVED, *SEALED)


def make_older(folder: Path, version: int = 1, more: str = "") -> None:
    (path,) = folder.glob("*.db")
    connection = sqlite3.connect(path)
    connection.executescript(_OLDER.format(version=version) + more)
    connection.close()


@pytest.mark.parametrize("version", [1, -2], ids=["older", "left half-way"])
def test_its_rows_are_derived_anew(tmp_path: Path, version: int) -> None:
    expected = lived(tmp_path)
    make_older(tmp_path, version)
    for _ in range(2):
        with kept(tmp_path, Ids(1)) as store:
            assert store.rows(*DERIVED, *SEALED) == expected
            assert not store.store.database.outdated


def test_a_crash_while_they_are_derived_is_made_good_at_the_next_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = lived(tmp_path)
    make_older(tmp_path)

    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(Rebuilder, "rebuild", crash)
        with pytest.raises(ZeroDivisionError), kept(tmp_path, Ids(1)):
            pass
    with kept(tmp_path, Ids(1)) as store, store.store.database.reading() as session:
        assert rows_of(session, (*DERIVED, *SEALED)) == expected


@pytest.mark.parametrize(
    "damage",
    [
        "state = x'7b7d' WHERE position = 3",
        "originator_id = CAST(originator_id AS BLOB) WHERE position = 8",
        # The first of its stream, which tells of a server that was not created.
        (
            "(name, state) = (SELECT name, state FROM events WHERE name = 'server.powered_on'"
            " LIMIT 1) WHERE position = 8"
        ),
    ],
)
def test_a_log_that_cannot_be_read_is_told_and_left_alone(tmp_path: Path, damage: str) -> None:
    lived(tmp_path)
    make_older(tmp_path, more=f"UPDATE events SET {damage};")
    with edited(tmp_path) as stored:
        before = stored.execute("SELECT * FROM events").rows
    for _ in range(2):
        with pytest.raises(DatabaseUnusable, match="cannot be derived anew"), kept(tmp_path, Ids()):
            pass
    with edited(tmp_path) as stored:
        after = stored.execute("SELECT * FROM events").rows
    assert [row[: len(found)] for row, found in zip(after, before, strict=True)] == before
