"""The stepper: forth and back over one server's events, from a pipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.looking import Ran, exported, lead_a_life, look, looked_at
from tests.support import running


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("past")
    with running(folder) as api:
        ids = lead_a_life(api)
    exported(folder)
    return folder, ids


@pytest.fixture(autouse=True)
def there(past: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at(past[0], monkeypatch)


@pytest.fixture
def web(past: tuple[Path, dict[str, str]]) -> str:
    return past[1]["web"]


def debug(ref: str, *commands: str, options: tuple[str, ...] = ()) -> Ran:
    return look("debug", ref, *options, stdin="\n".join(commands))


def versions(ref: str, *commands: str) -> list[int]:
    """Where commands lead to, one after the other."""
    return [int(row[1]) for row in debug(ref, *commands).rows]


def answers(ref: str, *commands: str) -> list[Any]:
    ran = debug(ref, *commands, options=("--json",))
    assert ran.err == ""
    return [json.loads(line) for line in ran.out.splitlines()]


def test_one_can_go_forth_and_back(web: str) -> None:
    went = versions(web, "next", "next 2", "prev", "goto last", "goto first", "goto 3", "next 99")
    assert went == [2, 4, 3, 7, 1, 3, 7]


def test_a_position_leads_to_the_last_event_up_to_it(web: str) -> None:
    assert versions(web, "goto @7", "goto @8", "goto @9") == [2, 2, 3]


def test_every_state_is_what_the_server_was_then(web: str) -> None:
    for version in range(1, 8):
        ((_, shown),) = [answers(web, f"goto {version}", "show")]
        assert [shown["server"]] == look("show", web, "--at-version", str(version), "--json").items


def test_an_event_tells_what_it_changed(web: str) -> None:
    _, diff = answers(web, "goto 5", "diff")
    told = look("diff", web, "--from", "4", "--to", "5", "--json").items[0]
    assert diff == {name: told[name] for name in ("patch", "changes", "text")}


def test_why_blames_as_of_here(web: str) -> None:
    told = [answers(web, f"goto {at}", "why name")[1]["blame"][0] for at in (4, 5, 6)]
    assert [(leaf["value"], leaf["version"]) for leaf in told] == [
        ("web", 1),
        ("shop", 5),
        ("web", 6),
    ]
    _, all_tags = answers(web, "goto 4", "why tags")
    assert [leaf["field"] for leaf in all_tags["blame"]] == ["tags/b", "tags/c"]
    _, one = answers(web, "goto 4", "why tags/c")
    assert [leaf["request_id"] for leaf in one["blame"]] == ["r-7"]


def test_one_stops_where_a_condition_holds(web: str) -> None:
    ran = answers(
        *(web, "break on name == 'shop'", "break size(tags) == 0", "continue"),
        *("continue", "breaks", "delete 1", "goto first", "continue"),
    )
    assert ran[0] == {"breaks": [{"number": 1, "when": "name == 'shop'"}]}
    assert [(ran[2]["event"]["data"]["version"], ran[2]["breaks"])] == [(5, [1])]
    assert [(ran[3]["event"]["data"]["version"], ran[3]["breaks"])] == [(7, [2])]
    assert [found["number"] for found in ran[4]["breaks"]] == [1, 2]
    assert [found["number"] for found in ran[5]["breaks"]] == [2]
    assert (ran[7]["event"]["data"]["version"], ran[7]["breaks"]) == (7, [2])


def test_without_a_condition_one_goes_on_to_the_last_event(web: str) -> None:
    ran = debug(web, "continue")
    assert ran.out.split("\t")[1] == "7"
    assert (ran.status, ran.err) == (0, "no condition held up to this, the last event\n")


def test_events_around_this_one_are_listed(web: str) -> None:
    rows = debug(web, "goto 4", "list 3").rows[1:]
    assert [(row[0], row[2]) for row in rows] == [("-", "3"), ("*", "4"), ("-", "5")]
    assert [event["here"] for event in answers(web, "list")[0]["events"]] == [True, *[False] * 6]


def test_a_deleted_server_is_stepped_through_by_its_id(
    past: tuple[Path, dict[str, str]],
) -> None:
    went = answers(past[1]["db"], "next", "show", "next")
    assert [item["server"] and item["server"]["name"] for item in went] == [None, None, "db"]
    assert debug(past[1]["db"], "next", "show").rows[1] == ["the server is deleted"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("jump", "no such command 'jump'; see help"),
        ("!ls", "no such command '!ls'; see help"),
        ("prev", "this is the first event"),
        ("next x", "takes a number of events, not 'x'"),
        ("next 0", "takes a number of events, not '0'"),
        ("goto", "goto takes a version, @ and a position, first or last"),
        ("goto @x", "goto takes a version, @ and a position, first or last"),
        ("goto 99", "the server never had that version"),
        ("goto @2", "the server was not there yet"),
        ("goto @99", "past the end of the log, position 24"),
        ("why", "why takes a field"),
        ("why nothing", "the server has no 'nothing' here"),
        ("break", "at character 1: Syntax error: mismatched input '<EOF>'"),
        ("break version", "must be true or false, and gives int"),
        ("delete 1", "there is no condition 1"),
        ("delete x", "delete takes the number of a condition"),
        ("show it", "show takes nothing, and 'it' was given"),
    ],
)
def test_a_wrong_command_is_told_and_the_next_one_runs(web: str, command: str, words: str) -> None:
    ran = debug(web, command, "next", "quit", "next")
    assert ran.err == f"rackledger: {words}\n"
    assert [line.split("\t")[1] for line in ran.out.splitlines()] == ["2"]
    assert ran.status == 1
    assert answers(web, command)[0] == {"error": words}


def test_help_names_every_command(web: str) -> None:
    named = {row[0].split()[0] for row in debug(web, "help").rows}
    assert named == {
        *("next", "prev", "goto", "show", "diff", "why", "break", "breaks", "delete"),
        *("continue", "list", "help", "quit"),
    }


def test_an_empty_line_does_nothing_in_a_pipe(web: str) -> None:
    assert versions(web, "next", "", "  ", "next") == [2, 3]


def test_a_file_is_stepped_through_alike(web: str) -> None:
    commands = ("next", "diff", "why tags", "break version == 6", "continue", "list", "help")
    told = debug(web, *commands)
    assert told.status == 0
    assert debug(web, *commands, options=("--file", "log.ndjson")) == told
