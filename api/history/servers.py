"""One server as of a point: found by its id or by the name it bore then, deleted ones too."""

from __future__ import annotations

from typing import NamedTuple

from api.history.mementos import memento_headers, place_of, server_links, shown_at
from api.history.points import POINTS, Point, read_point
from api.history.reach import followed_to
from api.http.answer import JSON, Answer
from api.http.conditions import etag, has_tag
from api.http.exchange import Exchange
from api.http.query import Query
from domain.ports import Session
from domain.refusals import InvalidRequest, ServerAmbiguous, ServerUnknown, ServerUnreadable
from domain.registry import UnreadableRecord
from projections.parked import find_parked
from projections.past_queries import Past, find_past, list_past_ids


class PastServer(NamedTuple):
    """A server as of a point, which came to be a position."""

    point: Point
    position: int
    server: Past

    async def answer(self, exchange: Exchange, body: bytes) -> Answer:
        """An answer about it, or that the caller has it already: 200, 304."""
        server = self.server
        # A name can come to mean another server; the answer then has another place.
        ref = exchange.scope["path_params"]["ref"]
        by_id = exchange.segment("ref").lower() == server.id
        fixed = self.point.fixed and (by_id or self.point.version is None)
        path = exchange.scope["path"].replace(f"/servers/{ref}", f"/servers/{server.id}", 1)
        links = await exchange.service.ask(lambda session: server_links(exchange, session, server))
        headers = (
            etag(server.id, server.version),
            *memento_headers(
                self.point._replace(fixed=fixed),
                self.position,
                shown_at(server.document),
                links,
                f"{path}{place_of(server)}",
            ),
        )
        if has_tag(exchange, f"{server.id}:{server.version}"):
            return Answer(304, headers=headers)
        return Answer(200, body, (JSON, *headers))


async def past_server(exchange: Exchange) -> PastServer | None:
    """The server that the path's reference means, as of the point that is asked for, if one is.

    Raises `InvalidRequest`, `ServerUnknown` or `ServerAmbiguous`.
    """
    query_string = exchange.scope["query_string"]
    if not query_string and exchange.header(b"accept-datetime") is None:
        return None
    query = Query(query_string, POINTS)
    query.check()
    point = await read_point(exchange, query)
    if point is None:
        return None
    ref, scope, ask = exchange.segment("ref"), exchange.caller.scope, exchange.service.ask
    if point.version is not None:
        version = point.version
        position, server = await ask(lambda session: _at_version(exchange, session, ref, version))
    else:
        assert point.position is not None, "a point is a version or a position"
        position = point.position
        server = await ask(lambda session: find_past(session, ref.lower(), position, scope))
        if server is None:
            # Who bore the name then is told as far as the log is followed.
            await followed_to(exchange, position)
            server = await _named(exchange, ref, position)
    if server is None:
        raise ServerUnknown(f"no server {ref!r} then")
    return PastServer(point, position, server)


def _at_version(
    exchange: Exchange, session: Session, ref: str, version: int
) -> tuple[int, Past | None]:
    server_id = find_id(exchange, session, ref)
    position = exchange.service.log.position_of(session, server_id, version)
    if position is None:
        raise InvalidRequest({"at_version": ("the server never had that version",)})
    return position, find_past(session, server_id, position, exchange.caller.scope)


async def _named(exchange: Exchange, ref: str, position: int) -> Past | None:
    scope = exchange.caller.scope

    def question(session: Session) -> Past | None:
        ids = list_past_ids(session, ref, position, scope)
        if len(ids) > 1:
            raise ServerAmbiguous(ref, ids)
        return find_past(session, ids[0], position, scope) if ids else None

    return await exchange.service.read(question)


def find_id(exchange: Exchange, session: Session, ref: str) -> str:
    """The id of the server that a reference means: an id, of a deleted one too, or a live name.

    Raises `ServerUnknown`, `ServerAmbiguous` or `ServerUnreadable`.
    """
    servers = exchange.service.servers
    scope, server_id = exchange.caller.scope, ref.lower()
    try:
        if servers.get_state(session, server_id, scope):
            return server_id
        if servers.get_ended(session, server_id, scope):
            return server_id
    except UnreadableRecord as error:
        raise ServerUnreadable(f"server {server_id} cannot be read: {error}") from error
    ids = servers.list_ids(session, ref, scope)
    if len(ids) > 1:
        raise ServerAmbiguous(ref, ids)
    if not ids:
        raise ServerUnknown(f"no server {ref!r}")
    return ids[0]


def find_told_id(exchange: Exchange, session: Session, ref: str) -> str:
    """The same, of a server whose every event can be told.

    Raises `ServerUnreadable` for another.
    """
    server_id = find_id(exchange, session, ref)
    found = find_parked(session, server_id)
    if found is not None:
        position, reason = found
        raise ServerUnreadable(
            f"server {server_id}: the record at position {position} cannot be read: {reason}"
        )
    return server_id
