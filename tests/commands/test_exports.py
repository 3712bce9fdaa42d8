"""Exported files: whole, the same again, gone on with, and refused by their line if edited."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from commands.store import exporting
from commands.store.digests import record_digest, side_digest
from commands.store.export_files import FileRefused
from commands.store.export_lines import (
    Closed,
    LineInvalid,
    RecordLine,
    closed_line,
    parse_line,
    record_line,
)
from commands.store.loading import opened_file
from tests.commands.stores import Ids, kept
from tests.databases import ON_POSTGRES, contents_of, copy_database, edited
from tests.moving import exported, imported, looking, url_of
from tests.projections.histories import live

NAMES = ["log.ndjson", "log.ndjson.zst"]


@pytest.fixture
def lived(tmp_path: Path) -> Path:
    """The folder of a store with a history, which is closed."""
    folder = tmp_path / "lived"
    folder.mkdir()
    with kept(folder, Ids()) as store:
        live(store)
        store.create("from afar", image="é\n")
    return folder


@pytest.fixture
def lines(lived: Path, tmp_path: Path) -> list[bytes]:
    """The lines of its export."""
    exported(lived, tmp_path / "log.ndjson")
    return (tmp_path / "log.ndjson").read_bytes().splitlines(keepends=True)


def refused(file: Path, lines: list[bytes]) -> str:
    """Why a file of these lines is refused."""
    file.write_bytes(b"".join(lines))
    with pytest.raises(FileRefused) as error, opened_file(file):
        pass
    return str(error.value)


@pytest.mark.parametrize("name", NAMES)
def test_an_export_of_what_was_imported_is_the_same_to_the_byte(
    lived: Path, tmp_path: Path, name: str
) -> None:
    told = exported(lived, tmp_path / name)
    imported(tmp_path / name, tmp_path / "other")
    assert exported(tmp_path / "other", tmp_path / f"again-{name}") == told
    assert (tmp_path / f"again-{name}").read_bytes() == (tmp_path / name).read_bytes()


def test_a_line_is_a_cloudevent_that_holds_the_stored_bytes(
    lived: Path, lines: list[bytes]
) -> None:
    with edited(lived) as database:
        rows = database.execute("SELECT * FROM events ORDER BY position").rows
    opened, *records = lines[: len(rows) + 1]
    store_id = rows[0][1]
    assert json.loads(opened) == {
        "type": "export.opened",
        "format": 1,
        "source": f"urn:uuid:{store_id}",
        "first": 1,
    }
    for line, (position, stream, version, name, state, digest) in zip(records, rows, strict=True):
        told = json.loads(line)
        assert told["specversion"] == "1.0"
        assert (told["position"], told["sequence"]) == (position, f"{position:020}")
        assert (told["subject"], told["version"], told["type"]) == (stream, version, name)
        assert (told["id"], told["sha256"]) == (json.loads(state)["id"], digest.hex())
        assert state in line
    assert json.loads(lines[-1])["count"] == len(lines) - 1
    assert {json.loads(line)["type"] for line in lines[len(rows) + 1 : -1]} == {
        "side.principal",
        "side.secret",
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("at", [0, 1, 700, 4_000, -1, -200, None])
def test_an_interrupted_export_is_gone_on_with(
    lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, at: int | None
) -> None:
    monkeypatch.setattr(exporting, "CHUNK_RECORDS", 7)
    whole = exported(lived, tmp_path / name)
    written = (tmp_path / name).read_bytes()
    part = tmp_path / f"second-{name}.part"
    part.write_bytes(written[:at] if at is not None else written + b"more")
    assert exported(lived, tmp_path / f"second-{name}") == whole
    assert (tmp_path / f"second-{name}").read_bytes() == written
    assert not part.exists()


def test_what_another_export_began_is_left_alone(lived: Path, tmp_path: Path) -> None:
    part = tmp_path / "log.ndjson.part"
    part.write_bytes(b'{"type":"export.opened"}\n')
    with pytest.raises(FileRefused, match="was begun by another export"):
        exported(lived, tmp_path / "log.ndjson")
    assert part.read_bytes() == b'{"type":"export.opened"}\n'


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("begun", "last"), [(20, 12), (12, 20)])
def test_one_that_goes_on_to_another_end_comes_to_the_bytes_of_one_that_was_not_interrupted(
    lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, begun: int, last: int
) -> None:
    monkeypatch.setattr(exporting, "CHUNK_RECORDS", 7)
    exported(lived, tmp_path / name, last=begun)
    (tmp_path / name).rename(tmp_path / f"second-{name}.part")
    whole = exported(lived, tmp_path / name, last=last)
    assert exported(lived, tmp_path / f"second-{name}", last=last) == whole
    assert (tmp_path / f"second-{name}").read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_what_was_written_of_records_that_the_store_no_longer_has_is_written_anew(
    lived: Path, tmp_path: Path, name: str
) -> None:
    exported(lived, tmp_path / name)
    (tmp_path / name).rename(tmp_path / f"second-{name}.part")
    store_otherwise(lived, 7, b'"received_at":"2026', b'"received_at":"2025')
    whole = exported(lived, tmp_path / name)
    assert exported(lived, tmp_path / f"second-{name}") == whole
    assert (tmp_path / f"second-{name}").read_bytes() == (tmp_path / name).read_bytes()


def test_a_file_that_another_process_ends_meanwhile_is_left_alone(
    lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log.ndjson"

    def end(*_: Any) -> None:
        file.with_name("log.ndjson.part").rename(file)
        file.write_bytes(b"whole")

    monkeypatch.setattr("commands.store.export_files.fcntl.flock", end)
    with pytest.raises(FileRefused, match="is there already"):
        exported(lived, file)
    assert file.read_bytes() == b"whole"


def test_a_file_that_is_there_is_left_alone(lived: Path, tmp_path: Path) -> None:
    (tmp_path / "log.ndjson").write_bytes(b"mine")
    with pytest.raises(FileRefused, match="is there already"):
        exported(lived, tmp_path / "log.ndjson")
    assert (tmp_path / "log.ndjson").read_bytes() == b"mine"


Edit = Callable[[list[bytes]], list[bytes]]
EDITS: dict[str, tuple[Edit, str]] = {
    "cut off": (lambda lines: lines[:-1], "line {end}: missing: the file is cut off"),
    "cut off within a line": (lambda lines: [*lines[:9], lines[9][:40]], "line 10: cut off"),
    "empty": (lambda lines: [], "line 1: missing: the file is cut off"),
    "two lines change places": (
        lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]],
        "line 5: position 5 does not follow position 3",
    ),
    "a line is left out": (
        lambda lines: [*lines[:4], *lines[5:]],
        "line 5: position 5 does not follow position 3",
    ),
    "a line stands twice": (
        lambda lines: [*lines[:5], *lines[4:]],
        "line 6: position 4 does not follow position 4",
    ),
    "a side row is left out": (
        lambda lines: [*lines[:-2], lines[-1]],
        "line {last}: the lines before are not those that were exported",
    ),
    "more stands behind": (
        lambda lines: [*lines, lines[-1]],
        "line {more}: stands behind the last one",
    ),
    "no opening": (lambda lines: lines[1:], "line 1: not what an export begins with"),
    "a second opening": (lambda lines: [lines[0], *lines], "line 2: opens anew"),
    "another format": (
        lambda lines: [lines[0].replace(b'"format":1', b'"format":2'), *lines[1:]],
        "line 1: the file has format 2; this release reads format 1",
    ),
    "spaces": (
        lambda lines: [*lines[:3], lines[3].replace(b":", b": ", 1), *lines[4:]],
        "line 4: edited: it does not read as it was exported",
    ),
    "another store's record": (
        lambda lines: [lines[0].replace(b"urn:uuid:0", b"urn:uuid:1"), *lines[1:]],
        "line 2: edited: it does not read as it was exported",
    ),
    "a record of another store": (
        lambda lines: [line.replace(b"urn:uuid:0", b"urn:uuid:1") for line in lines],
        "line 2: not of the store that line 1 names",
    ),
    "a version before the first": (
        lambda lines: [*lines[:1], lines[1].replace(b'"version":1', b'"version":0'), *lines[2:]],
        "line 2: not a line of an export: Expected `int` >= 1",
    ),
    "a position that no database holds": (
        lambda lines: [lines[0].replace(b'"first":1', b'"first":9223372036854775808'), *lines[1:]],
        "line 1: not a line of an export: Expected `int` <= 9223372036854775807",
    ),
    "no record": (
        lambda lines: [lines[0], closed_line(Closed(1, sha256(lines[0]).hexdigest()))],
        "line 2: no record stands before it",
    ),
    "not JSON": (lambda lines: [b"\x00\xff\n", *lines], "line 1: not what an export begins with"),
    "another JSON": (
        lambda lines: [b'["a"]\n', *lines],
        "line 1: not what an export begins with",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_file_is_refused_with_its_line(
    lines: list[bytes], tmp_path: Path, edit: str
) -> None:
    change, words = EDITS[edit]
    found = refused(tmp_path / "edited", change(lines))
    end = {"end": len(lines), "last": len(lines) - 1, "more": len(lines) + 1}
    assert found.startswith(words.format(**end))


def test_what_cannot_be_decompressed_is_refused_with_its_line(
    lines: list[bytes], tmp_path: Path
) -> None:
    pack = zstandard.ZstdCompressor().compress
    found = refused(tmp_path / "edited", [pack(b"".join(lines[:5])), b"and more"])
    assert found.startswith("line 1: it cannot be decompressed: ")


def test_any_byte_that_is_changed_is_refused_with_its_line(
    lines: list[bytes], tmp_path: Path
) -> None:
    whole = b"".join(lines)
    ends = list(itertools.accumulate(map(len, lines)))
    for at in range(0, len(whole), 311):
        edited = bytearray(whole)
        edited[at] ^= 0x10
        number = next(n for n, end in enumerate(ends, 1) if at < end)
        assert refused(tmp_path / "edited", [bytes(edited)]).startswith(f"line {number}: ")


@given(
    st.binary(max_size=40) | st.sampled_from([b"{}", b'{"id":"a"}', b" {}", b'{"a":\n1}', b"\xff"]),
    st.text(max_size=10),
    st.integers(1, 2**31 - 1),
)
def test_whatever_is_stored_comes_back_to_the_byte(state: bytes, name: str, number: int) -> None:
    kind = f"server.{name}"
    digest = record_digest(number, name, number, kind, state)
    record = RecordLine(number, name, number, kind, state, digest)
    assert parse_line(record_line("a store", record), "a store") == record
    with pytest.raises(LineInvalid, match="does not have its digest"):
        parse_line(record_line("a store", record._replace(sha256=bytes(32))), "a store")


def test_a_file_of_a_part_can_be_looked_at_and_not_imported(lived: Path, tmp_path: Path) -> None:
    exported(lived, tmp_path / "part.ndjson", 5, 9)
    with opened_file(tmp_path / "part.ndjson") as history:
        assert [position for position, _ in history.scan()] == [5, 6, 7, 8, 9]
    with pytest.raises(FileRefused, match="line 1: the file begins at position 5"):
        imported(tmp_path / "part.ndjson", tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_record_that_no_code_reads_refuses_an_import(lived: Path, tmp_path: Path) -> None:
    damage(lived, 7, '{"id": "x", "schema": 9, "metadata": {}}')
    told = exported(lived, tmp_path / "log.ndjson")
    assert told.damaged == (7,)
    assert refused(tmp_path / "a", (tmp_path / "log.ndjson").read_bytes().splitlines(True)) == (
        "line 8: the record at position 7 does not have its digest"
    )


DAMAGE: dict[str, tuple[str, tuple[int, ...], int]] = {
    "a missing record": ("DELETE FROM events WHERE position = 7", (7,), 0),
    "a state that is text": ("UPDATE events SET state = '{}' WHERE position = 7", (7,), 0),
    "a version that is text": (
        "UPDATE events SET originator_version = 'a' WHERE position = 7",
        (7,),
        0,
    ),
    "a digest that is text": ("UPDATE events SET sha256 = 'a' WHERE position = 7", (7,), 0),
    "another name": ("UPDATE principals SET name = 'eve' WHERE principal_id = 'p'", (), 1),
    "a name that is no text": (
        "UPDATE principals SET name = x'ff' WHERE principal_id = 'p'",
        (),
        1,
    ),
    "another salt": ("UPDATE secrets SET value = sha256 WHERE name = 'origin_salt'", (), 1),
}
if ON_POSTGRES:  # whose columns take nothing but what is of their type
    for case in [case for case in DAMAGE if "text" in case]:
        del DAMAGE[case]


@pytest.mark.parametrize("damage", DAMAGE)
def test_whatever_is_damaged_in_the_store_is_told(lived: Path, tmp_path: Path, damage: str) -> None:
    statement, positions, rows = DAMAGE[damage]
    with edited(lived) as database:
        database.execute("INSERT INTO principals VALUES ('p', 'n', ?)", (side_digest("p", b"n"),))
    assert exported(lived, tmp_path / "before.ndjson").damaged_rows == ()
    with edited(lived) as database:
        assert database.execute(statement).found == 1
    told = exported(lived, tmp_path / "log.ndjson")
    assert told.damaged == positions
    assert len(told.damaged_rows) == rows


def test_a_record_of_a_newer_schema_refuses_an_import(lived: Path, tmp_path: Path) -> None:
    store_otherwise(lived, 7, b'"schema":1', b'"schema":9')
    assert exported(lived, tmp_path / "log.ndjson").damaged == ()
    with pytest.raises(FileRefused, match=r"line 8: .*: schema 9 is unknown"):
        imported(tmp_path / "log.ndjson", tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


def test_a_store_that_holds_something_is_left_alone(lived: Path, tmp_path: Path) -> None:
    exported(lived, tmp_path / "log.ndjson")
    copy = tmp_path / "other"
    copy_database(lived, copy)
    before = contents_of(copy)
    with pytest.raises(FileRefused, match="holds a log; import into an empty database"):
        imported(tmp_path / "log.ndjson", copy)
    assert contents_of(copy) == before


def test_an_import_up_to_a_position_is_the_store_of_then(lived: Path, tmp_path: Path) -> None:
    exported(lived, tmp_path / "log.ndjson")
    imported(tmp_path / "log.ndjson", tmp_path / "then", 20)
    exported(lived, tmp_path / "first.ndjson", 1, 20)
    assert imported(tmp_path / "first.ndjson", tmp_path / "other") == digests_of(tmp_path / "then")


def test_an_import_that_crashes_leaves_an_empty_store(
    lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(lived, tmp_path / "log.ndjson")
    expected = imported(tmp_path / "log.ndjson", tmp_path / "other")
    for crashing in ("api.importing.follow", "projections.rebuild.Rebuilder.rebuild"):
        folder = tmp_path / crashing
        with monkeypatch.context() as patched:
            patched.setattr(crashing, crash)
            with pytest.raises(ZeroDivisionError):
                imported(tmp_path / "log.ndjson", folder)
        assert imported(tmp_path / "log.ndjson", folder) == expected


def crash(*_: Any, **__: Any) -> None:
    raise ZeroDivisionError


def damage(folder: Path, position: int, state: str) -> None:
    with edited(folder) as database:
        database.execute(
            "UPDATE events SET state = ? WHERE position = ?", (state.encode(), position)
        )


def store_otherwise(folder: Path, position: int, words: bytes, others: bytes) -> None:
    """Put other words into a record, as if they had been stored."""
    with edited(folder) as database:
        ((_, stream, version, name, state, _),) = database.execute(
            "SELECT * FROM events WHERE position = ?", (position,)
        ).rows
        assert words in state
        state = state.replace(words, others)
        database.execute(
            "UPDATE events SET state = ?, sha256 = ? WHERE position = ?",
            (state, record_digest(position, stream, version, name, state), position),
        )


def digests_of(folder: Path) -> dict[str, str]:
    from api.importing import digests

    with looking(folder) as database, database.reading() as session:
        return digests(session)


def test_only_what_is_a_log_of_this_service_is_looked_at(tmp_path: Path) -> None:
    from commands.store.database import Database
    from commands.store.files import DatabaseUnusable

    with edited(tmp_path):  # makes an empty one
        pass
    before = contents_of(tmp_path)
    with pytest.raises(DatabaseUnusable, match="the database holds no log of this service"):
        Database(url_of(tmp_path), read_only=True)
    assert contents_of(tmp_path) == before
