"""Several serving processes on one socket: looked after, stopped together, left by none."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.process import Process, process
from tests.program import BOUND_S, ROOT
from tests.support import SEED_A

pytestmark = pytest.mark.postgresql

WORKERS = 3
# What a process that serves runs into as it starts; the one that looks after it does not.
BREAKING = """
import sys
if "api.workers" in sys.orig_argv:
    import api.app
    def broken(*_):
        raise SystemExit("nobody is there")
    api.app.Service.__init__ = broken
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    with process(tmp_path, "--workers", str(WORKERS)) as started:
        until(lambda: len(workers(started)) == WORKERS)
        yield started


def workers(service: Process) -> set[int]:
    """The processes that it started."""
    if Path("/proc/self/task").exists():  # there may be no `ps`
        found = Path("/proc").glob(f"{service.pid}/task/{service.pid}/children")
        return {int(pid) for children in found for pid in children.read_text().split()}
    told = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in told.splitlines()]
    return {int(row[0]) for row in rows if int(row[1]) == service.pid and row[2][0] != "Z"}


def until(done: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    end = time.monotonic() + BOUND_S
    while not done():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def create(service: Process) -> int:
    """The status of a create on a connection of its own."""
    with service.client() as client:
        return client.post("/servers", json=SEED_A).status_code


def test_they_serve_one_log(service: Process) -> None:
    assert {create(service) for _ in range(20)} == {201}
    with service.client() as client:
        assert len(client.get("/servers").json()["servers"]) == 20


def test_a_stop_drains_them_all(service: Process) -> None:
    stopping = threading.Event()
    made: list[str] = []

    def write() -> None:
        with service.client() as client:
            while not stopping.is_set():
                try:
                    answer = client.post("/servers", json=SEED_A)
                except httpx2.TransportError:
                    return
                if answer.status_code == 201:
                    made.append(answer.json()["server"]["id"])

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    until(lambda: len(made) > 20)
    started = workers(service)
    status = service.stop()
    stopping.set()
    for writer in writers:
        writer.join()
    assert status == 0
    assert all(map(is_gone, started))
    assert not any("ended" in line for line in service.stderr), service.stderr
    with process(service.folder) as after, after.client() as client:
        kept = {server["id"] for server in client.get("/servers").json()["servers"]}
    assert set(made) <= kept


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_ends_is_started_again_while_the_others_serve(
    service: Process, sig: signal.Signals
) -> None:
    before = workers(service)
    one = min(before)
    os.kill(one, sig)
    until(lambda: is_gone(one))
    assert {create(service) for _ in range(10)} == {201}
    until(lambda: len(workers(service)) == WORKERS)
    assert len(workers(service) - before) == 1
    assert service.stop() == 0
    told = [line for line in service.stderr if "worker.ended" in line]
    assert len(told) == 1
    assert f'"pid": {one}' in told[0]


def test_none_outlives_the_one_that_looks_after_them(service: Process) -> None:
    started = workers(service)
    service.kill()
    until(lambda: all(map(is_gone, started)))


def test_where_none_can_serve_all_end(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BREAKING)
    paths = f"{tmp_path}{os.pathsep}{ROOT}"
    started = Process(tmp_path, "--workers", "2", PYTHONPATH=paths)
    try:
        assert started.wait() == 1
        assert any("nobody is there" in line for line in started.stderr)
        assert workers(started) == set()
    finally:
        started.close()


def test_the_first_token_is_shown_once(tmp_path: Path) -> None:
    with process(tmp_path, "--workers", "2", RACKLEDGER_TOKEN="") as service:
        with service.client(service.token) as client:
            assert client.get("/servers").status_code == 200
        assert service.stop() == 0
        shown = [line for line in service.output if service.token in line]
        assert len(shown) == 2  # by itself, and in the command to try


def figure(service: Process, name: str) -> float:
    """The sum of a figure, whichever of them is asked."""
    with service.client() as client:
        lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_whichever_is_asked_tells_the_figures_of_all(service: Process) -> None:
    for _ in range(30):
        create(service)
    made = 'rackledger_requests_total{method="POST",route="/servers",status="201"}'
    assert {figure(service, made) for _ in range(10)} == {30}
    until(lambda: {figure(service, "rackledger_log_position ") for _ in range(10)} == {32})
    os.kill(min(workers(service)), signal.SIGKILL)
    until(lambda: len(workers(service)) == WORKERS)
    create(service)
    assert {figure(service, made) for _ in range(10)} == {31}
