"""The whole list, streamed from one snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from typing import TypeVar

import structlog
from starlette.types import Receive, Scope, Send

from api.http.answer import JSON, UNSHARED, Headers, log_position_header
from api.http.cycle import CUT
from api.http.exchange import Exchange
from api.root.views import View, chunks
from domain.refusals import Unavailable
from projections.positions import log_position_of
from projections.server_filters import Filter
from projections.server_queries import Found

T = TypeVar("T")
logger = structlog.get_logger()


class Streamed:
    """A list in chunks. A reader that stalls is cut: its snapshot pins the log's file.

    `headers` are those of a list as of a point; the present's are told by the snapshot.
    """

    def __init__(self, exchange: Exchange, filter_: Filter, view: View, headers: Headers) -> None:
        self._exchange = exchange
        self._filter = filter_
        self._view = view
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, chunk by chunk."""
        service = self._exchange.service
        try:
            async with (
                asyncio.timeout(service.settings.stream_deadline_s),
                service.streams,
                _beside(service.reading()) as session,
            ):
                # The first chunk before the head: what goes wrong so far has an answer.
                position = await asyncio.to_thread(log_position_of, session)
                found = chunks(session, self._view, self._filter)
                first: list[Found] | None = await asyncio.to_thread(next, found, None)
                headers = [JSON, *(self._headers or (UNSHARED, log_position_header(position)))]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                if scope["method"] == "HEAD":
                    await send({"type": "http.response.body"})
                    return
                await _send_chunks(first, found, send)
        except TimeoutError:
            if not self._exchange.status:
                raise Unavailable("the list could not be begun in time; try again") from None
            # Left unfinished on purpose: the client sees that it has not got everything.
            logger.warning("list.cut", request_id=self._exchange.request_id)
            await send({"type": CUT})


@asynccontextmanager
async def _beside(context: AbstractContextManager[T]) -> AsyncIterator[T]:
    """Enter and leave it on a thread: either may wait for the database."""
    with ExitStack() as stack:
        try:
            yield await asyncio.to_thread(stack.enter_context, context)
        finally:
            await asyncio.to_thread(stack.close)


async def _send_chunks(
    chunk: list[Found] | None, following: Iterator[list[Found]], send: Send
) -> None:
    joint = b'{"servers":['
    while chunk:
        body = joint + b",".join([document for _, document in chunk])
        await send({"type": "http.response.body", "body": body, "more_body": True})
        joint = b","
        chunk = await asyncio.to_thread(next, following, None)
    end = b"]}" if joint == b"," else joint + b"]}"
    await send({"type": "http.response.body", "body": end})
