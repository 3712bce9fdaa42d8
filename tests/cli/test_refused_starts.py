"""Starts that are refused: status 2, one clear line on standard error, no token spent."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.program import run_program

SERVE = ("serve", "--port", "0")
LISTED = ("token", "list")


def refusal(folder: Path, *arguments: str) -> str:
    """The one line that is said, without the program's name."""
    ran = run_program(folder, *arguments)
    (line,) = ran.stderr.splitlines()
    assert (ran.returncode, ran.stdout) == (2, "")
    assert line.startswith("rackledger: ")
    return line.removeprefix("rackledger: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing command; see rackledger --help"),
        (
            (*SERVE, "--database", "sqlite:///x.db", "--workers", "2"),
            "--workers above 1 needs PostgreSQL: one process serves an",
        ),
        ((*SERVE, "--database", "mysql://h/d"), "'mysql' databases are not served by"),
        ((*SERVE, "--database", "sqlite:///none/x.db"), "no such directory: "),
        ((*SERVE, "--host", "0.0.0.0"), "0.0.0.0 is beyond loopback: tokens would travel in the"),
    ],
    ids=str,
)
def test_the_program_says_what_is_wrong_and_ends(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert refusal(tmp_path, *arguments).startswith(words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite
def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "rackledger.db").write_bytes(b"something else" * 1_000)
    for command in (SERVE, LISTED):
        said = refusal(tmp_path, *command)
        assert said.endswith("rackledger.db: file is not a database")
    assert (tmp_path / "rackledger.db").read_bytes() == b"something else" * 1_000


@pytest.mark.sqlite
def test_a_lock_that_cannot_be_taken_is_told(tmp_path: Path) -> None:
    lock = tmp_path / "rackledger.db.lock"
    lock.mkdir()
    assert refusal(tmp_path, *SERVE) == f"cannot open {lock}: Is a directory"


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(tmp_path, "serve", "--port", str(port))
    assert said.startswith(f"cannot listen on 127.0.0.1:{port}: ")
    assert said.endswith("Address already in use")


def test_a_refused_start_keeps_the_first_token_for_the_next(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refusal(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    refusal(tmp_path, *SERVE, "--tls-certificate", "x", "--tls-key", "y")
    listed = run_program(tmp_path, "token", "list")
    assert (listed.returncode, listed.stdout) == (0, "")
