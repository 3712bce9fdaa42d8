"""The true program as a process of its own: started, spoken to, stopped and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import httpx2

from tests.support import ADMIN_TOKEN

PROGRAM: Final = Path(sys.executable).parent / "rackledger"
BOUND_S: Final = 60.0
"""How long anything may take before a test fails for it; never what is measured."""


class Process:
    """A serving process. `base` is its URL once it is ready."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.database = folder / "rackledger.db"
        chosen = {
            "PATH": os.environ["PATH"],
            "RACKLEDGER_DATABASE": f"sqlite:///{self.database}",
            "RACKLEDGER_PORT": "0",
            "RACKLEDGER_TOKEN": ADMIN_TOKEN,
            "RACKLEDGER_REQUEST_LOG": "0",
        }
        self._lines: list[str] = []
        self._spoken = threading.Condition()
        self._process = subprocess.Popen(
            [PROGRAM, "serve", *arguments],
            env=chosen | environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read, args=(stream,))
            for stream in (self._process.stdout, self._process.stderr)
        ]
        for reader in self._readers:
            reader.start()
        self.base = ""

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            with self._spoken:
                self._lines.append(line.rstrip("\n"))
                self._spoken.notify_all()
        stream.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> list[str]:
        """The lines printed so far, standard error among them."""
        with self._spoken:
            return list(self._lines)

    def await_ready(self) -> Process:
        """Wait until it answers that it is ready."""
        self.base = self._await_base()
        deadline = time.monotonic() + BOUND_S
        while time.monotonic() < deadline:
            try:
                if httpx2.get(f"{self.base}/readyz").status_code == 200:
                    return self
            except httpx2.TransportError:
                time.sleep(0.01)
        raise AssertionError(f"not ready: {self.output}")

    def _await_base(self) -> str:
        def base() -> str | None:
            starting = (line for line in self._lines if line.startswith("Rackledger serves "))
            return next((line.rpartition(" ")[2] for line in starting), None)

        with self._spoken:
            found = self._spoken.wait_for(lambda: base() or not self._running(), BOUND_S)
            assert found, f"it says nothing: {self._lines}"
            spoken = base()
        assert spoken is not None, f"it ended: {self.output}"
        return spoken

    def _running(self) -> bool:
        return self._process.poll() is None

    def client(self, token: str = ADMIN_TOKEN) -> httpx2.Client:
        """A client that keeps its connection; close it."""
        return httpx2.Client(
            base_url=self.base, headers={"X-Auth-Token": token}, timeout=BOUND_S, trust_env=False
        )

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        self._process.send_signal(sig)
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
            self.kill()
        else:
            self.wait()


@contextmanager
def process(folder: Path, *arguments: str, **environment: str) -> Iterator[Process]:
    """A ready process over the database in `folder`; starting again over it is a restart."""
    started = Process(folder, *arguments, **environment)
    try:
        yield started.await_ready()
    finally:
        started.close()
