"""An answer: status, headers and body, sent as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send

Headers = Sequence[tuple[bytes, bytes]]

JSON: Final = (b"content-type", b"application/json")
PROBLEM: Final = (b"content-type", b"application/problem+json")
# A body is one caller's own, and is asked for anew each time: the ETag makes that cheap.
UNSHARED: Final = (b"cache-control", b"private, no-cache")


class Answer:
    """An ASGI application that sends one answer."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes = b"", headers: Headers = ()) -> None:
        self.status = status
        self.body = body
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        headers = [*self.headers]
        if self.status not in {204, 304}:
            headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(status: int, value: Any, headers: Headers = ()) -> Answer:
    """An answer of JSON."""
    return Answer(status, orjson.dumps(value), (JSON, *headers))


def log_position_header(position: int) -> tuple[bytes, bytes]:
    """`X-Log-Position`: where the log stood."""
    return b"x-log-position", str(position).encode()
