"""A small load generator: HTTP/1.1 on asyncio, parsed by httptools, one request a connection.

Seeds the services, whose answers name what was made, and stands in for `wrk` where there is none:
slower than `wrk`, so that rates above its own are not seen; CPU per request is right all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import httptools
import uvloop


@dataclass(frozen=True)
class Request:
    """What is sent; an empty body is none."""

    method: str
    path: str
    body: str = ""

    def encode(self, headers: bytes) -> bytes:
        """The bytes to send."""
        body = self.body.encode()
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: bench\r\n".encode() + headers
        if body:
            head += b"Content-Length: %d\r\n" % len(body)
        return head + b"\r\n" + body


@dataclass
class Answers:
    """What came back: bodies where they are kept, times in seconds, failures (not 2xx)."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    failed: int = 0


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], answers: Answers, *, keep: bool) -> None:
        self._requests = requests
        self._answers = answers
        self._keep = keep
        self._body: list[bytes] = []
        self._sent = 0.0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass of it
        self._parser = httptools.HttpResponseParser(self)
        self._send()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        if self._keep:
            self._body.append(body)

    def on_message_complete(self) -> None:
        self._answers.times.append(time.perf_counter() - self._sent)
        self._answers.failed += not 200 <= self._parser.get_status_code() < 300
        if self._keep:
            self._answers.bodies.append(b"".join(self._body))
            self._body = []
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def send(
    port: int,
    requests: Sequence[Request],
    headers: bytes,
    *,
    connections: int,
    seconds: float | None = None,
    once: bool = True,
    keep: bool = False,
) -> Answers:
    """Send `requests` in order over `connections`; round and round for `seconds` unless `once`."""
    answers = Answers()
    encoded = [request.encode(headers) for request in requests]
    started = time.perf_counter()

    def feed() -> Iterator[bytes]:
        while True:
            for request in encoded:
                if seconds is not None and time.perf_counter() - started > seconds:
                    return
                yield request
            if once:
                return

    async def run() -> None:
        loop, fed = asyncio.get_running_loop(), feed()
        made = [
            await loop.create_connection(
                lambda: _Connection(fed, answers, keep=keep), "127.0.0.1", port
            )
            for _ in range(connections)
        ]
        await asyncio.gather(*(connection.ended for _, connection in made))

    uvloop.run(run())
    answers.seconds = time.perf_counter() - started
    return answers
