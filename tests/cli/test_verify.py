"""`rackledger verify`: names what is not as it was stored, or does not follow from the log."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from api.soundness import NotChecked, check_log, verify
from commands.store.digests import record_digest
from commands.store.files import file_uri
from commands.store.recorder import last_position
from commands.store.soundness import Finding
from tests.commands.stores import ROOTS, TABLES, Ids, creating, kept
from tests.databases import (
    ON_POSTGRES,
    contents_of,
    copy_database,
    disk_error,
    edited,
    tables_of,
)
from tests.moving import exported, is_sound, looking, quiet
from tests.program import run_program
from tests.projections.histories import live


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with a history, which was followed and closed. Copy it."""
    folder = tmp_path_factory.mktemp("made")
    make_store(folder)
    return folder


def make_store(folder: Path) -> None:
    """A store with every kind of record, followed and closed."""
    with kept(folder, Ids()) as store:
        live(store)
        store.write(creating("from afar"), source_address="203.0.113.7")
        while store.store.follower.step():
            pass


@pytest.fixture
def lived(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    copy_database(made, tmp_path / "lived")
    return tmp_path / "lived"


def told(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit status, and what is told as JSON."""
    ran = run_program(folder, "verify", "--json", *arguments)
    assert ran.stderr == ""
    found: dict[str, Any] = json.loads(ran.stdout)
    return ran.returncode, found


def findings(folder: Path) -> list[tuple[str, str]]:
    with looking(folder) as database:
        return [finding[:2] for finding in verify(database, quiet).findings]


def test_a_sound_store_is_called_so(lived: Path) -> None:
    status, found = told(lived)
    assert (status, found["sound"], found["findings"], found["unchecked"]) == (0, True, [], None)
    assert set(found["sha256"]) == {"log", *TABLES} - {*ROOTS}
    ran = run_program(lived, "verify")
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "sound")


def test_a_file_that_is_whole_is_called_so(lived: Path, tmp_path: Path) -> None:
    exported(lived, tmp_path / "log.ndjson.zst")
    status, found = told(lived, "--file", str(tmp_path / "log.ndjson.zst"))
    assert (status, found["sound"]) == (0, True)
    assert found["sha256"]["log"] == told(lived)[1]["sha256"]["log"]


def test_a_file_that_is_not_whole_is_told_with_its_line(lived: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.ndjson"
    exported(lived, file)
    file.write_bytes(file.read_bytes()[:-1])
    status, found = told(lived, "--file", str(file))
    (finding,) = found["findings"]
    assert (status, found["sound"]) == (1, False)
    assert finding["why"].startswith("line ")
    assert finding["why"].endswith(": cut off")


def test_each_flipped_bit_of_a_stored_record_is_told_with_its_position(lived: Path) -> None:
    flip_bits(lived, 40)
    assert is_sound(lived)


def flip_bits(folder: Path, times: int) -> None:
    """Flip a bit of a stored record, see that verifying names its position, and flip it back."""
    chance = random.Random(4711)
    with edited(folder) as database:
        ((end,),) = database.execute("SELECT max(position) FROM events").rows
    for _ in range(times):
        column, before, position = _flip_one(folder, chance, end)
        assert f"position {position}" in {where for where, _ in findings(folder)}, (column, before)
        _set(folder, column, "?", before, position)


REFUSED: Final = tuple(type(disk_error("", kind)) for kind in ("IntegrityError", "DataError"))


def _flip_one(folder: Path, chance: random.Random, end: int) -> tuple[str, str | bytes, int]:
    """The column, what stood there, and the position of a bit that is flipped now."""
    while True:
        position = chance.randint(1, end)
        column = chance.choice(["originator_id", "name", "state", "state", "state", "sha256"])
        with edited(folder) as database:
            ((before,),) = database.execute(
                f"SELECT {column} FROM events WHERE position = ?", (position,)
            ).rows
        flipped = bytearray(before if isinstance(before, bytes) else before.encode())
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        is_text = isinstance(before, str)
        # A stream that is there, or no text where only text is taken: try another.
        with suppress(*REFUSED, UnicodeDecodeError):
            if is_text and ON_POSTGRES:
                _set(folder, column, "?", flipped.decode(), position)
            else:  # text that need not be UTF-8 any more
                as_ = "CAST(? AS TEXT)" if is_text else "?"
                _set(folder, column, as_, bytes(flipped), position)
            return column, before, position


def _set(folder: Path, column: str, as_: str, value: str | bytes, position: int) -> None:
    change(folder, f"UPDATE events SET {column} = {as_} WHERE position = ?", value, position)


def change(folder: Path, statement: str, *parameters: Any) -> None:
    with edited(folder) as database:
        assert database.execute(statement, parameters).found > 0


@pytest.mark.sqlite  # where a cell may be of any type
@pytest.mark.parametrize(
    ("statement", "where"),
    [
        (
            "UPDATE events SET originator_id = CAST(x'ff41' AS TEXT) WHERE position = 9",
            "position 9",
        ),
        ("UPDATE events SET name = CAST(name AS BLOB) WHERE position = 9", "position 9"),
        ("UPDATE events SET state = 7 WHERE position = 9", "position 9"),
        ("UPDATE events SET sha256 = 'x' WHERE position = 9", "position 9"),
        ("UPDATE principals SET name = CAST(name AS BLOB)", "principals"),
        ("UPDATE principals SET name = CAST(x'ff41' AS TEXT) WHERE rowid = 1", "principals"),
        ("UPDATE secrets SET value = 'x'", "secrets 'origin_salt'"),
        ("UPDATE secrets SET value = -5", "secrets 'origin_salt'"),
        ("UPDATE secrets SET value = 99999999999", "secrets 'origin_salt'"),
        ("UPDATE origins SET address = CAST(x'ff' AS TEXT)", "origins"),
        ("UPDATE followers SET position = 'x'", "followers 'trail'"),
        ("UPDATE servers SET state = 7 WHERE position = 90", "servers 90"),
        ("UPDATE servers SET id = CAST(x'ff41' AS TEXT) WHERE position = 90", "servers 90"),
        ("UPDATE server_tags SET tag = CAST(tag AS BLOB) WHERE position = 62", "server_tags"),
    ],
)
def test_a_cell_of_another_type_or_that_is_no_text_is_told_with_its_row(
    lived: Path, statement: str, where: str
) -> None:
    change(lived, statement)
    status, found = told(lived)
    assert (status, found["sound"]) == (1, False)
    assert any(finding["where"].startswith(where) for finding in found["findings"]), found


@pytest.mark.parametrize("position", [0, -7])
def test_a_record_before_the_first_is_told(lived: Path, position: int) -> None:
    change(
        lived,
        f"""INSERT INTO events SELECT {position}, 'x', 1, name, state, sha256
        FROM events WHERE name = 'request.refused' LIMIT 1""",
    )
    assert (f"position {position}", "stands before the first") in findings(lived)


def test_a_log_whose_digests_fit_and_whose_records_do_not_is_not_called_sound(lived: Path) -> None:
    with edited(lived) as database:
        (created,) = database.execute(
            """SELECT position, originator_id, originator_version FROM events
            WHERE name = 'server.created' ORDER BY position LIMIT 1"""
        ).rows
        (other,) = database.execute(
            "SELECT name, state FROM events WHERE name = 'server.powered_on' LIMIT 1"
        ).rows
        database.execute(
            "UPDATE events SET name = ?, state = ?, sha256 = ? WHERE position = ?",
            (*other, record_digest(*created, *other), created[0]),
        )
    status, found = told(lived)
    assert (status, found["sound"]) == (1, False)
    assert "ServerPoweredOn before ServerCreated" in found["unchecked"]


def test_a_log_that_does_not_come_to_its_end_is_told(lived: Path) -> None:
    with looking(lived) as database, database.reading() as session:
        end = last_position(session)
        found = list(check_log(session, end + 7, quiet))
    why = f"missing, and all up to {end + 7}"
    assert found == [Finding(f"position {end + 1}", why, end + 1)]


@pytest.mark.sqlite
def test_a_damaged_page_of_an_index_is_told_with_the_index(lived: Path) -> None:
    path = lived / "rackledger.db"
    connection = sqlite3.connect(path)
    (root,) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_events_1'"
    ).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek(root * size - 260)
        file.write(b"x" * 60)
    status, found = told(lived)
    assert (status, found["sound"]) == (1, False)
    assert any("sqlite_autoindex_events_1" in finding["why"] for finding in found["findings"])
    assert found["unchecked"].startswith("the rest: the file cannot be read")


@pytest.mark.parametrize(
    "table", [name for name in TABLES if name not in {"kept_models", "parked"}]
)
def test_each_edited_cell_is_told_with_its_row(lived: Path, table: str) -> None:
    columns = TABLES[table].c
    keys = [column.name for column in TABLES[table].primary_key]
    for column in columns:
        with edited(lived) as database:
            found = database.execute(f"SELECT {', '.join(keys)}, {column.name} FROM {table}").rows
        assert found, f"no row in {table}"
        *key, value = sorted(found, key=repr)[len(found) // 2]
        edit = other(value, column)
        statement = (
            f"UPDATE {table} SET {column.name} = ? WHERE {' AND '.join(f'{k} = ?' for k in keys)}"
        )
        change(lived, statement, edit, *key)
        named = {where for where, _ in findings(lived)}
        rows_told = {f"{table} {', '.join(map(repr, key))}", f"{table} {edit!r}"}
        if table == "events":
            rows_told = {f"position {key[0]}"}
        assert rows_told & named, (column.name, value, named)
        edited_key = [edit if k == column.name else was for k, was in zip(keys, key, strict=True)]
        change(lived, statement, value, *edited_key)
    assert is_sound(lived)


def other(value: Any, column: sa.Column[Any]) -> Any:
    """Another value of the type."""
    match value:
        case None:
            return b"x" if isinstance(column.type, sa.LargeBinary) else "x"
        case int():
            return value + 1_000_000 if value < 2**62 else value - 1
        case str():
            return f"{value}x"
        case _:
            return bytes([value[0] ^ 1, *value[1:]])


@pytest.mark.parametrize("table", ["servers", "server_volumes"])
def test_a_row_that_differs_is_named_by_its_own_id(lived: Path, table: str) -> None:
    with edited(lived) as database:
        ((id_,),) = database.execute(f"SELECT id FROM {table} ORDER BY id LIMIT 1").rows
        database.execute(f"UPDATE {table} SET name = 'another' WHERE id = ?", (id_,))
    why = {why for where, why in findings(lived) if where.startswith(f"{table} ")}
    assert why == {f"{id_} differs in name"}


@pytest.mark.parametrize("gone", ["server_tags", "past_servers", "trail", "tokens"])
def test_a_missing_row_and_one_too_many_are_told(lived: Path, gone: str) -> None:
    change(lived, f"DELETE FROM {gone}")
    found = findings(lived)
    assert {why for where, why in found if where.startswith(gone)} == {"missing"}


def test_what_cannot_be_folded_is_not_called_sound(lived: Path) -> None:
    change(lived, "UPDATE events SET state = ? WHERE position = 7", b"{}")
    status, found = told(lived)
    assert (status, found["sound"]) == (1, False)
    assert found["unchecked"].startswith("the read models: the log cannot be folded (position 7:")
    assert {finding["where"] for finding in found["findings"]} == {"position 7"}


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "the database holds no log of this service"),
        (b"no database" * 100, "file is not a database"),
    ],
)
def test_what_cannot_be_checked_is_status_2(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "rackledger.db").write_bytes(content)
    ran = run_program(tmp_path, "verify")
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert words in line


def test_a_file_that_is_not_there_is_status_2(tmp_path: Path) -> None:
    ran = run_program(tmp_path, "verify", "--file", "none.ndjson")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "No such file" in ran.stderr


def test_nowhere_to_fold_the_log_is_status_2(lived: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(lived / "none"))
    with looking(lived) as database, pytest.raises(NotChecked, match="no file can be made"):
        verify(database, quiet)


def test_verifying_leaves_all_as_it_is(lived: Path) -> None:
    before, files = contents_of(lived), sorted(lived.iterdir())
    told(lived)
    assert contents_of(lived) == before
    assert sorted(lived.iterdir()) == files


@pytest.mark.postgresql
def test_an_empty_schema_is_status_2(tmp_path: Path) -> None:
    ran = run_program(tmp_path, "verify")
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert line.endswith("the database holds no log of this service")
    assert tables_of(tmp_path) == set()


@pytest.mark.sqlite
def test_a_file_that_nobody_here_can_write_is_verified(
    lived: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # whoever runs this may be root
    with looking(lived) as database:
        assert file_uri(database.url).endswith("?immutable=1")
    assert is_sound(lived)
    assert findings(lived) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["with space", "a?b=c", "per%cent", "ha#sh", "file:x"])
def test_whatever_its_folder_is_called(made: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(made, tmp_path / name)
    for command in ("verify", "rebuild", "verify"):
        ran = run_program(tmp_path / name, command, RACKLEDGER_DATABASE="sqlite:///rackledger.db")
        assert (ran.returncode, ran.stderr) == (0, ""), command


def test_a_file_with_something_behind_its_last_frame_is_told(lived: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.ndjson.zst"
    exported(lived, file)
    file.write_bytes(file.read_bytes() + b"garbage")
    status, found = told(lived, "--file", str(file))
    assert (status, found["sound"]) == (1, False)
    assert found["findings"][0]["why"].startswith("line 1: it cannot be decompressed")
