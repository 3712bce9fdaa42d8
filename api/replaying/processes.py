"""Workers as processes: each asked for a history at a time, none waited for without end."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Final

import msgspec

from api.replaying import start
from api.replaying.codebases import NotReplayable
from api.replaying.jobs import PROTOCOL, Hello

START_TIMEOUT_S: Final = 60.0
RECORD_TIMEOUT_S: Final = 30.0
"""How long a worker may take over one record, and over taking a history in."""
_CHUNK_BYTES: Final = 2**16


class WorkerLost(Exception):
    """A worker died, or took too long; the text says which and why in one line."""


class Worker:
    """A process that tells what a code base makes of histories. Close it."""

    def __init__(self, name: str, root: Path, timeout_s: float = RECORD_TIMEOUT_S) -> None:
        """Start it over the packages in `root`; it is to be greeted first."""
        self._name = name
        self._root = root
        self._record_timeout_s = timeout_s
        self._timeout_s = START_TIMEOUT_S
        self._rest = b""
        self._lines: list[bytes] = []
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed with it
        # -P, -s: nothing but the folders given; -S: no finder of an editable installation; -B: a
        # tree that is looked at is left as it is.
        arguments = [sys.executable, "-P", "-s", "-S", "-B", start.__file__, str(root)]
        self._process = subprocess.Popen(  # noqa: S603  # the code to run is what was asked for
            [*arguments, *(path for path in sys.path if path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(),
            bufsize=0,
        )
        assert self._process.stdin is not None, "a pipe was asked for"
        assert self._process.stdout is not None, "a pipe was asked for"
        self._input = self._process.stdin.fileno()
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._input, False)

    def greet(self) -> None:
        """Wait until it is there, and make sure that it speaks as we do. Raises `NotReplayable`."""
        what = f"the {self._name} code at {self._root}"
        try:
            hello = msgspec.json.decode(self.line(), type=Hello)
        except WorkerLost as error:
            raise NotReplayable(f"{what} does not start: {error}") from error
        except msgspec.MsgspecError as error:
            raise NotReplayable(f"{what} speaks otherwise: {error}") from error
        if hello.protocol != PROTOCOL:
            raise NotReplayable(f"{what} is of another release's replays")
        self._timeout_s = self._record_timeout_s

    def ask(self, job: bytes) -> None:
        """Hand over a history, encoded; its lines are then to be read. Raises `WorkerLost`."""
        left = memoryview(job + b"\n")
        until = time.monotonic() + self._timeout_s
        while left:
            _, writable, _ = select.select([], [self._input], [], max(0, until - time.monotonic()))
            if not writable:
                raise WorkerLost(f"took no history in for {self._timeout_s:g} s")
            try:
                left = left[os.write(self._input, left[:_CHUNK_BYTES]) :]
            except BrokenPipeError:
                raise WorkerLost(self._last_words()) from None

    def line(self) -> bytes:
        """The next line. Raises `WorkerLost`."""
        while not self._lines:
            readable, _, _ = select.select([self._output], [], [], self._timeout_s)
            if not readable:
                raise WorkerLost(f"said nothing for {self._timeout_s:g} s")
            chunk = os.read(self._output, _CHUNK_BYTES)
            if not chunk:
                raise WorkerLost(self._last_words())
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            self._lines = lines[::-1]
        return self._lines.pop()

    def _last_words(self) -> str:
        try:
            status = self._process.wait(self._timeout_s)
        except subprocess.TimeoutExpired:
            return "closed its output"
        self._errors.seek(0)
        said = self._errors.read()[-_CHUNK_BYTES:].decode(errors="replace").split("\n")
        words = [line.strip() for line in said if line.strip()]
        return words[-1] if words else f"ended with status {status}"

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for file in (self._process.stdin, self._process.stdout, self._errors):
            if file is not None:
                file.close()


def _environment() -> dict[str, str]:
    """The variables, without those that change where Python looks for code, or how it runs.

    On both sides sets go in the same order: what goes through one must not pass for a difference.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"PYTHONHASHSEED": "0"}
