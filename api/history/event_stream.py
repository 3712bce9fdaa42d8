"""Events live, as server-sent events: the id of each is its position, from which it resumes."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import orjson
from starlette.types import Receive, Scope, Send

from api.history.telling import Teller
from api.http.callers import bearer
from api.http.exchange import Exchange
from domain.ports import Session
from domain.refusals import Refusal
from projections.trail_queries import TrailFilter, list_trail

BATCH_EVENTS: Final = 200
LOOK_S: Final = 1.0
"""How long a stream may go on after its token was revoked or the service began to stop."""
BOOKMARK_S: Final = 0.5
"""How often a bookmark is sent at the most."""
SILENCE_S: Final = 15.0
"""After so long without an event a comment tells both ends that the other is there."""


class EventStream:
    """The events past a position, for as long as the caller listens (an ASGI application)."""

    def __init__(self, exchange: Exchange, filter_: TrailFilter, position: int) -> None:
        self._exchange = exchange
        self._filter = filter_
        self._position = position
        self._bookmarked = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them as they come. Ends with the connection, the token, or the service."""
        headers = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body"})
            return
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await self._follow(scope, send, gone)
        finally:
            gone.cancel()
        await send({"type": "http.response.body"})

    async def _follow(self, scope: Scope, send: Send, gone: asyncio.Future[None]) -> None:
        service = self._exchange.service
        # At once: the caller knows that it listens before anything happens.
        await self._send(send, b": listening\n\n")
        last_sent = time.monotonic()
        while not gone.done() and not service.stopping and self._allowed(scope):
            await service.progress.reach(self._position + 1, LOOK_S)
            sent = await self._next(service.follower.position)
            if not sent and time.monotonic() - last_sent >= SILENCE_S:
                sent = b":\n\n"
            if sent:
                await self._send(send, sent)
                last_sent = time.monotonic()

    async def _next(self, up_to: int) -> bytes:
        """The events up to a position, or a bookmark where none of them is for this caller."""
        if up_to <= self._position:
            return b""
        found = await self._exchange.service.read(lambda session: self._tell(session, up_to))
        full = len(found) == BATCH_EVENTS
        self._position = found[-1][0] if full else up_to
        if found:
            return b"".join([b"id: %d\ndata: %b\n\n" % event for event in found])
        now = time.monotonic()
        if now - self._bookmarked < BOOKMARK_S:
            return b""
        self._bookmarked = now
        return b"event: bookmark\nid: %d\ndata: {}\n\n" % up_to

    def _tell(self, session: Session, up_to: int) -> list[tuple[int, bytes]]:
        positions = list_trail(session, self._filter, self._position, up_to, BATCH_EVENTS)
        teller = Teller(self._exchange.service, session)
        return [
            (position, orjson.dumps(teller.event(position, record)))
            for position, record in teller.read(positions)
        ]

    def _allowed(self, scope: Scope) -> bool:
        service = self._exchange.service
        try:
            service.callers.find(bearer(scope["headers"]), service.now())
        except Refusal:
            return False
        return True

    async def _send(self, send: Send, body: bytes) -> None:
        # A reader that does not take in what it asked for is cut off.
        async with asyncio.timeout(self._exchange.service.settings.stream_deadline_s):
            await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
