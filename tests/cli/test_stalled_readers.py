"""A reader that takes nothing in is cut off: its place is another's, and a stop does not wait."""

from __future__ import annotations

import json
import socket
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.process import Process, process
from tests.program import BOUND_S, connect
from tests.support import ADMIN_TOKEN, HOME

pytestmark = pytest.mark.once


def fill(folder: Path) -> None:
    """Servers enough that neither their list nor their events fit into what the system holds."""
    server = {"name": "s", "organization": HOME, "image": "i"}
    tags = [f"{number:0250}" for number in range(100)]
    with process(folder) as served, served.client() as client:
        for _ in range(550):
            answer = client.post("/servers", json=server | {"tags": tags})
            assert answer.status_code == 201


def stalled(served: Process, path: str, accept: str) -> socket.socket:
    """A connection that asks and never reads."""
    url = urlsplit(served.base)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((url.hostname, url.port))
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {ADMIN_TOKEN}\r\n"
        f"Accept: {accept}\r\nLast-Event-ID: 0\r\n\r\n".encode()
    )
    return connection


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/servers", "*/*"), ("/events", "text/event-stream")],
    ids=["list", "events"],
)
def test_its_place_is_free_once_it_is_cut(tmp_path: Path, path: str, accept: str) -> None:
    fill(tmp_path)
    settings = {"RACKLEDGER_STREAM_DEADLINE_S": "0.5", "RACKLEDGER_CONNECTIONS_MAX": "1"}
    with process(tmp_path, **settings) as served:
        # The check of readiness gives its place up first.
        while status(served) != 200:
            time.sleep(0.05)
        with closing(stalled(served, path, accept)):
            deadline = time.monotonic() + BOUND_S
            while status(served) != 200:
                assert time.monotonic() < deadline, "the stalled reader keeps its place"
                time.sleep(0.05)
        events = [json.loads(line)["event"] for line in served.stderr]
    assert events == ["list.cut" if path == "/servers" else "stream.cut"]


def status(served: Process) -> int:
    connection = connect(served.base)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
