"""Clients in other environments, called from here as if they were in this one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.program import BOUND_S, ROOT

ENVIRONMENTS: Final = ROOT / ".venv" / "clients"
NODE: Final = ROOT / "tests" / "clients" / "node"


class Refused(Exception):
    """What a client raised: the name of its class, the status that it tells, and its words."""

    def __init__(self, kind: str, status: int | None, words: str) -> None:
        super().__init__(f"{kind} ({status}): {words}")
        self.kind = kind
        self.status = status
        self.words = words


class Program:
    """A process of another environment, where clients are; it does one call at a time."""

    def __init__(self, command: list[str | Path], folder: Path) -> None:
        self._process = subprocess.Popen(
            command,
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def connect(self, *given: Any, **named: Any) -> Client:
        """A further client, made with these arguments."""
        return Client(self, self.call(0, "connect", given, named))

    def call(self, client: int, path: str, given: Any, named: dict[str, Any]) -> Any:
        """What the call returns, as JSON; what it raises, as `Refused`."""
        told = {"client": client, "call": path, "given": given, "named": named}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        late = threading.Timer(BOUND_S, self._process.kill)
        late.start()
        try:
            self._process.stdin.write(json.dumps(told) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            late.cancel()
        assert line, f"{path}: no outcome, exit status {self._process.wait(BOUND_S)}"
        outcome = json.loads(line)
        if "raised" in outcome:
            raise Refused(**outcome["raised"])
        return outcome["value"]

    def close(self) -> int:
        """End it, as it ends when nothing more is told; its exit status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        return self._process.wait(BOUND_S)


class Client:
    """A client of a program: `client("servers.get", id)` calls `servers.get` of it."""

    def __init__(self, program: Program, number: int) -> None:
        self._program = program
        self._number = number

    def __call__(self, path: str, *given: Any, **named: Any) -> Any:
        return self._program.call(self._number, path, given, named)

    def refused(self, path: str, *given: Any, **named: Any) -> Refused:
        """What the call raises, which it must."""
        with pytest.raises(Refused) as raised:
            self(path, *given, **named)
        return raised.value


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The variables of a client: nobody's configuration, in particular, is found."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "NO_PROXY": "*",
    } | variables


def python_program(environment: str, name: str) -> list[str | Path]:
    """The command that runs one of the programs in Python."""
    python = ENVIRONMENTS / environment / "bin" / "python"
    assert python.exists(), f"{python} is missing: `make clients` sets it up"
    return [python, "-m", f"tests.clients.programs.{name}"]


def javascript_program() -> list[str | Path]:
    """The command that runs the program in JavaScript; its tests are skipped where nothing can."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        pytest.skip("there is no node, or no npm, to run and install JavaScript's clients with")
    assert (NODE / "node_modules").exists(), "node_modules is missing: `make clients` sets it up"
    return [node, NODE / "program.mjs"]


@contextmanager
def running(command: list[str | Path], folder: Path) -> Iterator[Program]:
    """A program, ended at the end."""
    program = Program(command, folder)
    try:
        yield program
    finally:
        status = program.close()
    assert status == 0
