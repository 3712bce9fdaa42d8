"""The audit: who asked for what, when, from where, what came of it, and what it changed."""

from __future__ import annotations

from typing import Final

from api.history.formats import chosen_format, render
from api.history.pages import (
    Asked,
    cursor_of,
    equal_of,
    find_page,
    page_headers,
    read_limit,
    scope_of,
    server_in,
)
from api.history.points import parse_time
from api.history.reach import followed
from api.history.servers import find_told_id
from api.history.telling import Teller
from api.http.answer import Answer
from api.http.exchange import Exchange
from api.http.query import Query, one_of
from domain.refusals import RightMissing
from projections.document import FIELDS
from projections.trail import bits_of, microseconds
from projections.trail_queries import TrailFilter

OUTCOMES: Final = ("accepted", "refused", "no_effect", "repeated")
OWN_FILTERS: Final = (
    *("actor", "organization", "name", "action", "field", "outcome", "from", "to", "request_id"),
)
PAGING: Final = ("order", "limit", "after")

_NEWEST: Final = one_of(oldest=False, newest=True)
_OUTCOME: Final = one_of(**dict(zip(OUTCOMES, OUTCOMES, strict=True)))
_FIELD: Final = one_of(**{field: bits_of((field,)) for field in FIELDS})


async def list_audit(exchange: Exchange) -> Answer:
    """GET /audit: 200, an entry a command, as JSON, NDJSON or CSV; 400, 403."""
    query = Query(exchange.scope["query_string"], (*OWN_FILTERS, "server", *PAGING))
    _authorize(exchange)
    return await _answer(exchange, query, "/audit", server_in(query))


async def list_server_audit(exchange: Exchange) -> Answer:
    """GET /servers/{ref}/audit: 200, after its deletion too; 400, 403, 404, 409."""
    query = Query(exchange.scope["query_string"], (*OWN_FILTERS, *PAGING))
    _authorize(exchange)
    ref = exchange.segment("ref")
    server_id = await exchange.service.ask(lambda session: find_told_id(exchange, session, ref))
    return await _answer(exchange, query, f"/servers/{server_id}/audit", server_id)


def _authorize(exchange: Exchange) -> None:
    role = exchange.caller.role
    if role not in {"auditor", "admin"}:
        raise RightMissing(f"the role {role!r} may not read the audit")


async def _answer(exchange: Exchange, query: Query, path: str, server_id: str | None) -> Answer:
    form = chosen_format(exchange)
    newest = query.get("order", _NEWEST) or False
    asked = Asked(await _filter(exchange, query, server_id), read_limit(query), newest)
    cursor = cursor_of(path, query, ("limit", "after"))
    after = query.get("after", cursor.read)
    query.check()
    up_to = await followed(exchange)
    if after is None:
        after = up_to + 1 if newest else 0
    page = await find_page(exchange, asked, after, up_to, Teller.entry)
    following = None if page.more is None else cursor.write(page.more)
    headers = [(b"content-type", form.media), *page_headers(page, up_to)]
    if following is not None:
        headers.append(query.link(path, after=following))
    return Answer(200, render(form, "entries", page.members, following), headers)


async def _filter(exchange: Exchange, query: Query, server_id: str | None) -> TrailFilter:
    name = query.get("name", str)

    def time(text: str) -> int:
        return microseconds(parse_time(text, exchange.received_at))

    return TrailFilter(
        scope_of(exchange, query),
        await equal_of(
            exchange,
            actor=query.get("actor", str),
            server_id=server_id,
            action=query.get("action", str),
            outcome=query.get("outcome", _OUTCOME),
            request_id=query.get("request_id", str),
        ),
        name,
        fields=query.get("field", _FIELD) or 0,
        from_time=query.get("from", time),
        to_time=query.get("to", time),
        # Of several made at once, a question about one of them is answered with its own.
        first_parts=server_id is None and name is None,
    )
