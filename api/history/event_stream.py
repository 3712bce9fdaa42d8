"""Events live, as server-sent events: the id of each is its position, from which it resumes."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from api.history.pages import still_allowed
from api.history.telling import Teller
from api.http.cycle import CUT
from api.http.exchange import Exchange
from domain.ports import Session
from domain.refusals import Refusal, ServerUnreadable
from projections.trail_queries import TrailFilter, list_trail

BATCH_EVENTS: Final = 200
LOOK_S: Final = 1.0
"""How long a stream may go on after its token was revoked or the service began to stop."""
BOOKMARK_S: Final = 0.5
"""How often a bookmark is sent at the most."""
SILENCE_S: Final = 15.0
"""After so long without an event a comment tells both ends that the other is there."""

logger = structlog.get_logger()


class EventStream:
    """The events past a position, for as long as the caller listens (an ASGI application)."""

    def __init__(self, exchange: Exchange, filter_: TrailFilter, position: int) -> None:
        self._exchange = exchange
        self._filter = filter_
        self._position = position
        self._told = position
        """The last id that was sent: behind the position where others' events went by."""
        self._sent_at = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them as they come. Ends with the connection, the token, or the service."""
        headers = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-store"),
            (b"vary", b"Accept"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body"})
            return
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await self._follow(send, gone)
            await send({"type": "http.response.body"})
        except TimeoutError:
            logger.warning("stream.cut", request_id=self._exchange.request_id)
            await send({"type": CUT})
        finally:
            gone.cancel()

    async def _follow(self, send: Send, gone: asyncio.Future[None]) -> None:
        service = self._exchange.service
        # At once: the caller knows that it listens before anything happens.
        await self._send(send, b": listening\n\n")
        while not gone.done() and not service.stopping and await self._allowed():
            owed = self._told < self._position
            await service.progress.reach(self._position + 1, BOOKMARK_S if owed else LOOK_S)
            events = await self._next(service.follower.position)
            sent = events or self._bookmark()
            if sent:
                await self._send(send, sent)

    async def _next(self, up_to: int) -> bytes:
        """The events up to a position, as far as one part may hold."""
        if up_to <= self._position:
            return b""
        found, self._position = await self._exchange.service.read(
            lambda session: self._tell(session, up_to)
        )
        if found:
            self._told = found[-1][0]
        return b"".join([b"id: %d\ndata: %b\n\n" % event for event in found])

    def _tell(self, session: Session, up_to: int) -> tuple[list[tuple[int, bytes]], int]:
        """Events, and the position that is done with then."""
        positions = list_trail(session, self._filter, self._position, up_to, BATCH_EVENTS)
        teller = Teller(self._exchange.service, session)
        found = []
        for position in positions:
            try:
                event = teller.event(position, teller.read(position))
            except ServerUnreadable as error:
                # Readable when it was followed, and no longer: the stream goes on.
                logger.error("stream.unreadable", reason=str(error))  # noqa: TRY400  # it is told
                continue
            found.append((position, orjson.dumps(event)))
        return found, positions[-1] if len(positions) == BATCH_EVENTS else up_to

    def _bookmark(self) -> bytes:
        """Where the stream stands, if others' events went by; or a sign of life after silence."""
        silent_s = time.monotonic() - self._sent_at
        if self._told < self._position and silent_s >= BOOKMARK_S:
            self._told = self._position
            return b"event: bookmark\nid: %d\ndata: {}\n\n" % self._position
        return b":\n\n" if silent_s >= SILENCE_S else b""

    async def _allowed(self) -> bool:
        try:
            await still_allowed(self._exchange)
        except Refusal:
            return False
        return True

    async def _send(self, send: Send, body: bytes) -> None:
        # A reader that does not take in what it asked for is cut off.
        async with asyncio.timeout(self._exchange.service.settings.stream_deadline_s):
            await send({"type": "http.response.body", "body": body, "more_body": True})
        self._sent_at = time.monotonic()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
