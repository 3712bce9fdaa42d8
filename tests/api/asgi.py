"""Requests that no HTTP client would send, straight to the ASGI application."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from tests.support import Api


class RawAnswer(NamedTuple):
    """An answer to a request that an HTTP client would not send."""

    status_code: int
    headers: dict[str, str]
    content: bytes


def scope_of(
    api: Api, method: str, raw_path: bytes, headers: Collection[tuple[bytes, bytes]] = ()
) -> dict[str, Any]:
    """The ASGI scope of a request by the first admin."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "raw_path": raw_path,
        "path": raw_path.decode("latin-1"),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"x-auth-token", api.token.encode()), *headers],
        "client": ("testclient", 1),
        "server": ("testserver", 80),
        "state": {},
    }


def raw(
    api: Api, method: str, raw_path: bytes, headers: Collection[tuple[bytes, bytes]] = ()
) -> RawAnswer:
    """One request without a body, its path byte for byte as given, as the first admin."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    portal = api.client.portal
    assert portal is not None
    portal.call(api.client.app, scope_of(api, method, raw_path, headers), receive, send)
    found = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return RawAnswer(sent[0]["status"], found, b"".join(part["body"] for part in sent[1:]))
