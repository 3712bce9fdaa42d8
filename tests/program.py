"""The program: its short commands run to their end, and tokens issued as it issues them."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from api.store import Store
from commands.tokens import issue_token, new_token
from domain.access import Role
from tests.databases import database_url

ROOT: Final = Path(__file__).parents[1]
PROGRAM: Final = Path(sys.executable).parent / "rackledger"
BOUND_S: Final = 60.0
"""How long anything may take before a test fails for it; never what is measured."""


def environment_of(folder: Path, given: dict[str, str]) -> dict[str, str]:
    """The variables of a program over the database in `folder`; none of the caller's own."""
    chosen = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),  # the program of these very sources, wherever it is installed
        "RACKLEDGER_DATABASE": database_url(folder),
        "TMPDIR": str(folder),  # what a program leaves that is killed goes with the test
    }
    return chosen | given


def run_program(
    folder: Path, *arguments: str, bound_s: float = BOUND_S, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the program in `folder` to its end."""
    return subprocess.run(
        [PROGRAM, *arguments],
        env=environment_of(folder, environment),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=bound_s,
        check=False,
    )


def connect(base: str) -> HTTPConnection:
    """A bare connection to a process, the cheapest client there is. Close it."""
    found = urlsplit(base)
    assert found.hostname is not None
    if found.scheme == "http":
        return HTTPConnection(found.hostname, found.port, timeout=BOUND_S)
    unchecked = ssl._create_unverified_context()
    return HTTPSConnection(found.hostname, found.port, timeout=BOUND_S, context=unchecked)


def issue(folder: Path, role: Role, *organizations: str, name: str | None = None) -> str:
    """A token of a new principal, issued beside the service that runs over `folder`."""
    token = new_token()
    store = Store(database_url(folder))
    try:
        store.writer.run(
            lambda unit: issue_token(unit, token, name or new_token(), role, organizations)
        )
    finally:
        store.close()
    return token
