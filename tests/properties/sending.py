"""Sending a request past every client's manners: ASGI itself is spoken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support import Api


@dataclass
class Sent:
    """A request as it stands on the wire, and what it was answered."""

    method: str
    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def send(api: Api, method: str, path: str, query: str, given: dict[str, str], body: bytes) -> Sent:
    """A client would mend the path, the headers and the method."""
    sent = Sent(method, path)
    named = {"x-auth-token": api.token} | given
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("latin-1", "ignore"),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items()],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def answer(message: Any) -> None:
        if message["type"] == "http.response.start":
            sent.status = message["status"]
            sent.headers = {k.decode(): v.decode("latin-1") for k, v in message["headers"]}
        else:
            sent.body += message.get("body", b"")

    assert api.client.portal is not None
    api.client.portal.call(api.client.app, scope, receive, answer)
    return sent
