"""What is told of the past is what the API answers: of a database, served or not, or of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cli.looking import Ran, change, exported, lead_a_life, look, url
from tests.databases import contents_of
from tests.support import running


class Question(NamedTuple):
    """A command, what is asked of the API for the same, and where in the answer that is."""

    command: str
    path: str
    items: Callable[[Any], list[Any]]


def whole(body: Any) -> list[Any]:
    return [body]


QUESTIONS = (
    Question("show {web}", "/servers/{web}", lambda body: [body["server"]]),
    Question("show web", "/servers/web", lambda body: [body["server"]]),
    Question("show web --at-position 8", "/servers/web?at_position=8", lambda b: [b["server"]]),
    Question("show db --at-position 8", "/servers/db?at_position=8", lambda b: [b["server"]]),
    Question("show {web} --at-version 4", "/servers/{web}?at_version=4", lambda b: [b["server"]]),
    Question("show", "/servers", lambda body: body["servers"]),
    Question("show --at-position 0", "/servers?at_position=0", lambda body: body["servers"]),
    Question("show --at-position 11", "/servers?at_position=11", lambda body: body["servers"]),
    Question("show --at-position 17", "/servers?at_position=17", lambda body: body["servers"]),
    Question("show --at {then}", "/servers?at={then}", lambda body: body["servers"]),
    Question("show --at 2001-01-01T00:00:00Z", "/servers?at=-9w", lambda body: body["servers"]),
    Question("history {web}", "/servers/{web}/events", lambda body: body["events"]),
    Question("history {db}", "/servers/{db}/events", lambda body: body["events"]),
    Question("history web", "/servers/web/events", lambda body: body["events"]),
    Question("log {web}", "/servers/{web}/audit", lambda body: body["entries"]),
    Question("log web", "/servers/web/audit", lambda body: body["entries"]),
    Question("log --server {db}", "/audit?server={db}", lambda body: body["entries"]),
    Question("log --from {then}", "/audit?from={then}", lambda body: body["entries"]),
    Question(
        "log --actor admin --to {then}", "/audit?actor=admin&to={then}", lambda b: b["entries"]
    ),
    Question("log --action delete", "/audit?action=delete", lambda body: body["entries"]),
    Question("log --outcome refused", "/audit?outcome=refused", lambda body: body["entries"]),
    Question("log --outcome no_effect", "/audit?outcome=no_effect", lambda body: body["entries"]),
    Question("log --outcome repeated", "/audit?outcome=repeated", lambda body: body["entries"]),
    Question("log --field name", "/audit?field=name", lambda body: body["entries"]),
    Question("log --request-id r-7", "/audit?request_id=r-7", lambda body: body["entries"]),
    Question("log --limit 3", "/audit?order=newest&limit=3", lambda body: body["entries"][::-1]),
    Question(
        "log --oldest --limit 2 --actor admin",
        "/audit?actor=admin&limit=2",
        lambda body: body["entries"],
    ),
    Question("diff {web} --from 1 --to 4", "/servers/{web}/diff?from=1&to=4", whole),
    Question("diff {web} --from 5 --to 2", "/servers/{web}/diff?from=5&to=2", whole),
    Question("diff {web} --from 2", "/servers/{web}/diff?from=2", whole),
    Question("diff {db} --from 1", "/servers/{db}/diff?from=1", whole),
    Question("diff --from-position 4 --to-position 17", "/diff?from=4&to=17", whole),
    Question("diff --from-position 17 --to-position 4", "/diff?from=17&to=4", whole),
    Question("diff --from-position 9", "/diff?from=9", whole),
    Question("diff --from-position 0", "/diff?from=0", whole),
    Question("blame {web}", "/servers/{web}/blame", whole),
    Question("blame web --at-position 8", "/servers/web/blame?at_position=8", whole),
    Question("blame {db} --at-version 3", "/servers/{db}/blame?at_version=3", whole),
)


class Past(NamedTuple):
    """A folder with a database and a file, what the API answered, and what was told beside it."""

    folder: Path
    ids: dict[str, str]
    answers: dict[str, list[Any]]
    beside: dict[str, Ran]


def command(question: Question, ids: dict[str, str]) -> list[str]:
    return [*question.command.format(**ids).split(), "--json"]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    folder = tmp_path_factory.mktemp("past")
    answers, beside = {}, {}
    with running(folder) as api:
        ids = lead_a_life(api)
        ids["then"] = api.records(10)[0][1].event.at.isoformat().replace("+00:00", "Z")
        for question in QUESTIONS:
            answer = api.get(question.path.format(**ids))
            assert answer.status_code == 200, answer.text
            answers[question.command] = question.items(answer.json())
            beside[question.command] = look(*command(question, ids), "--database", url(folder))
    exported(folder)
    # What follows from the log is not asked.
    for table in ("servers", "past_servers", "trail", "clock", "server_lives"):
        change(folder, f"DELETE FROM {table}")
    return Past(folder, ids, answers, beside)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.command)
def test_it_is_told_as_the_api_answers_it(past: Past, question: Question) -> None:
    asked = command(question, past.ids)
    told = past.beside[question.command]
    assert told.items == past.answers[question.command]
    assert look(*asked, "--database", url(past.folder)) == told
    assert look(*asked, "--file", str(past.folder / "log.ndjson")) == told


@pytest.mark.parametrize(
    "asked",
    [
        *("log", "log {web}", "show", "show {web}", "history {web}", "blame {web}"),
        *("diff {web} --from 1", "diff --from-position 3", "bisect --when running"),
        "bisect {web} --when tags==[] --json",
    ],
)
def test_people_are_told_the_same_of_a_database_and_of_a_file(past: Past, asked: str) -> None:
    words = asked.format(**past.ids).split()
    told = look(*words, "--database", url(past.folder))
    assert look(*words, "--file", str(past.folder / "log.ndjson")) == told
    assert told.err in {"", "rackledger: it never held\n"}


def test_a_line_of_the_log_tells_a_command_and_all_that_it_made(past: Past) -> None:
    rows = look("log", "--database", url(past.folder), "--action", "create").rows
    several = [row for row in rows if row[5].startswith("several")]
    assert [row[4] for row in several] == ["server.created", "request.repeated"]
    assert several[0][0] == "19-21"
    assert rows[0][2:6] == ["admin", "create", "server.created", "web"]
    assert rows[0][-1].startswith('name: "web"; image: ')


def test_the_store_itself_stands_first(past: Past) -> None:
    rows = look("log", "--database", url(past.folder), "--oldest", "--limit", "1").rows
    assert [row[3] for row in rows] == ["create_store"]


def test_a_history_tells_what_each_event_changed(past: Past) -> None:
    rows = look("history", past.ids["db"], "--database", url(past.folder)).rows
    assert [row[4] for row in rows] == [
        "server.created",
        "server.deleted",
        "server.reverted",
        "server.deleted",
    ]
    assert [row[5] for row in rows][1::2] == ["deleted", "deleted"]
    assert [row[1] for row in rows] == ["1", "2", "3", "4"]


def test_nothing_is_written(past: Past) -> None:
    before = contents_of(past.folder)
    for asked in ("log", "show", f"blame {past.ids['web']}", "bisect --when running"):
        assert look(*asked.split(), "--database", url(past.folder)).status == 0
    assert contents_of(past.folder) == before


def test_a_name_cannot_move_the_cursor_nor_turn_the_writing(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        api.create("a\x1b[2J\u202eb\tc")
    shown = "a\\x1b[2J\\u202eb\\x09c"
    assert look("show", "--database", url(tmp_path)).rows[0][1] == shown
    for asked in ("log", "history", "diff", "blame"):
        words = {"diff": ["diff", "--from-position", "0"]}.get(asked, [asked])
        if asked in {"history", "blame"}:
            words.append("a\x1b[2J\u202eb\tc")
        ran = look(*words, "--database", url(tmp_path))
        assert ran.status == 0
        assert ran.out.replace("\n", "").replace("\t", "").isprintable()
    status, said = look("show", "\x1b[2J", "--database", url(tmp_path)).refusal
    assert (status, said) == (1, "no server '\\x1b[2J'")
