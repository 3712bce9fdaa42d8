"""An output that takes nothing more: status 1 and one line, and no token spent on it."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from tests.process import process
from tests.program import BOUND_S, PROGRAM, environment_of, run_program

FULL = Path("/dev/full")
CREATE = ("token", "create", "--name", "alice", "--role", "reader", "--organization", "o")

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here"),
]


def complaint(folder: Path, *arguments: str) -> str:
    """What is said where the output is full."""
    with FULL.open("w") as full:
        ran = subprocess.run(
            [PROGRAM, *arguments],
            env=environment_of(folder, {"RACKLEDGER_PORT": "0"}),
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=BOUND_S,
            check=False,
        )
    assert ran.returncode == 1
    return ran.stderr


@pytest.mark.parametrize("command", [("serve",), ("token", "list"), CREATE, ("--help",)], ids=str)
def test_a_full_output_is_told_in_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    run_program(tmp_path, *CREATE[:3], "bob", *CREATE[4:])
    said = f"rackledger: [Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}\n"
    assert complaint(tmp_path, *command) == said


def test_a_closed_output_is_no_failure(tmp_path: Path) -> None:
    ran = subprocess.run(
        ["sh", "-c", 'exec "$0" token list >&-', PROGRAM],
        env=environment_of(tmp_path, {}),
        stderr=subprocess.PIPE,
        text=True,
        timeout=BOUND_S,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_first_token_is_kept_for_a_start_that_can_print_it(tmp_path: Path) -> None:
    complaint(tmp_path, "serve")
    with process(tmp_path, RACKLEDGER_TOKEN="") as service, service.client(service.token) as client:
        assert client.get("/servers").json() == {"servers": []}
