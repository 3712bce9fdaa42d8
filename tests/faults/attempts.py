"""One write under its own idempotency key, and what it does to a plain dict of servers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, Final
from uuid import uuid4

from tests.support import ADMIN_TOKEN, HOME

Servers = dict[str, dict[str, Any]]
"""Servers as shown, by id."""
UNTOLD: Final = object()
"""The value of a field that no answer told."""

IMAGE = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status: int
    position: int
    body: Any


@dataclass(frozen=True)
class Attempt:
    """A write that may be sent again: under its key it takes effect once."""

    method: str
    path: str
    status: int
    """The status of success."""
    applied: Callable[[Servers, Any], None]
    body: Mapping[str, Any] | None = None
    touches: str | None = None
    """The id of the server that it changes."""
    name: str | None = None
    """The name of the servers that it makes, or its beginning."""
    key: str = field(default_factory=lambda: str(uuid4()))

    def send(self, connection: HTTPConnection) -> Answer:
        """Send it and wait for its answer. Raises what the connection raises."""
        headers = {"X-Auth-Token": ADMIN_TOKEN, "Idempotency-Key": self.key}
        body = None
        if self.body is not None:
            body = json.dumps(self.body)
            headers["Content-Type"] = "application/json"
        connection.request(self.method, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        position = int(answer.getheader("x-log-position") or 0)
        return Answer(answer.status, position, json.loads(content) if content else None)

    def concerns(self, server: Mapping[str, Any]) -> bool:
        """Whether this server may be as it was before, or as this write leaves it."""
        made = self.name is not None and str(server["name"]).startswith(self.name)
        return made or bool(server["id"] == self.touches)


def create(name: str, tags: list[str]) -> Attempt:
    """Document A's way to make one server."""

    def applied(servers: Servers, body: Any) -> None:
        servers[body["server"]["id"]] = body["server"]

    body = {"name": name, "organization": HOME, "image": IMAGE, "tags": tags}
    return Attempt("POST", "/servers", 201, applied, body, name=name)


def create_enveloped(name: str) -> Attempt:
    """Document B's way to make one server."""

    def applied(servers: Servers, body: Any) -> None:
        servers[body["server"]["id"]] = body["server"]

    asked = {"name": name, "flavor": "m1.small", "image": IMAGE, "keyname": name}
    return Attempt("POST", "/servers", 200, applied, {"server": asked}, name=name)


def create_several(name: str, count: int) -> Attempt:
    """Document B's way to make several at once: all or none."""

    def applied(servers: Servers, body: Any) -> None:
        assert len(body["servers"]) == count
        servers.update({server["id"]: server for server in body["servers"]})

    asked = {"name": name, "flavor": "m1.tiny", "image": IMAGE, "max_count": count}
    return Attempt("POST", "/servers", 200, applied, {"server": asked}, name=name)


def update(server_id: str, fields: Mapping[str, Any], method: str = "PUT") -> Attempt:
    """Other fields for one server, in either document's form."""

    def applied(servers: Servers, body: Any) -> None:
        before, after = servers[server_id], body["server"]
        assert after["version"] == before["version"] + 1
        servers[server_id] = after

    return Attempt(method, f"/servers/{server_id}", 200, applied, fields, touches=server_id)


def delete(server_id: str) -> Attempt:
    """The end of one server."""

    def applied(servers: Servers, body: Any) -> None:
        del servers[server_id]

    return Attempt("DELETE", f"/servers/{server_id}", 204, applied, touches=server_id)
