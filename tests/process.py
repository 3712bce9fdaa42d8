"""The true program as a process of its own: started, spoken to, stopped and killed."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx2

from tests.program import BOUND_S, PROGRAM, connect, environment_of
from tests.support import ADMIN_TOKEN


class Process:
    """A serving process. `base` is its URL once it is ready, `stdout` and `stderr` its lines."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.folder = folder
        self.database = folder / "rackledger.db"
        self.base = ""
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        self._spoken = threading.Condition()
        self._silent = 0  # how many of the two streams have ended
        defaults = {
            "RACKLEDGER_PORT": "0",
            "RACKLEDGER_TOKEN": ADMIN_TOKEN,
            "RACKLEDGER_REQUEST_LOG": "0",
        }
        chosen = environment_of(folder, defaults | environment)
        self.url = chosen["RACKLEDGER_DATABASE"]
        """The URL of its database."""
        self._process = subprocess.Popen(
            [*self.program(), "serve", *arguments],
            env=chosen,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read, args=taken)
            for taken in (
                (self._process.stdout, self.stdout),
                (self._process.stderr, self.stderr),
            )
        ]
        for reader in self._readers:
            reader.start()

    def program(self) -> list[str]:
        """What is run, before its arguments."""
        return [str(PROGRAM)]

    def _read(self, stream: IO[str], lines: list[str]) -> None:
        for line in stream:
            with self._spoken:
                lines.append(line.rstrip("\n"))
                self._spoken.notify_all()
        stream.close()
        with self._spoken:
            self._silent += 1
            self._spoken.notify_all()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> list[str]:
        """The lines printed so far, on either stream."""
        with self._spoken:
            return [*self.stdout, *self.stderr]

    @property
    def token(self) -> str:
        """The token that it made up and printed."""
        found = [line.strip() for line in self.stdout if re.fullmatch(r"  [0-9a-f-]{36}", line)]
        assert len(found) == 1, self.output
        return found[0]

    def await_ready(self) -> Process:
        """Wait until it answers that it is ready."""
        with self._spoken:
            self._spoken.wait_for(lambda: self._announced() or self._silent == 2, BOUND_S)
            self.base = self._announced()
        deadline = time.monotonic() + BOUND_S
        while self.base and self._running() and time.monotonic() < deadline:
            if self._ready():
                return self
            time.sleep(0.01)
        self.close()
        raise AssertionError(f"it did not become ready: {self.output}")

    def _announced(self) -> str:
        starting = (line for line in self.stdout if line.startswith("Rackledger serves "))
        return next((line.rpartition(" ")[2] for line in starting), "")

    def _ready(self) -> bool:
        connection = connect(self.base)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _running(self) -> bool:
        return self._process.poll() is None

    def client(self, token: str = ADMIN_TOKEN) -> httpx2.Client:
        """A client that keeps its connection; close it."""
        return httpx2.Client(
            base_url=self.base, headers={"X-Auth-Token": token}, timeout=BOUND_S, trust_env=False
        )

    def send(self, sig: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(sig)

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        self.send(sig)
        return self.wait()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self.wait()

    def wait(self) -> int:
        """Wait for its end; its exit status."""
        status = self._process.wait(BOUND_S)
        for reader in self._readers:
            reader.join(BOUND_S)
        return status

    def close(self) -> None:
        """End it if it runs still."""
        if self._running():
            self._process.kill()
        self.wait()


@contextmanager
def process(folder: Path, *arguments: str, **environment: str) -> Iterator[Process]:
    """A ready process over the database in `folder`; starting again over it is a restart."""
    started = Process(folder, *arguments, **environment)
    try:
        yield started.await_ready()
    finally:
        started.close()
