"""What cannot be told of the past is refused in one line, never approximated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.looking import change, exported, lead_a_life, look, looked_at
from tests.support import running

BROKEN = "server.updated: JSON is malformed: invalid character (byte 0)"


@pytest.fixture
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The servers of a database that is looked at where no other is named."""
    looked_at(tmp_path, monkeypatch)
    with running(tmp_path) as api:
        return lead_a_life(api)


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ("show nobody", 1, "no server 'nobody'"),
        ("show nobody --at-position 4", 1, "no server 'nobody' then"),
        ("show web --at-position 2", 1, "no server 'web' then"),
        ("show {db}", 1, "no server '{db}'"),
        ("show db", 1, "no server 'db'; at position 17 that was {db}"),
        ("log shop", 1, "no server 'shop'; at position 13 that was {web}"),
        ("show db --at-position 16", 1, "no server 'db' then; at position 4 that was {db}"),
        ("show twin", 1, "2 servers are named 'twin': {twin 1}, {twin 2}"),
        ("history twin", 1, "2 servers are named 'twin': {twin 1}, {twin 2}"),
        ("log twin", 1, "2 servers are named 'twin': {twin 1}, {twin 2}"),
        ("debug nobody", 1, "no server 'nobody'"),
        ("blame {db} --at-version 2", 1, "no server '{db}' then"),
        ("log --actor nobody", 1, "no record matches"),
        ("bisect --when version>99", 1, "it never held"),
        ("show --at 2999-01-01T00:00:00Z", 2, "--at: in the future"),
        ("show --at-position 999", 2, "--at-position: past the end of the log, position 24"),
        ("show {web} --at-version 99", 2, "--at-version: the server never had that version"),
        ("show --at-version 1", 2, "--at-version: takes a server"),
        (
            "show --at -1h --at-position 3",
            2,
            "one point at a time: --at and --at-position are given",
        ),
        (
            "show --at then",
            2,
            "--at: must be a time such as 2026-11-22T04:00:00Z, or an age such as -1h",
        ),
        (
            "log --outcome lost",
            2,
            "--outcome: must be one of accepted, refused, no_effect, repeated",
        ),
        ("log {web} --server {web}", 2, "--server: not beside a reference to a server"),
        ("diff {web}", 2, "a server takes --from, and --to if it is not the newest"),
        (
            "diff --from 1",
            2,
            "all servers take --from-position, and --to-position if it is not the newest",
        ),
        ("diff {web} --from 1 --to 99", 2, "--to: the server never had that version"),
        ("diff {db} --from 2 --to 1", 2, "--from: the server was deleted by that version"),
        ("diff --from-position 999", 2, "--from-position: past the end of the log, position 24"),
        ("bisect --when version", 2, "--when: must be true or false, and gives int"),
        ("bisect --when location", 2, "--when: must be true or false, and gives str"),
        ("bisect --when 1+", 2, "--when: at character 3: Syntax error: mismatched input '<EOF>'"),
        ("bisect --when lower(name)=='a'", 2, "--when: unknown function 'lower'"),
        ("bisect --when server.nmae=='a'", 2, "--when: there is no member 'nmae'"),
        (
            "bisect --when name>3",
            2,
            "--when: an operation in it is not defined for the types that it is given",
        ),
        ("bisect --when " + "(" * 1_001, 2, "--when: longer than 1000 characters"),
        ("show --file none.ndjson", 1, "[Errno 2] No such file or directory: 'none.ndjson'"),
        ("show --file x --database sqlite:///x", 2, "--file: not beside --database"),
        ("show --database sqlite:///none.db", 2, "no such file: none.db"),
        ("show \udcff", 2, "the reference to a server is not UTF-8"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_bad_input_is_one_line(ids: dict[str, str], asked: str, status: int, words: str) -> None:
    said = look(*asked.format(**ids).split()).refusal
    assert said == (status, words.format(**ids))


@pytest.mark.parametrize("when", ["nope == 1", "servers > 1 && nope", "nope || true"])
def test_an_unknown_variable_is_told_with_those_there_are(ids: dict[str, str], when: str) -> None:
    status, said = look("bisect", "--when", when).refusal
    assert (status, said.partition(";")[0]) == (2, "--when: unknown variable 'nope'")
    assert said.endswith("version, metadata, server, before, event, servers")
    status, said = look("bisect", ids["web"], "--when", "servers > 1").refusal
    assert (status, said.partition(";")[0]) == (2, "--when: unknown variable 'servers'")


def items_of(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def damage(folder: Path, server_id: str) -> tuple[int, str]:
    """Damage a server's fourth event; its position, and why it cannot be told."""
    change(
        folder,
        "UPDATE events SET state = ? WHERE originator_id = ? AND originator_version = 4",
        b"\0",
        server_id,
    )
    row = look("history", server_id)
    assert row.status == 1
    (line,) = row.err.splitlines()
    position = next(
        int(cells[0])
        for cells in (line.split("\t") for line in row.out.splitlines())
        if cells[1] == "4"
    )
    why = f"server {server_id}: the record at position {position} cannot be read: {BROKEN}"
    assert line == f"rackledger: not all can be told: {why} (and 3 more)"
    return position, why


def test_a_record_that_cannot_be_read_is_told_and_no_state_after_it(
    tmp_path: Path, ids: dict[str, str]
) -> None:
    web = ids["web"]
    position, why = damage(tmp_path, web)
    assert look("show", web, "--at-version", "3", "--json").items[0]["version"] == 3
    assert look("show", ids["twin 1"], "--json").items[0]["version"] == 1
    assert len(look("show", "--at-position", str(position - 1), "--json").items) == 4
    for asked in (
        *(("show", web), ("show",), ("show", web, "--at-position", str(position))),
        *(("blame", web), ("diff", web, "--from", "1"), ("diff", web, "--from", "4", "--to", "1")),
        *(("diff", "--from-position", "3"), ("bisect", "--when", "version > 9")),
        ("bisect", web, "--when", "version > 9"),
    ):
        assert look(*asked).refusal == (1, why)
    assert look("bisect", "--when", "running").status == 0
    assert look("diff", web, "--from", "1", "--to", "3").status == 0
    assert look("show", "web").refusal == (1, f"whom the name 'web' means cannot be told: {why}")


def test_the_log_and_the_history_go_past_a_record_that_cannot_be_read(
    tmp_path: Path, ids: dict[str, str]
) -> None:
    web = ids["web"]
    sound = [look(*asked, "--json").items for asked in (("log",), ("history", web))]
    position, why = damage(tmp_path, web)
    ran = look("log", "--json")
    assert (ran.status, ran.err.startswith(f"rackledger: not all can be told: {why}")) == (1, True)
    told = items_of(ran.out)
    assert len(told) == len(sound[0])
    (unreadable,) = [item for item in told if "unreadable" in item]
    assert unreadable == {
        "position": position,
        "version": 4,
        "type": "server.updated",
        "subject": web,
        "unreadable": BROKEN,
    }
    for before, after in zip(sound[0], told, strict=True):
        if after.get("changes", ()) is None:
            assert after["server"] == {"id": web, "name": None}
            assert after == before | {"changes": None, "server": after["server"]}
        elif after is not unreadable:
            assert after == before
    events = items_of(look("history", web, "--json").out)
    assert events[:3] == sound[1][:3]
    assert events[3] == unreadable
    assert [event["data"]["changes"] for event in events[4:]] == [None, None, None]


def test_a_server_can_be_stepped_through_up_to_a_record_that_cannot_be_read(
    tmp_path: Path, ids: dict[str, str]
) -> None:
    _, why = damage(tmp_path, ids["web"])
    ran = look("debug", ids["web"], stdin="next 9\nnext\ngoto last\ngoto 5\nprev\n")
    assert [line.split("\t")[1] for line in ran.out.splitlines()] == ["3", "2"]
    assert ran.err.splitlines() == [f"rackledger: {why}"] * 3
    assert ran.status == 1


def test_a_time_is_not_told_where_a_record_of_then_cannot_be_read(
    tmp_path: Path, ids: dict[str, str]
) -> None:
    times = {item["positions"][0]: item["time"] for item in look("log", "--json").items}
    position, why = damage(tmp_path, ids["web"])
    words = f"--at: the {why.partition(': the ')[2]}; so name a position"
    assert look("show", "--at", times[position]).refusal == (1, words)
    assert look("show", "--at", times[position - 1]).refusal[0] == 1
    assert look("show", "--at", times[position - 2]).status == 0


def begun_late(folder: Path, first: int) -> None:
    """Leave the log as if it began at a later position."""
    change(folder, "DELETE FROM events WHERE position < ?", first)


def test_a_server_whose_beginning_is_missing_is_not_told(
    tmp_path: Path, ids: dict[str, str]
) -> None:
    begun_late(tmp_path, 6)
    missing = (
        f"server {ids['web']}: its version 1 is missing: the history here begins at position 6"
    )
    begins = "the history here begins at position 6"
    for asked in (("show", "{web}"), ("blame", "{web}"), ("diff", "{web}", "--from", "1")):
        assert look(*(word.format(**ids) for word in asked)).refusal == (1, missing)
    assert look("show").refusal == (1, f"{begins}: not all is known")
    assert look("bisect", "--when", "running").refusal == (1, f"{begins}: not all is known")
    assert look("show", "--at-position", "5").refusal == (1, begins)
    assert look("show", "--at", "2001-01-01T00:00:00Z").refusal == (1, f"{begins}, after that time")
    words = f"whom the name 'web' means cannot be told: {begins}: not all is known"
    assert look("show", "web").refusal == (1, words)
    ran = look("log", ids["web"], "--json")
    assert ran.status == 1
    assert {str(item["changes"]) for item in items_of(ran.out)} == {"None"}
    assert look("log", "--type", "request.refused", "--limit", "1").status == 0


def test_a_file_that_begins_later_tells_of_what_is_whole(
    tmp_path: Path, ids: dict[str, str]
) -> None:
    path = str(exported(tmp_path, first=3))
    for asked in (("show", ids["web"]), ("blame", ids["web"]), ("history", ids["db"])):
        assert look(*asked, "--file", path) == look(*asked)
    whole = ("history", ids["twin 1"], "--json")
    assert look(*whole, "--file", path).items == look(*whole).items
    begins = "the history here begins at position 3: not all is known"
    assert look("show", "--file", path).refusal == (1, begins)


def test_a_file_that_begins_within_a_servers_life_tells_what_is_missing(
    tmp_path: Path, ids: dict[str, str]
) -> None:
    path = str(exported(tmp_path, first=6))
    missing = (
        f"server {ids['web']}: its version 1 is missing: the history here begins at position 6"
    )
    assert look("show", ids["web"], "--file", path).refusal == (1, missing)


def test_a_missing_position_is_told(tmp_path: Path, ids: dict[str, str]) -> None:
    change(tmp_path, "DELETE FROM events WHERE position = 9")
    assert look("show").refusal == (1, "position 9 is missing: the next is 10")


def test_a_damaged_file_is_refused_with_its_line(tmp_path: Path, ids: dict[str, str]) -> None:
    path = exported(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    (tmp_path / "cut.ndjson").write_bytes(b"".join(lines[:9]))
    said = look("log", "--file", "cut.ndjson").refusal
    assert said == (1, "line 10: missing: the file is cut off")
    (tmp_path / "edited.ndjson").write_bytes(b"".join(lines).replace(b'"web"', b'"wep"', 1))
    status, words = look("log", "--file", "edited.ndjson").refusal
    assert status == 1
    assert words.startswith("line 4: ")
