"""The events themselves, as CloudEvents: by page, one by one, and live."""

from __future__ import annotations

import time
from typing import Any, Final

from starlette.types import ASGIApp

from api.history.event_stream import EventStream
from api.history.formats import best_of
from api.history.pages import (
    Asked,
    cursor_of,
    equal_of,
    find_page,
    page_headers,
    read_limit,
    scope_of,
    server_in,
    still_allowed,
)
from api.history.reach import followed, followed_to
from api.history.servers import find_told_id
from api.history.telling import Teller
from api.http.answer import UNSHARED, Answer, json_answer, log_position_header
from api.http.conditions import POSITION_MAX
from api.http.exchange import Exchange
from api.http.query import Query, one_of, whole_number
from api.http.refusals import EventUnknown, HeaderMalformed
from domain.access import Caller
from domain.ports import Session
from domain.refusals import InvalidRequest
from domain.registry import EVENT_TYPES
from projections.parked import list_parked
from projections.trail_queries import TrailFilter, list_trail

WAIT_MAX_S: Final = 60
FILTERS: Final = ("server", "type", "actor", "organization")
PAGING: Final = ("after_position", "after", "limit", "wait")
STREAM: Final = "text/event-stream"
LOOK_S: Final = 1.0
"""How long a wait may go on after its token was revoked or the service began to stop."""

_WAIT: Final = whole_number(0, WAIT_MAX_S)
_POSITION: Final = whole_number(0, POSITION_MAX)
_TYPE: Final = one_of(**{name: name for name in EVENT_TYPES})


async def list_events(exchange: Exchange) -> ASGIApp:
    """GET /events: 200, by position; live as `text/event-stream`; 400."""
    query = Query(exchange.scope["query_string"], (*FILTERS, *PAGING))
    filter_ = await _filter(exchange, query, server_in(query))
    return await _answer(exchange, query, "/events", filter_)


async def list_server_events(exchange: Exchange) -> ASGIApp:
    """GET /servers/{ref}/events: 200, what changed it, after its deletion too; 400, 404, 409."""
    query = Query(exchange.scope["query_string"], ("type", "actor", *PAGING))
    ref = exchange.segment("ref")
    server_id = await exchange.service.ask(lambda session: find_told_id(exchange, session, ref))
    filter_ = await _filter(exchange, query, server_id, servers_alone=True)
    return await _answer(exchange, query, f"/servers/{server_id}/events", filter_)


async def get_event(exchange: Exchange) -> Answer:
    """GET /events/{position}: 200; 404."""
    text, service = exchange.segment("position"), exchange.service
    try:
        position = _POSITION(text)
    except ValueError:
        raise EventUnknown(f"no event {text!r}") from None
    if position <= await service.log_position():
        await followed_to(exchange, position)

    def question(session: Session) -> dict[str, Any] | None:
        teller = Teller(service, session)
        if list_parked(session, position - 1, position):
            teller.read(position)
        if not list_trail(session, visible(exchange.caller), position - 1, position, 1):
            return None
        return teller.event(position, teller.read(position))

    found = await service.read(question)
    if found is None:
        raise EventUnknown(f"no event {text!r}")
    at = log_position_header(service.follower.position)
    return json_answer(200, found, (UNSHARED, at))


def visible(caller: Caller) -> TrailFilter:
    """What a caller may see: what changed its organizations' servers; auditors see requests too."""
    return TrailFilter(caller.scope, servers_alone=caller.role not in {"auditor", "admin"})


async def _filter(
    exchange: Exchange, query: Query, server_id: str | None, *, servers_alone: bool = False
) -> TrailFilter:
    return TrailFilter(
        scope_of(exchange, query),
        await equal_of(
            exchange,
            server_id=server_id,
            type=query.get("type", _TYPE),
            actor=query.get("actor", str),
        ),
        servers_alone=servers_alone or visible(exchange.caller).servers_alone,
    )


async def _answer(exchange: Exchange, query: Query, path: str, filter_: TrailFilter) -> ASGIApp:
    if best_of(exchange, ("application/json", STREAM)) == STREAM:
        return await _stream(exchange, query, filter_)
    return await _page(exchange, query, path, filter_)


async def _page(exchange: Exchange, query: Query, path: str, filter_: TrailFilter) -> Answer:
    asked = Asked(filter_, read_limit(query))
    wait_s = query.get("wait", _WAIT) or 0
    cursor = cursor_of(path, query, PAGING)
    after = query.get("after", cursor.read)
    position = query.get("after_position", _POSITION)
    if after is not None and position is not None:
        query.problems["after"] = ("cannot be given beside after_position",)
    query.check()
    start = after or position or 0
    _check_reached("after_position", start, await exchange.service.log_position())
    service, deadline = exchange.service, time.monotonic() + wait_s
    up_to = await followed(exchange)
    page = await find_page(exchange, asked, start, up_to, Teller.event)
    while not page.members and (left_s := deadline - time.monotonic()) > 0 and not service.stopping:
        await service.progress.reach(up_to + 1, min(left_s, LOOK_S))
        await still_allowed(exchange)
        up_to = max(up_to, service.follower.position)
        page = await find_page(exchange, asked, start, up_to, Teller.event)
    following = None if page.more is None else cursor.write(page.more)
    headers = [*page_headers(page, up_to)]
    if following is not None:
        target = query.target(path, without=("after_position", "wait"), after=following)
        headers.append((b"link", f'<{target}>; rel="next"'.encode()))
    return json_answer(200, {"events": page.members, "next": following}, headers)


async def _stream(exchange: Exchange, query: Query, filter_: TrailFilter) -> EventStream:
    for name in ("after", "limit", "wait"):
        if name in query.given:
            query.problems[name] = ("not on a stream",)
    position = query.get("after_position", _POSITION)
    query.check()
    end = await exchange.service.log_position()
    last = exchange.header(b"last-event-id")
    if last:
        try:
            position = _POSITION(last)
        except ValueError as error:
            raise HeaderMalformed(f"Last-Event-ID: {error}") from None
    if position is not None:
        _check_reached("Last-Event-ID" if last else "after_position", position, end)
    return EventStream(exchange, filter_, end if position is None else position)


def _check_reached(name: str, position: int, end: int) -> None:
    if position > end:
        raise InvalidRequest({name: (f"past the end of the log, which is at position {end}",)})
