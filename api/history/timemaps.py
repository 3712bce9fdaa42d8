"""Lists of mementos (RFC 7089, in the link format of RFC 6690): all states of something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from api.history.mementos import Link
from api.history.servers import find_id
from api.http.answer import UNSHARED, Answer, log_position_header
from api.http.cursors import Cursor
from api.http.exchange import Exchange
from api.http.query import Query
from domain.ports import Session
from domain.records import Record, UnreadableRow
from projections.past_queries import list_states

MEMENTOS_MAX: Final = 1_000
_MEDIA: Final = (b"content-type", b"application/link-format")


async def get_server_timemap(exchange: Exchange) -> Answer:
    """GET /servers/{ref}/timemap: 200, a link a version; 400, 404, 409."""
    ref = exchange.segment("ref")
    server_id = await exchange.service.ask(lambda session: find_id(exchange, session, ref))
    of = f"/servers/{server_id}"
    cursor, query, after = _asked(exchange, f"{of}/timemap")

    def question(session: Session) -> list[tuple[int, Link]]:
        return [
            (state.version, Link("memento", f"{of}?at_version={state.version}", state.modified_at))
            for state in list_states(session, server_id, after, MEMENTOS_MAX + 1)
        ]

    found = await exchange.service.read(question)
    return await _answer(exchange, query, cursor, of, f"{of}/timemap", found)


async def get_timemap(exchange: Exchange) -> Answer:
    """GET /timemap: 200, a link a position, of the list of servers; 400."""
    cursor, query, after = _asked(exchange, "/timemap")

    def question(session: Session) -> list[tuple[int, Link]]:
        return [
            (position, Link("memento", f"/servers?at_position={position}", _time_of(record)))
            for position, record in exchange.service.log.scan(session, after + 1, MEMENTOS_MAX + 1)
        ]

    found = await exchange.service.read(question)
    return await _answer(exchange, query, cursor, "/servers", "/timemap", found)


def _asked(exchange: Exchange, path: str) -> tuple[Cursor, Query, int]:
    query = Query(exchange.scope["query_string"], ("after",))
    cursor = Cursor(path)
    after = query.get("after", cursor.read) or 0
    query.check()
    return cursor, query, after


async def _answer(
    exchange: Exchange,
    query: Query,
    cursor: Cursor,
    original: str,
    path: str,
    found: list[tuple[int, Link]],
) -> Answer:
    links: list[Link] = [Link("original", original), Link("self", query.target(path))]
    headers = [_MEDIA, UNSHARED, log_position_header(await exchange.service.log_position())]
    if len(found) > MEMENTOS_MAX:
        found.pop()
        following = cursor.write(found[-1][0])
        links.append(Link("timemap", f"{path}?after={following}"))
        headers.append(query.link(path, after=following))
    links += (link for _, link in found)
    return Answer(200, _body(links), headers)


def _time_of(record: Record | UnreadableRow) -> dt.datetime | None:
    return None if isinstance(record, UnreadableRow) else record.event.at


def _body(links: Iterable[Link]) -> bytes:
    return ",\n".join(map(str, links)).encode() + b"\n"
