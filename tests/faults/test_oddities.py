"""A clock that jumps under load, and events that no code can read: order and the others go on.

`RACKLEDGER_TEST_JUMPS` says how often the clock jumps, `RACKLEDGER_TEST_POISONED` how many events
are spoilt.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.commands.stores import Clock, Ids
from tests.commands.test_clock import timed
from tests.databases import edited
from tests.faults.attempts import Answer, create
from tests.faults.checks import assert_same
from tests.faults.conftest import Tell
from tests.faults.crowd import Crowd
from tests.faults.logs import LogCheck
from tests.process import process
from tests.program import BOUND_S, connect
from tests.support import Api

pytestmark = pytest.mark.faults

JUMPS: Final = int(os.environ.get("RACKLEDGER_TEST_JUMPS", "2000"))
POISONED: Final = int(os.environ.get("RACKLEDGER_TEST_POISONED", "100"))
DAY_S: Final = 86_400.0
SPANS: Final = (-DAY_S, 10 * 365 * DAY_S, -10 * 365 * DAY_S, 0.0, 0.001)


class Within:
    """A connection to a service in this process, as far as an attempt needs one."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def request(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> None:
        self._answer = self._api.client.request(method, path, content=body, headers=dict(headers))
        self.status = self._answer.status_code

    def getresponse(self) -> Within:
        return self

    def read(self) -> bytes:
        content: bytes = self._answer.content
        return content

    def getheader(self, name: str) -> str | None:
        found: str | None = self._answer.headers.get(name)
        return found


def test_a_clock_that_jumps_changes_no_order(tmp_path: Path, tell: Tell) -> None:
    crowd, log, chance, clock = Crowd(4), LogCheck(), random.Random(4), Clock()
    with timed(tmp_path, clock, Ids()) as api:
        connection: Any = Within(api)
        for _ in range(JUMPS):
            clock.advance(chance.choice(SPANS))
            client = chance.choice(crowd.clients)
            attempt = client.choose()
            crowd.sent.add(attempt.key)
            answer: Answer = attempt.send(connection)
            assert answer.status < 500
            client.take(attempt, answer)
        assert_same(api.get("/servers").json()["servers"], crowd.expected.values())
        audited = api.get(f"/audit?from=1970-01-01T00:00:00Z&limit={1_000}")
        assert audited.status_code == 200
    log.follow(f"sqlite:///{tmp_path / 'rackledger.db'}")
    for client in crowd.clients:
        assert log.lost(client.acknowledged) == []
    tell(
        f"the clock jumped {JUMPS:,} times, by a day back, ten years forth and back: "
        f"{crowd.acknowledged:,} writes, 0 answered with 5xx; {log.position:,} records and all "
        "versions in the order of the answers"
    )


def test_events_that_no_code_can_read_cost_their_own_servers_alone(
    tmp_path: Path, tell: Tell
) -> None:
    with process(tmp_path) as service, closing(connect(service.base)) as connection:
        made = [create(f"s{n}", []).send(connection) for n in range(3 * POISONED)]
        servers = [answer.body["server"] for answer in made]
        assert service.stop() == 0
    poisoned = made[::3]
    with edited(tmp_path) as database:
        for answer in poisoned:
            server_id = answer.body["server"]["id"]
            spoil = "UPDATE events SET name = 'no.such', state = x'00' WHERE position = ?"
            assert database.execute(spoil, (answer.position,)).found == 1
            state = "UPDATE servers SET state = x'00' WHERE id = ?"
            assert database.execute(state, (server_id,)).found == 1
    with process(tmp_path, RACKLEDGER_CHECK_S="0.01") as service, service.client() as client:
        for answer in poisoned:
            refused(client, answer.body["server"]["id"])
        for server in servers:
            if not any(server == answer.body["server"] for answer in poisoned):
                assert client.put(f"/servers/{server['id']}", json={"tags": ["a"]}).is_success
                assert client.get(f"/servers/{server['id']}/blame").is_success
        assert len(client.get("/servers").json()["servers"]) == len(servers)
        unreadable = figure(client, "rackledger_unreadable_total")
        await_figure(client, "rackledger_unsound_records", POISONED)
        assert client.get("/readyz").json()["check"]["state"] == "unsound"
        assert service.stop() == 0
    assert unreadable >= POISONED
    tell(
        f"{POISONED} events of {3 * POISONED} servers that no code can read: each of their servers "
        f"answers 503 and names itself, {2 * POISONED} others are read, written and blamed on; "
        f"rackledger_unreadable_total {unreadable:.0f}, rackledger_unsound_records {POISONED}"
    )


def refused(client: httpx2.Client, server_id: str) -> None:
    """A write to a server whose state cannot be read, and its history, are told to be so."""
    for answer in (
        client.put(f"/servers/{server_id}", json={"tags": ["a"]}),
        client.get(f"/servers/{server_id}/blame"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "server.unreadable")
        assert server_id in answer.text


def figure(client: httpx2.Client, name: str) -> float:
    """A figure of /metrics."""
    lines = client.get("/metrics").text.splitlines()
    (found,) = [line for line in lines if line.startswith(f"{name} ")]
    return float(found.rpartition(" ")[2])


def await_figure(client: httpx2.Client, name: str, wanted: float) -> None:
    """Wait until a figure is that."""
    end = time.monotonic() + BOUND_S
    while figure(client, name) != wanted:
        assert time.monotonic() < end, (name, figure(client, name))
        time.sleep(0.05)
