"""Stopping: what was received is answered and kept, then the process ends with status 0."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sqlite3
import time
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from api.server import Server
from tests.databases import shown_url
from tests.process import Process, process
from tests.program import BOUND_S, connect
from tests.support import ADMIN_TOKEN, SEED_A, running

SIGNALS = [signal.SIGTERM, signal.SIGINT]
BODY = json.dumps(SEED_A).encode()


def begin(service: Process) -> socket.socket:
    """A create whose head was read and whose body is asked for."""
    url = urlsplit(service.base)
    connection = socket.create_connection((str(url.hostname), url.port), timeout=BOUND_S)
    head = (
        "POST /servers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"X-Auth-Token: {ADMIN_TOKEN}\r\nContent-Length: {len(BODY)}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    connection.sendall(head.encode())
    assert connection.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    return connection


def answer(connection: socket.socket) -> HTTPResponse:
    found = HTTPResponse(connection)
    found.begin()
    return found


def await_closed(service: Process) -> None:
    """Wait until nobody listens there any more."""
    deadline = time.monotonic() + BOUND_S
    while time.monotonic() < deadline:
        connection = connect(service.base)
        try:
            connection.connect()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            pass  # the listener was closed over a connection that waited to be accepted
        finally:
            connection.close()
        time.sleep(0.01)
    raise AssertionError("it still listens")


def servers(folder: Path) -> list[dict[str, Any]]:
    with process(folder) as service, service.client() as client:
        found: list[dict[str, Any]] = client.get("/servers").json()["servers"]
        return found


@pytest.mark.parametrize("sig", SIGNALS, ids=lambda sig: sig.name)
def test_an_idle_service_ends_with_status_0_and_says_nothing(
    tmp_path: Path, sig: signal.Signals
) -> None:
    with process(tmp_path) as service, service.client() as client:
        assert client.get("/servers").status_code == 200  # a connection that is kept open
        assert service.stop(sig) == 0
        assert service.output == [f"Rackledger serves {shown_url(tmp_path)} on {service.base}"]


@pytest.mark.parametrize("sig", SIGNALS, ids=lambda sig: sig.name)
def test_a_request_that_was_begun_is_finished_and_kept(tmp_path: Path, sig: signal.Signals) -> None:
    with process(tmp_path) as service:
        connections = [begin(service) for _ in range(3)]
        service.send(sig)
        await_closed(service)
        made = []
        for connection in connections:
            connection.sendall(BODY)
            found = answer(connection)
            assert (found.status, found.getheader("connection")) == (201, "close")
            made.append(json.loads(found.read())["server"])
            connection.close()
        assert service.wait() == 0
    assert servers(tmp_path) == made


def test_a_request_that_is_never_finished_is_told_so_and_leaves_nothing(tmp_path: Path) -> None:
    with process(tmp_path, RACKLEDGER_DRAIN_S="1") as service:
        connection = begin(service)
        service.send(signal.SIGTERM)
        found = answer(connection)
        problem = json.loads(found.read())
        assert (found.status, problem["code"]) == (503, "store.unavailable")
        assert found.getheader("retry-after") is not None
        connection.close()
        assert service.wait() == 0
        assert [json.loads(line)["event"] for line in service.stderr] == [
            "Cancel 1 running task(s), timeout graceful shutdown exceeded"
        ]
    assert servers(tmp_path) == []


@pytest.mark.parametrize("first", SIGNALS, ids=lambda sig: sig.name)
@pytest.mark.parametrize("second", SIGNALS, ids=lambda sig: sig.name)
def test_a_second_signal_does_not_cut_the_first_ones_drain_short(
    tmp_path: Path, first: signal.Signals, second: signal.Signals
) -> None:
    with process(tmp_path) as service:
        connection = begin(service)
        service.send(first)
        await_closed(service)
        service.send(second)
        connection.sendall(BODY)
        found = answer(connection)
        assert found.status == 201
        made = json.loads(found.read())["server"]
        connection.close()
        assert (service.wait(), service.stderr) == (0, [])
    assert servers(tmp_path) == [made]


def test_what_was_answered_before_is_kept(tmp_path: Path) -> None:
    with process(tmp_path) as service, service.client() as client:
        made = [client.post("/servers", json=SEED_A).json()["server"] for _ in range(20)]
        assert service.stop() == 0
    assert servers(tmp_path) == made


def test_short_times_are_kept_as_they_are_set(tmp_path: Path) -> None:
    with running(tmp_path, drain_s=0.5, keep_alive_s=1.5) as api:
        config = Server(api.service).config
    assert (config.timeout_graceful_shutdown, config.timeout_keep_alive) == (0.5, 1.5)


@pytest.mark.sqlite
@pytest.mark.parametrize("sig", SIGNALS)
def test_after_a_stop_the_file_alone_holds_everything(tmp_path: Path, sig: signal.Signals) -> None:
    with process(tmp_path) as service:
        with service.client() as client:
            for _ in range(3):
                assert client.post("/servers", json=SEED_A).status_code == 201
            assert len(client.get("/servers?limit=5").json()["servers"]) == 3
        assert service.stop(sig) == 0
    alone = tmp_path / "alone.db"
    shutil.copyfile(service.database, alone)
    with closing(sqlite3.connect(alone)) as copied:
        assert copied.execute("SELECT count(*) FROM events").fetchone() == (5,)
    assert not service.database.with_name(f"{service.database.name}-wal").exists()
