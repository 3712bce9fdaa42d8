"""Differences: of one server between versions, and of the fleet between positions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final

import orjson

from api.history.points import VERSION_MAX
from api.history.reach import followed_to
from api.history.servers import find_id
from api.http.answer import UNSHARED, Answer, json_answer, log_position_header
from api.http.conditions import POSITION_MAX
from api.http.exchange import Exchange
from api.http.query import Query, whole_number
from domain.ports import Scope, Session
from domain.refusals import InvalidRequest
from projections.differences import compare, patch, text
from projections.parked import list_parked_servers
from projections.past_queries import find_past
from projections.positions import log_position_of
from projections.trail_queries import list_changed

SERVERS_MAX: Final = 10_000
TOO_MANY: Final = "servers changed; ask for a shorter stretch"
Document = Mapping[str, Any] | None
Ends = tuple[str, Document, Document]
"""A server by its id, and what it was at both ends."""
_VERSION: Final = whole_number(1, VERSION_MAX)
_POSITION: Final = whole_number(0, POSITION_MAX)


async def get_server_diff(exchange: Exchange) -> Answer:
    """GET /servers/{ref}/diff?from=&to=: 200, between two versions; 400, 404, 409."""
    first, last = _ends(exchange, _VERSION, None)

    def question(session: Session) -> tuple[dict[str, Any], int]:
        return _between_versions(exchange, session, first, last), log_position_of(session)

    body, position = await exchange.service.ask(question)
    return json_answer(200, body, (UNSHARED, log_position_header(position)))


def _between_versions(
    exchange: Exchange, session: Session, first: int, last: int | None
) -> dict[str, Any]:
    service = exchange.service
    server_id = find_id(exchange, session, exchange.segment("ref"))
    if last is None:
        ended = service.servers.get_state(session, server_id)
        last = (ended or _last_state(exchange, session, server_id)).version
    shown = {}
    for end, version in (("from", first), ("to", last)):
        position = service.log.position_of(session, server_id, version)
        if position is None:
            raise InvalidRequest({end: ("the server never had that version",)})
        found = find_past(session, server_id, position, None)
        if found is None:
            raise InvalidRequest({end: ("the server was deleted by that version",)})
        shown[end] = orjson.loads(found.document)
    return server_diff(server_id, (first, last), shown["from"], shown["to"])


async def get_fleet_diff(exchange: Exchange) -> Answer:
    """GET /diff?from=&to=: 200, all servers between two positions; 400."""
    service = exchange.service
    end = await service.log_position()
    first, last = _ends(exchange, _POSITION, end)
    assert last is not None, "the end of the log, failing another"
    for name, position in (("from", first), ("to", last)):
        if position > end:
            raise InvalidRequest({name: (f"past the end of the log, position {end}",)})
    await followed_to(exchange, max(first, last))
    body = await service.read(lambda session: _between(exchange, session, first, last))
    return json_answer(200, body, (UNSHARED, log_position_header(last)))


def _ends(
    exchange: Exchange, number: Callable[[str], int], default: int | None
) -> tuple[int, int | None]:
    query = Query(exchange.scope["query_string"], ("from", "to"))
    first, last = query.get("from", number), query.get("to", number)
    if "from" not in query.given:
        query.problems.setdefault("from", ("required parameter not provided",))
    query.check()
    assert first is not None, "checked"
    return first, default if last is None else last


def _between(exchange: Exchange, session: Session, first: int, last: int) -> dict[str, Any]:
    scope = exchange.caller.scope
    low, high = min(first, last), max(first, last)

    def ends(ids: Iterable[str]) -> Iterator[Ends]:
        return (_ends_of(session, scope, id_, first, last) for id_ in ids)

    changed = list_changed(session, scope, low, high, SERVERS_MAX + 1)
    # What a record did that cannot be read shows in the states that were kept, where the caller
    # sees one of them.
    told = {*changed}
    unread = (id_ for id_ in list_parked_servers(session, low, high) if id_ not in told)
    seen = (found for found in ends(unread) if found[1] or found[2])
    unread_ends = list(islice(seen, SERVERS_MAX + 1 - len(changed)))
    if len(changed) + len(unread_ends) > SERVERS_MAX:
        raise InvalidRequest({"to": (f"more than {SERVERS_MAX} {TOO_MANY}",)})
    return fleet_diff(first, last, chain(ends(changed), unread_ends))


def _ends_of(session: Session, scope: Scope, server_id: str, first: int, last: int) -> Ends:
    found = [find_past(session, server_id, position, scope) for position in (first, last)]
    before, after = (past and orjson.loads(past.document) for past in found)
    return server_id, before, after


def _last_state(exchange: Exchange, session: Session, server_id: str) -> Any:
    ended = exchange.service.servers.get_ended(session, server_id)
    assert ended is not None, "a server that was found and does not live is deleted"
    return ended[0]


def server_diff(
    server_id: str,
    versions: tuple[int, int],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> dict[str, Any]:
    """What differs between two versions of a server, whose documents these are."""
    differences = compare(before, after)
    return {
        "server": server_id,
        "from": {"version": versions[0]},
        "to": {"version": versions[1]},
        "patch": patch(before, differences),
        "changes": differences,
        "text": text(differences),
    }


def fleet_diff(first: int, last: int, servers: Iterable[Ends]) -> dict[str, Any]:
    """What differs between two positions, by the documents of servers then and then."""
    told: dict[str, list[dict[str, Any]]] = {"created": [], "changed": [], "deleted": []}
    for server_id, before, after in servers:
        if before and after:
            differences = compare(before, after)
            if differences:
                told["changed"].append(
                    {
                        "id": server_id,
                        "name": after["name"],
                        "patch": patch(before, differences),
                        "changes": differences,
                    }
                )
        elif after:
            told["created"].append({"id": server_id, "name": after["name"], "server": after})
        elif before:
            told["deleted"].append({"id": server_id, "name": before["name"], "server": before})
    return {"from": first, "to": last, **told}
