"""The README: its lines work as printed, and its tables are whole."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from api.settings import Settings, variable
from domain.registry import EVENT_TYPES
from tests.curl import folder_of_curl
from tests.docs.curls import both_curls, lines_of
from tests.process import process
from tests.program import BOUND_S, run_program
from tests.support import ADMIN_TOKEN, SEED_A

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
# Setting a service up and issuing tokens have tests of their own.
LINES = [
    line
    for block in BLOCKS
    for line in block.splitlines()
    if not line.startswith(("make ", ".venv/", "export "))
]


def script() -> str:
    """The README's lines as one script that prints the status line of each answer."""
    return "\n".join(
        f"{line.rpartition('#')[0]} | head -n 1 | tr -d '\\r'" if " # " in line else line
        for line in LINES
    )


@both_curls
def test_every_line_answers_the_status_that_stands_behind_it(tmp_path: Path, real: bool) -> None:
    printed = [line.rpartition("#")[2].strip() for line in LINES if line.startswith("curl")]
    times = 2 if real else 1  # whoever likes it pastes it again; the stand-in is slow
    with process(tmp_path) as service:
        ran = subprocess.run(
            ["sh", "-c", f"{script()}\n" * times],
            env={
                "PATH": f"{folder_of_curl(tmp_path, real=real)}:{os.environ['PATH']}",
                "RACKLEDGER_TOKEN": ADMIN_TOKEN,
                "BASE": service.base,
            },
            capture_output=True,
            text=True,
            timeout=2 * BOUND_S,
            check=False,
        )
    assert [line.split()[1] for line in ran.stdout.splitlines()] == printed * times, ran.stderr


def test_the_lines_of_the_program_work_in_their_order_beside_a_service(tmp_path: Path) -> None:
    lines = [line for block in BLOCKS for line in block.splitlines() if line.startswith(".venv/")]
    assert [line.split()[1] for line in lines] == [
        *("token", "token", "token", "log", "blame", "bisect"),
        *("export", "verify", "rebuild", "import"),
    ]
    with process(tmp_path) as service, service.client() as client:
        assert client.post("/servers", json=SEED_A | {"tags": ["live"]}).status_code == 201
        for line in lines:
            program, *arguments = shlex.split(line)
            assert program == ".venv/bin/rackledger"
            ran = run_program(tmp_path, *arguments)
            assert (ran.returncode, ran.stderr) == (0, ""), line


def test_there_is_a_line_for_every_operation_at_the_root() -> None:
    from api.app import SPOKEN
    from api.openstack.spoken import AT_ROOT
    from api.root.dialect import ROOT

    shown = "\n".join([*LINES, *lines_of("history.md"), *lines_of("storage.md")])
    for operation in SPOKEN[ROOT]:
        if operation in AT_ROOT:
            continue  # in docs/nova.md
        path = operation.path.replace("{ref}", r"[^/\" ?]+").replace("{id}", r"\$TASK")
        path = path.replace("{position}", "[0-9]+")
        path = path.replace("/docs/{name}", "/docs")
        method = "" if operation.method in {"GET", "POST"} else f"-X {operation.method} "
        data = " -d " if operation.method in {"POST", "PUT", "PATCH"} else "  # "
        line = rf'{method}"\$BASE{path}(\?[^"]*)?"{data}'
        assert re.search(line, shown), f"{operation.method} {path}"


@pytest.mark.parametrize("setting", dataclasses.fields(Settings), ids=lambda entry: entry.name)
def test_a_setting_stands_in_the_table_with_its_meaning(
    setting: dataclasses.Field[object],
) -> None:
    name = variable(setting.name)
    (row,) = re.findall(rf"^\| `{name}` \| (.*) \| (.*) \|$", README, re.MULTILINE)
    assert row[1] == setting.metadata["help"]
    shown = row[0].strip("`-")
    assert shown.lower() == str(setting.default).lower() or float(shown) == setting.default


def test_the_table_has_no_setting_that_is_not_there() -> None:
    known = {variable(entry.name) for entry in dataclasses.fields(Settings)}
    assert set(re.findall(r"^\| `(RACKLEDGER_\w+)`", README, re.MULTILINE)) == known


def test_every_event_is_named() -> None:
    table = README.partition("## What is recorded")[2].partition("## Configuration")[0]
    assert set(re.findall(r"`(\w+\.\w+)`", table)) == set(EVENT_TYPES)
