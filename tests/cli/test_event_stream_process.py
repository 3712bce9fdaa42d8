"""Events followed from outside: nothing is lost or told twice, whatever breaks the connection."""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from tests.api.streams import Message, Reader
from tests.process import Process, process
from tests.program import BOUND_S, connect
from tests.support import ADMIN_TOKEN, SEED_A

WRITERS = 4
CHANGES_EACH = 50
BEFORE_THE_STOP = 15
LINES_MAX = 20  # an event has three
QUERIES = ("", "type=server.powered_on", "actor=nobody")
DRAIN_S = 45


class Address:
    """Where the service is. Who finds nobody there waits for its next start."""

    def __init__(self) -> None:
        self._base, self._starts = "", 0
        self._moved = threading.Condition()

    def move(self, base: str) -> None:
        with self._moved:
            self._base, self._starts = base, self._starts + 1
            self._moved.notify_all()

    def call(self, ask: Callable[[HTTPConnection], None]) -> None:
        with self._moved:
            connection, starts = connect(self._base), self._starts
        try:
            ask(connection)
        except ConnectionRefusedError:
            with self._moved:
                assert self._moved.wait_for(lambda: self._starts > starts, BOUND_S)
        except (ConnectionResetError, BrokenPipeError, HTTPException):
            pass  # it stopped before it took the request in
        finally:
            connection.close()


def listen(connection: HTTPConnection, query: str = "", last: int = 0) -> HTTPResponse:
    headers = {"Accept": "text/event-stream", "X-Auth-Token": ADMIN_TOKEN}
    resume = {"Last-Event-ID": str(last)}
    connection.request("GET", f"/events?{query}", headers=headers | resume)
    return connection.getresponse()


class Follower(threading.Thread):
    """Follows a query from the first event on. Breaks off at random; goes on from the last id."""

    def __init__(self, address: Address, query: str) -> None:
        super().__init__(daemon=True)
        self.query, self.connected, self.leaving = query, 0, False
        self.seen: list[Message] = []
        self._address, self._random, self._last = address, random.Random(query), 0
        self._moved = threading.Condition()
        self.start()

    def run(self) -> None:
        while not self.leaving:
            self._address.call(self._follow)

    def _follow(self, connection: HTTPConnection) -> None:
        answer, reader = listen(connection, self.query, self._last), Reader()
        assert answer.status in {200, 503}  # the latter while it stops
        self.connected += answer.status == 200
        # By lines: it breaks off within events too, of which it has then not seen the id.
        for _ in range(self._random.randint(1, LINES_MAX) if answer.status == 200 else 0):
            line = answer.readline()
            if not line:
                return
            message = reader.take(line.rstrip(b"\n"))
            if message:
                with self._moved:
                    assert message.id > self._last
                    self._last = message.id
                    self.seen += [message] if message.event == "message" else []
                    self._moved.notify_all()

    def await_reached(self, position: int) -> None:
        """Wait until it knows of all up to a position, by events or by a bookmark."""
        with self._moved:
            assert self._moved.wait_for(lambda: self._last >= position, BOUND_S), self._last


class Writer(threading.Thread):
    """Makes a server and changes it a number of times; the most of them after it was told to."""

    def __init__(self, address: Address, go_on: threading.Event, server: str) -> None:
        super().__init__(daemon=True)
        self._address, self._go_on, self._server = address, go_on, server
        self.start()

    def run(self) -> None:
        self._address.call(partial(self._post, "/servers", SEED_A | {"name": self._server}))
        for number in range(CHANGES_EACH):
            if number == BEFORE_THE_STOP:
                assert self._go_on.wait(BOUND_S)
            action = {"action": ("poweron", "reboot", "poweroff", "backup")[number % 4]}
            path = f"/servers/{self._server}/action"
            self._address.call(partial(self._post, path, action))

    def _post(self, path: str, body: dict[str, Any], connection: HTTPConnection) -> None:
        headers = {"X-Auth-Token": ADMIN_TOKEN, "Content-Type": "application/json"}
        # Some are refused or without effect, where one before was lost to the stop: events too.
        connection.request("POST", path, json.dumps(body), headers)
        assert connection.getresponse().status in {201, 202, 409, 503}


def paged(service: Process, query: str) -> list[Message]:
    """All events of a query, read page by page to the end."""
    found: list[Message] = []
    target = f"/events?{query}&limit=50".replace("?&", "?")
    with service.client() as client:
        while target:
            page = client.get(target)
            found += [Message("message", e["data"]["position"], e) for e in page.json()["events"]]
            target = page.links["next"]["url"] if "next" in page.links else ""
    return found


def test_followers_see_every_event_once_in_order_across_cuts_and_a_restart(tmp_path: Path) -> None:
    address, go_on = Address(), threading.Event()
    with process(tmp_path) as service:
        address.move(service.base)
        followers = [Follower(address, query) for query in QUERIES]
        writers = [Writer(address, go_on, f"s{number}") for number in range(WRITERS)]
        followers[0].await_reached(WRITERS * BEFORE_THE_STOP)
        go_on.set()
        assert (service.stop(), service.stderr) == (0, [])
    with process(tmp_path) as service:
        address.move(service.base)
        for writer in writers:
            writer.join(BOUND_S)
            assert not writer.is_alive()
        expected = [paged(service, query) for query in QUERIES]
        for follower in followers:
            follower.await_reached(len(expected[0]))
            follower.leaving = True
        assert (service.stop(), service.stderr) == (0, [])
    for follower, events in zip(followers, expected, strict=True):
        follower.join(BOUND_S)
        assert not follower.is_alive()
        assert follower.seen == events
        assert follower.connected > len(events) // LINES_MAX
    assert [event.id for event in expected[0]] == list(range(1, len(expected[0]) + 1))
    assert len(expected[0]) > WRITERS * (CHANGES_EACH - BEFORE_THE_STOP)
    assert expected[1]


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT], ids=lambda sig: sig.name)
def test_a_stop_ends_open_streams_long_before_its_deadline(
    tmp_path: Path, sig: signal.Signals
) -> None:
    with process(tmp_path, RACKLEDGER_DRAIN_S=str(DRAIN_S)) as service, ExitStack() as stack:
        connections = [stack.enter_context(closing(connect(service.base))) for _ in QUERIES]
        streams = [listen(*asked) for asked in zip(connections, QUERIES, strict=True)]
        assert [stream.readline() for stream in streams] == [b": listening\n"] * len(QUERIES)
        began = time.monotonic()
        assert (service.stop(sig), service.stderr) == (0, [])
        assert time.monotonic() - began < DRAIN_S / 3
        for stream in streams:
            assert stream.read().endswith(b"\n")  # to its end: one that is cut off raises


def test_a_stream_outlives_the_deadlines_of_requests(tmp_path: Path) -> None:
    deadlines = dict.fromkeys(("RACKLEDGER_READ_DEADLINE_S", "RACKLEDGER_KEEP_ALIVE_S"), "0.3")
    with ExitStack() as stack:
        service = stack.enter_context(process(tmp_path, **deadlines))
        client = stack.enter_context(service.client())
        connection = stack.enter_context(closing(connect(service.base)))
        stream, reader = listen(connection, "type=server.created"), Reader()
        for _ in range(3):  # others, which send nothing, are cut off meanwhile
            with closing(connect(service.base)) as silent:
                silent.connect()
                assert silent.sock.recv(1_000) == b""
        server = client.post("/servers", json=SEED_A).json()["server"]
        lines = (reader.take(stream.readline().rstrip(b"\n")) for _ in range(BEFORE_THE_STOP))
        message = next(found for found in lines if found and found.event == "message")
        assert message.data["subject"] == server["id"]
