"""Nova's lists of servers: the newest first, by limit and marker, with the filters of 2.1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from api.http.answer import JSON, UNSHARED, Answer, log_position_header
from api.http.encodings import Encodings
from api.http.exchange import Exchange
from api.nova.filters import KNOWN, Asked, read_asked
from api.nova.rendering import COMPUTE, encoded_brief, encoded_detail
from api.openstack.addresses import base_url
from api.openstack.query import LenientQuery, read_limit
from domain.ports import Session
from domain.refusals import InvalidRequest, ServerUnreadable
from domain.registry import REGISTRY, UnreadableRecord
from projections.positions import log_position_of
from projections.server_filters import NEWEST_FIRST, Listing
from projections.server_names import list_named
from projections.server_queries import Found, list_after

_STATES: Final = Listing("state", newest=True)
_OLDEST: Final = Listing("state")
_OPENING: Final = b'{"servers":['
_BRIEFS: Final = Encodings(encoded_brief, _OPENING)
_DETAILS: Final = Encodings(encoded_detail, _OPENING)


async def list_servers(exchange: Exchange) -> Answer:
    """GET /v2.1/servers: 200, id, name and links of each; 400, 403."""
    base = base_url(exchange)
    return await _list(exchange, base, "servers", lambda *found: _BRIEFS.joined(*found, base))


async def list_servers_detail(exchange: Exchange) -> Answer:
    """GET /v2.1/servers/detail: 200; 400, 403."""
    base, catalogue = base_url(exchange), exchange.service.catalogue
    return await _list(
        exchange,
        base,
        "servers/detail",
        lambda *found: _DETAILS.joined(*found, base, catalogue),
    )


async def _list(
    exchange: Exchange, base: str, path: str, joined: Callable[[list[Found], bytes], bytes]
) -> Answer:
    query = LenientQuery(exchange.scope["query_string"], KNOWN)
    limit = read_limit(query)
    asked = read_asked(query, exchange)
    marker = query.get("marker", str)
    query.check()
    service = exchange.service
    ask = service.ask if asked.matches is None else service.read

    def question(session: Session) -> tuple[list[Found], int]:
        after = _place(exchange, session, asked, marker)
        return _find(session, asked, after, limit + 1), log_position_of(session)

    found, position = await ask(question)
    more = limit > 0 and len(found) > limit
    closing = b"]}"
    if more:
        last = REGISTRY.decode_state(found[limit - 1][1]).id
        href = f"{base}{query.following(f'{COMPUTE}/{path}', last)}".encode()
        closing = b'],"servers_links":[{"rel":"next","href":"%b"}]}' % href
    return Answer(
        200, joined(found[:limit], closing), (JSON, UNSHARED, log_position_header(position))
    )


def _find(session: Session, asked: Asked, after: int, limit: int) -> list[Found]:
    if asked.matches is not None:
        newest = not asked.oldest_first
        return list_named(session, asked.filter, asked.matches, after, limit, newest=newest)
    return list_after(
        session, asked.filter, after, limit, _OLDEST if asked.oldest_first else _STATES
    )


def _place(exchange: Exchange, session: Session, asked: Asked, marker: str | None) -> int:
    """Where the list goes on: at the creation of the server that the last page ended with."""
    if not marker:
        return 0 if asked.oldest_first else NEWEST_FIRST
    servers, server_id = exchange.service.servers, marker.lower()
    scope = exchange.caller.scope
    try:
        known = servers.get_state(session, server_id, scope) or servers.get_ended(
            session, server_id, scope
        )
    except UnreadableRecord as error:
        raise ServerUnreadable(f"server {server_id} cannot be read: {error}") from error
    place = exchange.service.log.position_of(session, server_id, 1) if known else None
    if place is None:
        raise InvalidRequest({"marker": (f"marker [{marker[:80]}] not found",)})
    return place
