"""The list of servers: whole and streamed, by page, or by cursor."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.answer import JSON, UNSHARED, Answer, log_position_header
from api.http.exchange import Exchange
from api.http.query import Query, one_of, whole_number
from domain.refusals import Unavailable
from projections.server_queries import (
    CHUNK_ROWS,
    Filter,
    Found,
    count_servers,
    list_after,
    list_page,
    log_position_of,
    stream_all,
)

PER_PAGE_MAX: Final = 100
PER_PAGE_DEFAULT: Final = 50
LIMIT_MAX: Final = 1_000
PAGE_MAX: Final = 10**12
FILTERS: Final = (
    "organization",
    "name",
    "tags",
    "state",
    "running",
    "image",
    "flavor",
    "reservation_id",
)
PARAMETERS: Final = (*FILTERS, "page", "per_page", "limit", "after")
TAGS_ASKED_MAX: Final = 20

_PAGE: Final = whole_number(1, PAGE_MAX)
_PER_PAGE: Final = whole_number(1, PER_PAGE_MAX)
_LIMIT: Final = whole_number(1, LIMIT_MAX)
_RUNNING: Final = one_of(true=1, false=0)
_STATE: Final = one_of(running=1, stopped=0)

logger = structlog.get_logger()


async def list_answer(exchange: Exchange) -> ASGIApp:
    """The list that the query asks for. Raises `InvalidRequest`."""
    query = Query(exchange.scope["query_string"], PARAMETERS)
    filter_ = _filter(query, exchange.caller.scope)
    page = query.get("page", _PAGE)
    per_page = query.get("per_page", _PER_PAGE)
    limit = query.get("limit", _LIMIT)
    cursor = _Cursor(query)
    after = query.get("after", cursor.read)
    by_page = "page" in query.given or "per_page" in query.given
    if by_page and ("limit" in query.given or "after" in query.given):
        query.problems["limit"] = ("cannot be given beside page or per_page",)
    elif "after" in query.given and "limit" not in query.given:
        query.problems["after"] = ("needs a limit",)
    query.check()
    if by_page:
        return _page(exchange, query, filter_, page or 1, per_page or PER_PAGE_DEFAULT)
    if limit is not None:
        return _cursor_page(exchange, query, filter_, cursor, after or 0, limit)
    return await _whole(exchange, filter_)


def _filter(query: Query, scope: tuple[str, ...] | None) -> Filter:
    running = query.get("running", _RUNNING)
    state = query.get("state", _STATE)
    equal: list[tuple[str, str | int]] = [
        (column, value)
        for column in ("name", "image", "flavor", "reservation_id")
        if (value := query.get(column, str)) is not None
    ]
    asked = {value for value in (running, state) if value is not None}
    equal += [("running", value) for value in asked]
    organization = query.get("organization", str)
    if organization is not None:
        visible = scope is None or organization in scope
        scope = (organization,) if visible else ()
    if len(asked) > 1:
        scope = ()  # running and stopped at once: nobody is
        equal = []
    return Filter(scope, tuple(equal), query.get("tags", _tags) or ())


def _tags(text: str) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(text.split(",")))
    if len(tags) > TAGS_ASKED_MAX:
        raise ValueError(f"more than {TAGS_ASKED_MAX} tags")
    if not all(tags):
        raise ValueError("an empty tag")
    return tags


class _Cursor:
    """Where a page ended, opaque: bound to the filters it was made for."""

    def __init__(self, query: Query) -> None:
        self._given = query.given

    @cached_property
    def _binding(self) -> bytes:
        asked = sorted((name, self._given[name]) for name in FILTERS if name in self._given)
        return hashlib.sha256(repr(asked).encode()).digest()[:6]

    def write(self, position: int) -> str:
        raw = self._binding + position.to_bytes(8, "big")
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def read(self, text: str) -> int:
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        position = int.from_bytes(raw[6:], "big")
        if len(raw) != 14 or position >= 2**63 or self.write(position) != text:
            raise ValueError("not a cursor of this list with these filters")
        return position


def _encode(found: list[Found]) -> bytes:
    return b'{"servers":[%b]}' % b",".join([document for _, document in found])


def _page(exchange: Exchange, query: Query, filter_: Filter, page: int, per_page: int) -> Answer:
    session = exchange.service.session
    total = count_servers(session, filter_)
    found = list_page(session, filter_, (page - 1) * per_page, per_page)
    position = log_position_of(session)
    headers = [
        JSON,
        UNSHARED,
        log_position_header(position),
        (b"x-total-count", str(total).encode()),
    ]
    if page * per_page < total:
        headers.append(query.link("/servers", page=page + 1, per_page=per_page))
    return Answer(200, _encode(found), headers)


def _cursor_page(
    exchange: Exchange, query: Query, filter_: Filter, cursor: _Cursor, after: int, limit: int
) -> Answer:
    session = exchange.service.session
    found = list_after(session, filter_, after, limit + 1)
    position = log_position_of(session)
    headers = [JSON, UNSHARED, log_position_header(position)]
    if len(found) > limit:
        found.pop()
        headers.append(query.link("/servers", after=cursor.write(found[-1][0])))
    return Answer(200, _encode(found), headers)


async def _whole(exchange: Exchange, filter_: Filter) -> ASGIApp:
    """Everything: at once where one chunk holds it, else streamed from one snapshot."""
    session = exchange.service.session
    found = list_after(session, filter_, 0, CHUNK_ROWS)
    position = log_position_of(session)
    headers = [JSON, UNSHARED, log_position_header(position)]
    if len(found) < CHUNK_ROWS:
        return Answer(200, _encode(found), headers)
    return _Streamed(exchange, filter_)


class _Streamed:
    """A list in chunks. A reader that stalls is cut: its snapshot pins the log's file."""

    def __init__(self, exchange: Exchange, filter_: Filter) -> None:
        self._exchange = exchange
        self._filter = filter_

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, chunk by chunk."""
        service = self._exchange.service
        try:
            async with asyncio.timeout(service.settings.stream_deadline_s), service.streams:
                with service.database.reading() as session:
                    # The first chunk before the head: what goes wrong so far has an answer.
                    position = await asyncio.to_thread(log_position_of, session)
                    chunks = stream_all(session, self._filter)
                    first: list[Found] | None = await asyncio.to_thread(next, chunks, None)
                    headers = [JSON, UNSHARED, log_position_header(position)]
                    await send({"type": "http.response.start", "status": 200, "headers": headers})
                    if scope["method"] == "HEAD":
                        await send({"type": "http.response.body"})
                        return
                    await _send_chunks(first, chunks, send)
        except TimeoutError:
            if not self._exchange.status:
                raise Unavailable("the list could not be begun in time; try again") from None
            # Left unfinished on purpose: the server then closes the connection, and the client sees
            # that it has not got everything.
            logger.warning("list.cut", request_id=self._exchange.request_id)


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
