"""The services that are measured, each a process of its own pinned to one core."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from bench.machine import cores, pin

TOKEN = "bench-bench-bench-bench-bench-bench-"  # of a store that is thrown away
OURS, CEILING, PLAIN, CRUD, EVENTS = "rackledger", "ceiling", "plain", "crud", "eventsourced"
SERVICES = {
    OURS: "this service",
    CEILING: "ceiling: Starlette doing nothing",
    PLAIN: "the same on asyncio and h11",
    CRUD: "FastAPI + SQLAlchemy ORM",
    EVENTS: "FastAPI + eventsourcing",
}
_MODULES = {name: name for name in SERVICES} | {PLAIN: CEILING}
_START_MAX_S = 60.0


@dataclass(frozen=True)
class Running:
    """A service that answers."""

    name: str
    pid: int
    port: int
    started_s: float
    """From the start of the process to its first answer."""

    header_lines: tuple[str, ...] = (f"X-Auth-Token: {TOKEN}", "Content-Type: application/json")

    @property
    def headers(self) -> bytes:
        """What each request carries."""
        return b"".join(line.encode() + b"\r\n" for line in self.header_lines)

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(name: str, folder: Path, database: URL | None = None) -> Iterator[Running]:
    """Start a service of `SERVICES`, on the service's core; stop it at the end.

    Over `folder`, or over a schema of its own in `database`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with (folder / "output.txt").open("ab") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            ["taskset", "-c", str(cores()[0]), *_command(name, port)],
            env=os.environ | _environment(name, _url(name, folder, database)),
            stdout=output,
            stderr=output,
        )
        try:
            _await_answer(process, port, folder / "output.txt")
            started_s = time.monotonic() - began
            pin(process.pid, cores()[0])
            yield Running(name, process.pid, port, started_s)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _command(name: str, port: int) -> list[str]:
    if name == OURS:
        return [str(Path(sys.executable).with_name("rackledger")), "serve", "--port", str(port)]
    # What uvicorn takes where its extras are not installed.
    loop, http = ("asyncio", "h11") if name == PLAIN else ("uvloop", "httptools")
    return [
        *(sys.executable, "-m", "uvicorn", f"bench.peers.{_MODULES[name]}:app"),
        *("--port", str(port), "--loop", loop, "--http", http),
        *("--no-access-log", "--log-level", "warning"),
    ]


def _url(name: str, folder: Path, database: URL | None) -> str:
    if database is None:
        return f"sqlite:///{folder / f'{name}.db'}"
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    engine.dispose()
    own = database.update_query_dict({"options": f"-csearch_path={name}"})
    return own.render_as_string(hide_password=False)


def _environment(name: str, url: str) -> dict[str, str]:
    if name == OURS:
        return {"RACKLEDGER_DATABASE": url, "RACKLEDGER_TOKEN": TOKEN}
    return {"BENCH_DATABASE": url}


def free_port() -> int:
    """A port of this machine that nobody listens on.

    Below those that systems give out by themselves: a connection that somebody opens in between
    would take one of them.
    """
    while True:
        port = random.randrange(10_240, 32_768)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _await_answer(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + _START_MAX_S
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/servers?limit=1", headers={"X-Auth-Token": TOKEN}
    )
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=_START_MAX_S):
                return
        except urllib.error.HTTPError as error:
            raise SystemExit(f"the service answered {error.code}") from error
        except OSError:
            time.sleep(0.02)
    said = output.read_text(errors="replace")[-1_000:]
    raise SystemExit(f"the service did not start: {process.args!r}: {said}")
