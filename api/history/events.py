"""The events themselves, as CloudEvents: by page, one by one, and live."""

from __future__ import annotations

import time
from typing import Any, Final

from starlette.types import ASGIApp

from api.history.audit import LIMIT_DEFAULT, LIMIT_MAX, actor_id, page_headers
from api.history.event_stream import EventStream
from api.history.formats import accepted_types
from api.history.reach import followed
from api.history.servers import find_id
from api.history.telling import Teller
from api.http.answer import UNSHARED, Answer, json_answer, log_position_header
from api.http.conditions import POSITION_MAX
from api.http.cursors import Cursor
from api.http.exchange import Exchange
from api.http.query import Query, one_of, whole_number
from api.http.refusals import EventUnknown, HeaderMalformed
from domain.access import Caller
from domain.ports import Session
from domain.refusals import InvalidRequest
from domain.registry import EVENT_TYPES
from projections.trail_queries import TrailFilter, list_trail

WAIT_MAX_S: Final = 60
FILTERS: Final = ("server", "type", "actor", "organization")
PAGING: Final = ("after_position", "after", "limit", "wait")
MEDIA: Final = "text/event-stream"

_LIMIT: Final = whole_number(1, LIMIT_MAX)
_WAIT: Final = whole_number(0, WAIT_MAX_S)
_POSITION: Final = whole_number(0, POSITION_MAX)
_TYPE: Final = one_of(**{name: name for name in EVENT_TYPES})


async def list_events(exchange: Exchange) -> ASGIApp:
    """GET /events: 200, by position; live as `text/event-stream`; 400."""
    query = Query(exchange.scope["query_string"], (*FILTERS, *PAGING))
    server = query.get("server", str)
    filter_ = _filter(exchange, query, server.lower() if server else None)
    if MEDIA in accepted_types(exchange):
        return _stream(exchange, query, filter_)
    return await _page(exchange, query, "/events", filter_)


async def list_server_events(exchange: Exchange) -> ASGIApp:
    """GET /servers/{ref}/events: 200, what changed it, after its deletion too; 400, 404, 409."""
    query = Query(exchange.scope["query_string"], ("type", "actor", *PAGING))
    server_id = find_id(exchange, exchange.segment("ref"))
    filter_ = _filter(exchange, query, server_id, servers_alone=True)
    if MEDIA in accepted_types(exchange):
        return _stream(exchange, query, filter_)
    return await _page(exchange, query, f"/servers/{server_id}/events", filter_)


async def get_event(exchange: Exchange) -> Answer:
    """GET /events/{position}: 200; 404."""
    text = exchange.segment("position")
    try:
        position = _POSITION(text)
    except ValueError:
        raise EventUnknown(f"no event {text!r}") from None
    filter_ = visible(exchange.caller)
    up_to = await followed(exchange)

    def question(session: Session) -> dict[str, Any] | None:
        if not list_trail(session, filter_, position - 1, min(position, up_to), 1):
            return None
        teller = Teller(exchange.service, session)
        return teller.event(position, teller.read_one(position))

    found = await exchange.service.read(question)
    if found is None:
        raise EventUnknown(f"no event {text!r}")
    return json_answer(200, found, (UNSHARED, log_position_header(up_to)))


def visible(caller: Caller) -> TrailFilter:
    """What a caller may see: what changed its organizations' servers; auditors see requests too."""
    return TrailFilter(caller.scope, servers_alone=caller.role not in {"auditor", "admin"})


def _filter(
    exchange: Exchange, query: Query, server_id: str | None, *, servers_alone: bool = False
) -> TrailFilter:
    scope = exchange.caller.scope
    organization = query.get("organization", str)
    if organization is not None:
        scope = (organization,) if scope is None or organization in scope else ()
    equal = [
        (column, value)
        for column, value in (
            ("server_id", server_id),
            ("type", query.get("type", _TYPE)),
            ("actor", actor_id(exchange, query)),
        )
        if value is not None
    ]
    alone = servers_alone or visible(exchange.caller).servers_alone
    return TrailFilter(scope, tuple(equal), servers_alone=alone)


async def _page(exchange: Exchange, query: Query, path: str, filter_: TrailFilter) -> Answer:
    service = exchange.service
    limit = query.get("limit", _LIMIT) or LIMIT_DEFAULT
    wait_s = query.get("wait", _WAIT) or 0
    cursor = Cursor(path, filter_)
    after = query.get("after", cursor.read)
    position = query.get("after_position", _POSITION)
    if after is not None and position is not None:
        query.problems["after"] = ("cannot be given beside after_position",)
    query.check()
    start = after or position or 0
    up_to = await followed(exchange)
    _check_past(start, service.log_position())

    def question(session: Session) -> tuple[list[dict[str, Any]], int | None]:
        found = list_trail(session, filter_, start, up_to, limit + 1)
        more = found[limit - 1] if len(found) > limit else None
        teller = Teller(service, session)
        return [teller.event(*at) for at in teller.read(found[:limit])], more

    deadline = time.monotonic() + wait_s
    events, more = await service.read(question)
    while not events and (left_s := deadline - time.monotonic()) > 0 and not service.stopping:
        await service.progress.reach(up_to + 1, min(left_s, 1.0))
        up_to = max(up_to, service.follower.position)
        events, more = await service.read(question)
    following = None if more is None else cursor.write(more)
    headers = page_headers(exchange, start, up_to if more is None else more, up_to)
    if following is not None:
        target = query.target(path, without=("after_position", "wait"), after=following)
        headers.append((b"link", f'<{target}>; rel="next"'.encode()))
    return json_answer(200, {"events": events, "next": following}, headers)


def _stream(exchange: Exchange, query: Query, filter_: TrailFilter) -> EventStream:
    for name in ("after", "limit", "wait"):
        if name in query.given:
            query.problems[name] = ("not on a stream",)
    position = query.get("after_position", _POSITION)
    query.check()
    end = exchange.service.log_position()
    last = exchange.header(b"last-event-id")
    if last:
        try:
            position = _POSITION(last)
        except ValueError as error:
            raise HeaderMalformed(f"Last-Event-ID: {error}") from None
    if position is not None:
        _check_past(position, end)
    return EventStream(exchange, filter_, end if position is None else position)


def _check_past(position: int, end: int) -> None:
    if position > end:
        raise InvalidRequest(
            {"after_position": (f"past the end of the log, which is at position {end}",)}
        )
