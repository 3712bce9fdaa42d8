"""Several serving processes on one socket, and the process that looks after them.

Each is started anew, not forked from one that has threads and connections. It is given its settings
on its standard input, which ends when who looks after it does, and tells on its standard output
that it serves.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from typing import Final

import structlog
from prometheus_client.multiprocess import mark_process_dead

from api.app import Service
from api.catalogue.catalogue import CatalogueError
from api.http.metrics import SHARED
from api.logs import log_to
from api.server import HEEDED, Server
from api.settings import ConfigurationError, Settings
from commands.store.files import DatabaseUnusable

PAUSE_S: Final = 1.0
"""How long after its end a process is started again, such as one whose database is away."""
_SERVING: Final = b"serving"

logger = structlog.get_logger()


class Worker:
    """One of them."""

    def __init__(
        self, settings: Settings, listening: int, environment: Mapping[str, str], *, again: bool
    ) -> None:
        """Start it; `again` in place of one that ended."""
        # Not what happens to lie in the working directory (-P), but what is installed.
        program = [sys.executable, "-P", "-m", "api.workers", str(listening)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            program, stdin=pipe, stdout=pipe, pass_fds=(listening,), env=environment
        )
        self.pid = self._process.pid
        self._again = again
        given = json.dumps(dataclasses.asdict(settings)).encode()
        assert self._process.stdin is not None, "asked for"
        with contextlib.suppress(BrokenPipeError):  # it ended at once; that is seen soon
            self._process.stdin.write(given + b"\n")
            self._process.stdin.flush()

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Have it drain and end."""
        self._process.terminate()

    def wait(self) -> bool:
        """Wait for its end; whether it is worth starting another.

        One that gave up before it served has a reason that the next one would have too, unless it
        came in place of one that had served: then its database may be away.
        """
        told, _ = self._process.communicate()
        killed = self._process.returncode < 0
        return self._again or killed or told == _SERVING

    def tell(self) -> None:
        """Say in the log that it ended by itself."""
        logger.error("worker.ended", pid=self.pid, status=self._process.returncode)


class Workers:
    """Processes that serve, of which one that ends is started again."""

    def __init__(self, settings: Settings, listening: socket.socket) -> None:
        self._settings = settings
        self._listening = listening.fileno()
        self._environment = dict(os.environ)

    def heed_signals(self) -> None:
        """Keep signals for `run` to take from now on, and for those that are started to heed."""
        signal.signal(signal.SIGCHLD, lambda *_: None)  # one that is ignored is kept for nobody
        signal.pthread_sigmask(signal.SIG_BLOCK, (*HEEDED, signal.SIGCHLD))

    def run(self) -> bool:
        """Serve until told to stop; whether it came to serve at all. Blocks."""
        with tempfile.TemporaryDirectory(prefix="rackledger-") as figures:
            self._environment[SHARED] = figures
            return self._run(figures)

    def _run(self, figures: str) -> bool:
        running = [self._start(again=False) for _ in range(self._settings.workers)]
        serving = True
        while serving and signal.sigwait((*HEEDED, signal.SIGCHLD)) == signal.SIGCHLD:
            ended = [worker for worker in running if worker.ended]
            running = [worker for worker in running if worker not in ended]
            for worker in ended:
                worker.tell()
                mark_process_dead(worker.pid, figures)  # type: ignore[no-untyped-call]
                serving = worker.wait() and serving
            if ended and serving:
                time.sleep(PAUSE_S)
                running += [self._start(again=True) for _ in ended]
        for worker in running:
            worker.stop()
        for worker in running:
            worker.wait()
        return serving

    def _start(self, *, again: bool) -> Worker:
        return Worker(self._settings, self._listening, self._environment, again=again)


def main() -> None:
    """Serve as one of them, on the socket whose descriptor is the only argument."""
    log_to(sys.stderr)
    settings = Settings(**json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with_starter, name="starter", daemon=True).start()
    try:
        server = Server(Service(settings), _tell_serving)
    except (ConfigurationError, CatalogueError, DatabaseUnusable) as error:
        logger.error("worker.failed", reason=str(error))  # noqa: TRY400  # it is told
        sys.exit(1)
    server.heed_signals()
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        sys.exit(0 if server.serve_on(listening) else 1)


def _tell_serving() -> None:
    os.write(1, _SERVING)
    os.dup2(2, 1)  # whatever else is printed has readers there


def _end_with_starter() -> None:
    os.read(0, 1)  # not through a buffer, whose lock would be held at the end of the process
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
