"""Stopping under a little load: every write that was acknowledged is there at the next start."""

from __future__ import annotations

import itertools
import json
import signal
import threading
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from tests.process import Process, process
from tests.program import BOUND_S, connect
from tests.support import ADMIN_TOKEN, SEED_A

WRITERS = 4
BEFORE_THE_SIGNAL = 50


class Load:
    """Callers that create servers until nobody listens any more."""

    def __init__(self, service: Process) -> None:
        self.service = service
        self.made: dict[str, str] = {}  # names of servers by their ids, as acknowledged
        self.others: list[int] = []  # statuses that are no 201
        self.broken: list[str] = []  # requests that were sent on a connection and never answered
        self._moved = threading.Condition()
        self._threads = [
            threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)
        ]
        for thread in self._threads:
            thread.start()

    def await_made(self, count: int) -> None:
        with self._moved:
            assert self._moved.wait_for(lambda: len(self.made) >= count, BOUND_S)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(BOUND_S)
            assert not thread.is_alive()

    def _write(self, number: int) -> None:
        connection = connect(self.service.base)
        for sent in itertools.count():
            try:
                if connection.sock is None:
                    connection.connect()
            except ConnectionRefusedError:
                return  # nobody listens: the end
            try:
                self._create(connection, f"{number}-{sent}")
            except (OSError, HTTPException) as error:
                connection.close()
                with self._moved:
                    self.broken.append(repr(error))

    def _create(self, connection: HTTPConnection, name: str) -> None:
        body = json.dumps(SEED_A | {"name": name})
        headers = {"X-Auth-Token": ADMIN_TOKEN, "Content-Type": "application/json"}
        connection.request("POST", "/servers", body, headers)
        answer = connection.getresponse()
        text = answer.read()  # closes the connection where the service says that it will
        with self._moved:
            if answer.status == 201:
                self.made[json.loads(text)["server"]["id"]] = name
            else:
                self.others.append(answer.status)
            self._moved.notify_all()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT], ids=lambda sig: sig.name)
def test_every_acknowledged_write_is_there_after_a_stop(
    tmp_path: Path, sig: signal.Signals
) -> None:
    with process(tmp_path) as service:
        load = Load(service)
        load.await_made(BEFORE_THE_SIGNAL)
        status = service.stop(sig)
        load.join()
        assert (status, service.stderr) == (0, [])
        assert (load.others, load.broken) == ([], [])
    with process(tmp_path) as again, again.client() as client:
        found = client.get("/servers").json()["servers"]
        assert {server["id"]: server["name"] for server in found} == load.made
        assert len(found) >= BEFORE_THE_SIGNAL
