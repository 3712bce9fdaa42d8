"""`--help` tells of everything there is."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from api.settings import Settings, variable
from domain.access import ROLES
from projections.conditions import EVENT
from tests.program import run_program

pytestmark = pytest.mark.once


def told(folder: Path, *command: str) -> str:
    ran = run_program(folder, *command, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert list(folder.iterdir()) == []
    return ran.stdout


def test_the_program_tells_its_commands(tmp_path: Path) -> None:
    help_ = told(tmp_path)
    assert re.findall(r"^  ([\w-]+)  ", help_.partition("Commands:")[2], re.MULTILINE) == [
        *("serve", "log", "show", "history", "diff", "blame", "bisect", "debug", "export"),
        *("import", "verify", "rebuild", "replay-check", "whatif", "token", "database"),
    ]


def test_what_a_command_does_is_told_whole_in_its_line(tmp_path: Path) -> None:
    commands = told(tmp_path).partition("Commands:")[2]
    assert [line for line in commands.splitlines() if line.endswith("...")] == []


def test_bisect_tells_what_a_condition_may_use(tmp_path: Path) -> None:
    help_ = told(tmp_path, "bisect")
    assert [
        name for name in ("`server`", "`before`", "`servers`", *EVENT) if name not in help_
    ] == []


def test_token_tells_its_commands(tmp_path: Path) -> None:
    help_ = told(tmp_path, "token")
    assert re.findall(r"^  (\w+)  ", help_.partition("Commands:")[2], re.MULTILINE) == [
        "create",
        "list",
        "revoke",
    ]


def test_database_tells_its_command_and_the_variable(tmp_path: Path) -> None:
    help_ = told(tmp_path, "database")
    assert re.findall(r"^  (\w+)  ", help_.partition("Commands:")[2], re.MULTILINE) == ["prepare"]
    help_ = told(tmp_path, "database", "prepare")
    for word in ("--database", "--role", "RACKLEDGER_ROLE_PASSWORD"):
        assert word in help_


def test_serve_tells_its_options_and_every_variable(tmp_path: Path) -> None:
    help_ = told(tmp_path, "serve")
    for option in ("--host", "--port", "--database", "--workers"):
        assert option in help_
    lines = re.findall(r"^ +(RACKLEDGER_\w+) +(.*)$", help_, re.MULTILINE)
    assert lines == [
        (variable(entry.name), entry.metadata["help"]) for entry in dataclasses.fields(Settings)
    ]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("create", ("--name", "--role", *ROLES, "--organization", "--expires-in", "--database")),
        ("list", ("--database",)),
        ("revoke", ("name", "--database")),
    ],
)
def test_every_token_command_tells_what_it_takes(
    tmp_path: Path, command: str, words: tuple[str, ...]
) -> None:
    help_ = told(tmp_path, "token", command)
    assert [word for word in words if word not in help_] == []
