"""`rackledger whatif`: servers on a branch, without some records and with other commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands.tokens import create_store
from domain.commands import (
    BackUpServer,
    DeleteServer,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    RestoreServer,
    UpdateServer,
)
from domain.values import Changes
from tests.cli.running import Run, run
from tests.commands.replays import exported, refused
from tests.commands.stores import Kept, kept
from tests.databases import database_url, edited

__all__ = ["run"]
Told = list[dict[str, Any]]
TIME = "2026-11-22T04:00:00.000000+00:00"


class Lived:
    """A store that a server lived in, what happened there at which position, and the command."""

    def __init__(self, store: Kept, run: Run, folder: Path) -> None:
        self._run = run
        self.store = store
        self.folder = folder
        store.store.writer.run(create_store)
        self.server = server = store.create("a", tags=("old",))
        self.other = store.create("other")
        self.renamed = store.write(UpdateServer(Changes(name="b")), server).position
        self.backup = store.write(BackUpServer(name="safe"), server).position
        self.tagged = store.write(UpdateServer(Changes(tags=("new",))), server).position
        self.refused = refused(store, ResetServer(hard=False), server)
        self.restored = store.write(RestoreServer(backup="safe"), server).position
        self.on = store.write(PowerOnServer(), server).position
        self.unchanged = store.write(PowerOnServer(), server).position
        self.url = database_url(folder)

    def ran(self, *arguments: object) -> str:
        """What a command said that went well, and left the store as it was."""
        rows = self.store.rows()
        ran = self._run("whatif", *arguments, "--database", self.url)
        assert (ran.status, ran.err) == (0, "")
        assert self.store.rows() == rows
        return ran.out

    def told(self, *arguments: object) -> Told:
        """The same as JSON."""
        return [json.loads(line) for line in self.ran(*arguments, "--json").splitlines()]

    def inserting(self, *lines: Any) -> Path:
        """A file of commands on the server."""
        file = self.folder / "insert.ndjson"
        file.write_text(
            "".join(json.dumps({"server": self.server} | line) + "\n" for line in lines)
        )
        return file


@pytest.fixture
def lived(tmp_path: Path, run: Run) -> Iterator[Lived]:
    with kept(tmp_path) as store:
        yield Lived(store, run, tmp_path)


def differing(told: Told) -> dict[int, list[str]]:
    """The kinds that differ, by position."""
    return {line["record"]["position"]: list(line["differs"]) for line in told if "record" in line}


def decisions(told: Told) -> dict[int, Any]:
    """The decisions on the branch that differ, by position."""
    return {
        line["record"]["position"]: line["differs"]["decision"]["new"]
        for line in told
        if "record" in line and "decision" in line["differs"]
    }


def end(told: Told) -> dict[str, tuple[Any, Any]]:
    """The fields that differ at the end, before and after."""
    changes = told[-1]["end"]["changes"]
    return {change["field"]: (change["before"], change["after"]) for change in changes}


def test_an_update_in_the_middle_that_never_happened(lived: Lived) -> None:
    told = lived.told("--skip", lived.renamed)
    assert told[0]["skipped"]["position"] == lived.renamed
    # The restore brings back what the branch was at the backup: the first name.
    assert list(decisions(told)) == [lived.restored]
    (restored,) = decisions(told)[lived.restored]["events"]
    assert restored["data"]["configuration"]["name"] == "a"
    assert "state" in differing(told)[lived.backup]
    assert end(told)["name"] == ("b", "a")
    assert end(told)["version"] == (6, 5)


def test_who_gave_a_command_that_is_decided_differently_is_told_and_when(lived: Lived) -> None:
    said = lived.ran("--skip", lived.renamed).splitlines()
    row = f"{lived.restored}  {TIME}  an-admin  restore_server  server.restored"
    assert f"  decided differently: {row}" in said
    assert '    name: "b" -> "a"' in said[said.index("  at the end:") :]


def test_a_backup_that_was_never_made_is_missed_by_the_restore_that_names_it(
    lived: Lived,
) -> None:
    told = lived.told("--skip", lived.backup)
    assert decisions(told) == {lived.restored: {"refused": "backup.unknown"}}
    assert end(told)["tags"] == (["old"], ["new"])
    ((before, after),) = [end(told)["backups"]]
    assert ([backup["name"] for backup in before], after) == (["safe"], [])


def test_a_server_that_was_never_created_is_unknown_to_all_later_commands(lived: Lived) -> None:
    told = lived.told("--skip", 2)
    later = decisions(told)
    assert list(later) == [
        *(lived.renamed, lived.backup, lived.tagged, lived.refused),
        *(lived.restored, lived.on, lived.unchanged),
    ]
    assert all(decision == {"refused": "server.unknown"} for decision in later.values())
    assert told[-1]["end"]["new"] is None
    assert lived.ran("--skip", 2).splitlines()[-1] == "  at the end there is no such server"


def test_a_skipped_event_lets_a_command_without_effect_have_one(lived: Lived) -> None:
    told = lived.told("--skip", lived.on)
    (event,) = decisions(told)[lived.unchanged]["events"]
    assert event["type"] == "server.powered_on"
    assert end(told) == {}


def test_several_are_skipped_together(lived: Lived) -> None:
    told = lived.told("--skip", lived.on, "--skip", lived.unchanged)
    assert differing(told) == {}
    assert end(told)["state"] == ("running", "stopped")


def test_where_nothing_differs_that_is_said(lived: Lived) -> None:
    reset = {"command": "reset_server", "hard": False}
    said = lived.ran("--insert", lived.inserting({"after": lived.tagged, "command": reset}))
    assert 'reset_server: {"refused":"server.stopped"}' in said
    assert said.splitlines()[-1] == "  at the end nothing differs"


def test_an_inserted_command_is_decided_at_its_place(lived: Lived) -> None:
    file = lived.inserting(
        {"after": lived.tagged, "command": {"command": "power_on_server"}},
        {
            "after": lived.on,
            "command": {"command": "delete_server"},
            "at": "2026-11-22T06:00:00+01:00",
        },
        {"after": lived.on, "command": {"command": "back_up_server"}},
    )
    told = lived.told("--insert", file)
    on, deleted, backed_up = (line["inserted"] for line in told if "inserted" in line)
    assert on["decision"]["events"][0]["type"] == "server.powered_on"
    assert deleted["decision"]["events"][0]["data"] == {"at": "2026-11-22T05:00:00Z"}
    assert backed_up["decision"] == {"refused": "server.unknown"}
    # The soft reset, refused of a stopped server, is accepted of a running one.
    assert decisions(told)[lived.refused]["events"][0]["type"] == "server.reset"
    # The restore stops it, as it was at the backup, so to start it has its effect.
    assert lived.on not in decisions(told)
    assert decisions(told)[lived.unchanged] == {"refused": "server.unknown"}
    assert told[-1]["end"]["new"] is None


def test_what_an_inserted_command_makes_has_ids(lived: Lived) -> None:
    update = {"command": "update_server", "changes": {"volumes": [{"id": ""}, {"id": "v"}]}}
    backup = {"command": "back_up_server"}
    place = {"after": lived.unchanged}
    told = lived.told(
        "--insert", lived.inserting(place | {"command": update}, place | {"command": backup})
    )
    _, volumes = end(told)["volumes"]
    assert [volume["id"] for volume in volumes] == ["insert.ndjson:1:1", "v"]
    assert end(told)["backups"][1][-1]["id"] == "insert.ndjson:2:1"


def test_another_creation_takes_the_place_of_the_one_that_was(lived: Lived) -> None:
    create = {
        "command": "create_servers",
        "organization": "o",
        "configuration": {"name": "z", "tags": ["z"]},
        "arch": "arm64",
    }
    file = lived.inserting({"after": 1, "command": create})
    told = lived.told("--skip", 2, "--insert", file)
    assert end(told)["arch"] == ("x86_64", "arm64")
    assert end(told)["tags"] == (["old"], ["z"])


def test_servers_that_are_not_touched_are_not_told_of(lived: Lived) -> None:
    assert {line["server"] for line in lived.told("--skip", lived.on)} == {lived.server}
    both = lived.told("--skip", lived.on, "--skip", 3)
    assert {line["server"] for line in both} == {lived.server, lived.other}


@pytest.mark.parametrize("name", ["store.created", "request.refused"])
def test_a_record_that_is_no_servers_changes_none(lived: Lived, name: str) -> None:
    position = {"store.created": 1, "request.refused": lived.refused}[name]
    assert lived.ran("--skip", position) == f"skipped {position}, {name}: it changes no server\n"
    (told,) = lived.told("--skip", position)
    assert (told["skipped"]["type"], told["server"]) == (name, None)


def test_an_exported_file_tells_the_same(lived: Lived, run: Run) -> None:
    file = exported(lived.store, lived.folder / "log.ndjson")
    from_file = run("whatif", "--skip", lived.renamed, "--file", file)
    assert (from_file.out, from_file.err) == (lived.ran("--skip", lived.renamed), "")


def test_a_deletion_that_never_happened_leaves_the_server(lived: Lived) -> None:
    position = lived.store.write(DeleteServer(), lived.server).position
    told = lived.told("--skip", position)
    assert (told[-1]["end"]["old"], told[-1]["end"]["new"]["name"]) == (None, "b")


def failed(lived: Lived, *arguments: object) -> str:
    ran = lived._run("whatif", *arguments, "--database", lived.url)
    assert (ran.status, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    return line.removeprefix("rackledger: ")


@pytest.mark.parametrize("position", [0, 99, -1])
def test_an_unknown_position_is_one_clear_line(lived: Lived, position: int) -> None:
    said = failed(lived, f"--skip={position}")
    assert said == f"--skip: there is no position {position}"


ON = '{"command": "power_on_server"}'


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "Input data was truncated"),
        ("[]", "Expected `object`, got `array`"),
        ('{"after": 1, "server": "x"}', "Object missing required field `command`"),
        ('{"after": 1, "server": "x", "command": {}, "why": 1}', "Object contains unknown field"),
        ('{"after": 1, "server": "x", "command": {}}', "command: Object missing required field"),
        ('{"after": 1, "server": "x", "command": {"command": "fly"}}', "command: Invalid value"),
        (
            '{"after": 1, "server": "x", "command": {"command": "reset_server"}}',
            "command: Object missing required field `hard`",
        ),
        (
            '{"after": 1, "server": "x", "command": {"command":"revoke_token","principal_id":"p"}}',
            "not a command on a server",
        ),
        (f'{{"after": 1, "server": "x", "command": {ON}}}', "there is no server 'x'"),
        (f'{{"after": 99, "server": "x", "command": {ON}}}', "there is no position 99"),
        (f'{{"after": -1, "server": "x", "command": {ON}}}', "there is no position -1"),
        (
            f'{{"after": 1, "server": "x", "command": {ON}, "at": "2026-11-22T04:00:00"}}',
            "`at` has no offset from UTC",
        ),
        ("\udcff", "JSON is malformed: invalid character"),
    ],
)
def test_a_line_that_cannot_be_inserted_is_named(lived: Lived, line: str, words: str) -> None:
    file = lived.folder / "insert.ndjson"
    file.write_bytes(b"\n" + line.encode(errors="surrogateescape") + b"\n")
    said = failed(lived, "--insert", file)
    assert said.startswith(f"--insert: {file}, line 2: ")
    assert words in said


CREATE = {
    "command": "create_servers",
    "organization": "o",
    "configuration": {"name": "z"},
    "arch": "x",
}


@pytest.mark.parametrize("after", [0, 1, 8])
def test_a_creation_says_what_is_to_be_skipped_for_it(lived: Lived, after: int) -> None:
    file = lived.inserting({"after": after, "command": CREATE})
    said = failed(lived, "--insert", file)
    assert said == f"--insert: {file}, line 1: the server is created at position 2; skip that too"


def test_a_server_that_is_there_is_not_created_again(lived: Lived) -> None:
    file = lived.inserting(*[{"after": 1, "command": CREATE}] * 2)
    said = failed(lived, "--skip", 2, "--insert", file)
    assert said == f"--insert: {file}, line 2: the server is there already"


def test_a_history_that_cannot_be_read_has_no_branch(lived: Lived) -> None:
    with edited(lived.folder) as database:
        database.execute("UPDATE events SET state = ? WHERE position = ?", (b"\0", lived.renamed))
    said = failed(lived, "--skip", lived.on)
    assert said.startswith(f"position {lived.renamed} cannot be read: server.renamed: ")


def test_nothing_to_change_and_files_that_are_not_there_are_one_clear_line(lived: Lived) -> None:
    assert failed(lived) == "nothing to change: give --skip or --insert"
    assert failed(lived, "--insert", "none").startswith("--insert: [Errno 2]")
    assert failed(lived, "--skip", "x").startswith("Invalid value for '--skip'")
    assert failed(lived, "--skip", 1, "--file", "none") == "--file: not beside --database"


def test_a_power_off_that_never_happened_lets_a_soft_reset_pass(lived: Lived) -> None:
    off = lived.store.write(PowerOffServer(), lived.server).position
    at = refused(lived.store, ResetServer(hard=False), lived.server)
    told = lived.told("--skip", off)
    assert [event["type"] for event in decisions(told)[at]["events"]] == ["server.reset"]
    assert differing(told)[at] == ["decision", "event", "state", "answer"]
    assert end(told)["state"] == ("stopped", "running")
