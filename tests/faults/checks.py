"""What must hold of a service after it was ended in the midst of its work."""

from __future__ import annotations

import random
from typing import Any, Final

import httpx2

from tests.faults.attempts import UNTOLD
from tests.faults.crowd import Crowd
from tests.faults.logs import LogCheck
from tests.process import Process

DETAILS: Final = 40
"""How many servers are looked at one by one each time."""


def check_log(log: LogCheck, crowd: Crowd, service: Process) -> None:
    """Everything acknowledged is in the log whole, and nothing that nobody asked for."""
    log.follow(service.url)
    for client in crowd.clients:
        assert log.lost(client.acknowledged) == []
    assert log.unasked(crowd.sent) == set()
    assert log.torn() == []


def check_untouched(crowd: Crowd, service: Process) -> None:
    """Every server is as it was acknowledged, but for those that a pending write concerns."""
    pending = crowd.pending()

    def settled(server: dict[str, Any]) -> bool:
        return not any(attempt.concerns(server) for attempt in pending)

    with service.client() as client:
        listed = client.get("/servers").json()["servers"]
    expected = [server for server in crowd.expected.values() if settled(server)]
    assert_same(filter(settled, listed), expected)


def check_servers(crowd: Crowd, service: Process, chance: random.Random | None) -> None:
    """The list is exactly what was acknowledged, and details agree with it: all, or some."""
    with service.client() as client:
        listed = client.get("/servers").json()["servers"]
        assert_same(listed, crowd.expected.values())
        some = chance.sample(listed, min(DETAILS, len(listed))) if chance else listed
        for server in some:
            check_detail(client, server)
        (total,) = {client.get("/servers?per_page=1").headers["x-total-count"]}
        assert int(total) == len(listed)


def check_detail(client: httpx2.Client, server: dict[str, Any]) -> None:
    """One server by itself is as the list shows it."""
    answer = client.get(f"/servers/{server['id']}")
    assert answer.json() == {"server": server}
    assert answer.headers["etag"] == f'"{server["id"]}:{server["version"]}"'


def assert_same(shown: Any, expected: Any) -> None:
    """The same servers, whatever their order; a time that nobody was told may be any."""
    known = {server["id"]: server for server in expected}
    found = {server["id"]: server for server in shown}
    assert found.keys() == known.keys()
    for server_id, server in known.items():
        untold = {key: found[server_id][key] for key, value in server.items() if value is UNTOLD}
        assert found[server_id] == server | untold
