"""Blame: who gave each field of a server its value, when, and by which request."""

from __future__ import annotations

from typing import Any

from api.history.servers import find_told_id, past_server
from api.history.telling import Teller
from api.http.answer import UNSHARED, Answer, json_answer, log_position_header
from api.http.exchange import Exchange
from domain.ports import Session
from domain.refusals import ServerUnknown, ServerUnreadable
from domain.registry import UnreadableRecord
from projections.blame import blame
from projections.past_queries import Past, find_past
from projections.positions import log_position_of


async def get_blame(exchange: Exchange) -> Answer:
    """GET /servers/{ref}/blame: 200, now or as of a point; 400, 404, 409."""
    past = await past_server(exchange)
    if past is not None:
        server_id, position, version = past.server.id, past.position, past.server.version
    else:
        found, position = await exchange.service.ask(lambda session: _present(exchange, session))
        server_id, version = found.id, found.version

    def question(session: Session) -> list[dict[str, Any]]:
        teller = Teller(exchange.service, session)
        try:
            leaves = blame(exchange.service.log.read_own(session, server_id, version))
        except UnreadableRecord as error:
            raise ServerUnreadable(f"server {server_id} cannot be read: {error}") from error
        return [teller.leaf(leaf, blamed) for leaf, blamed in leaves.items()]

    told = await exchange.service.read(question)
    headers = (UNSHARED, log_position_header(position))
    return json_answer(200, {"server": server_id, "blame": told}, headers)


def _present(exchange: Exchange, session: Session) -> tuple[Past, int]:
    server_id = find_told_id(exchange, session, exchange.segment("ref"))
    position = log_position_of(session)
    found = find_past(session, server_id, position, None)
    if found is None:
        raise ServerUnknown(f"server {server_id} is deleted; ask as of a point when it lived")
    return found, position
