"""What is asked of every service: six operations, the same bytes for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from bench import client
from bench.client import Request
from bench.services import Running

OPERATIONS = ("create", "get", "list of 50", "update", "action", "delete")
_ORGANIZATION = "f030e920-9743-4f28-8164-964ba8555fa5"
_IMAGE = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
_SEEDING_CONNECTIONS = 32
_CREATES = 20_000
_ID = re.compile(rb'"id":"([^"]+)"')


def creates(count: int = _CREATES) -> list[Request]:
    """Creates, each of another name."""
    return [
        Request(
            "POST",
            "/servers",
            json.dumps(
                {
                    "organization": _ORGANIZATION,
                    "name": f"web-{number:07}",
                    "image": _IMAGE,
                    "tags": ["bench", "web"],
                }
            ),
        )
        for number in range(count)
    ]


def seed(running: Running, count: int) -> list[str]:
    """Make `count` servers; their ids."""
    answers = client.send(
        running.port,
        creates(count),
        running.headers,
        connections=_SEEDING_CONNECTIONS,
        keep=True,
    )
    if answers.failed:
        raise SystemExit(f"{running.name}: {answers.failed} of {count} creates failed")
    found = (_ID.search(body) for body in answers.bodies)
    return [match[1].decode() for match in found if match]


def requests(operation: str, ids: Sequence[str]) -> list[Request]:
    """The requests of one operation on the servers of these ids."""
    return list(_requests(operation, ids))


def _requests(operation: str, ids: Sequence[str]) -> Iterable[Request]:
    match operation:
        case "create":
            return creates()
        case "get":
            return [Request("GET", f"/servers/{id_}") for id_ in ids]
        case "list of 50":
            return [Request("GET", "/servers?limit=50")]
        case "update":
            # Two names by turns, so that every request changes something.
            return [
                Request("PUT", f"/servers/{id_}", json.dumps({"name": f"web-{name}"}))
                for name in ("blue", "green")
                for id_ in ids
            ]
        case "action":
            return [
                Request("POST", f"/servers/{id_}/action", json.dumps({"action": word}))
                for word in ("poweron", "poweroff")
                for id_ in ids
            ]
        case "delete":
            return [Request("DELETE", f"/servers/{id_}") for id_ in ids]
        case _:
            raise ValueError(operation)
