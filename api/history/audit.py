"""The audit: who asked for what, when, from where, what came of it, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from api.history.formats import Format, chosen_format, render
from api.history.points import parse_time
from api.history.reach import followed
from api.history.servers import find_id
from api.history.telling import Teller
from api.http.answer import UNSHARED, Answer, log_position_header
from api.http.cursors import Cursor
from api.http.exchange import Exchange
from api.http.query import Query, one_of, whole_number
from commands.store.side_rows import find_principal
from domain.ports import Session
from domain.refusals import RightMissing
from projections.document import FIELDS
from projections.parked import list_parked
from projections.trail import bits_of, microseconds
from projections.trail_queries import TrailFilter, list_trail

LIMIT_MAX: Final = 1_000
LIMIT_DEFAULT: Final = 100
OUTCOMES: Final = ("accepted", "refused", "no_effect", "repeated")
OWN_FILTERS: Final = (
    "actor",
    "organization",
    "name",
    "action",
    "field",
    "outcome",
    "from",
    "to",
    "request_id",
)
PAGING: Final = ("order", "limit", "after")

_LIMIT: Final = whole_number(1, LIMIT_MAX)
_NEWEST: Final = one_of(oldest=False, newest=True)
_OUTCOME: Final = one_of(**dict(zip(OUTCOMES, OUTCOMES, strict=True)))
_FIELD: Final = one_of(**{field: bits_of((field,)) for field in FIELDS})


async def list_audit(exchange: Exchange) -> Answer:
    """GET /audit: 200, an entry a command, as JSON, NDJSON or CSV; 400, 403."""
    query = Query(exchange.scope["query_string"], (*OWN_FILTERS, "server", *PAGING))
    _authorize(exchange)
    server = query.get("server", str)
    return await _answer(exchange, query, "/audit", server.lower() if server else None)


async def list_server_audit(exchange: Exchange) -> Answer:
    """GET /servers/{ref}/audit: 200, after its deletion too; 400, 403, 404, 409."""
    query = Query(exchange.scope["query_string"], (*OWN_FILTERS, *PAGING))
    _authorize(exchange)
    server_id = find_id(exchange, exchange.segment("ref"))
    return await _answer(exchange, query, f"/servers/{server_id}/audit", server_id)


def _authorize(exchange: Exchange) -> None:
    role = exchange.caller.role
    if role not in {"auditor", "admin"}:
        raise RightMissing(f"the role {role!r} may not read the audit")


async def _answer(exchange: Exchange, query: Query, path: str, server_id: str | None) -> Answer:
    form = chosen_format(exchange)
    filter_ = _filter(exchange, query, server_id)
    newest = query.get("order", _NEWEST) or False
    limit = query.get("limit", _LIMIT) or LIMIT_DEFAULT
    cursor = Cursor(path, filter_, newest)
    after = query.get("after", cursor.read)
    query.check()
    up_to = await followed(exchange)
    if after is None:
        after = up_to + 1 if newest else 0

    def question(session: Session) -> tuple[list[dict[str, Any]], int | None]:
        found = list_trail(session, filter_, after, up_to, limit + 1, newest_first=newest)
        more = found[limit - 1] if len(found) > limit else None
        teller = Teller(exchange.service, session)
        return [teller.entry(*at) for at in teller.read(found[:limit])], more

    entries, more = await exchange.service.read(question)
    following = None if more is None else cursor.write(more)
    headers = page_headers(exchange, after, up_to if more is None else more, up_to)
    if following is not None:
        headers.append(query.link(path, after=following))
    return _rendered(form, entries, following, headers)


def _rendered(
    form: Format, entries: Sequence[dict[str, Any]], following: str | None, headers: list[Any]
) -> Answer:
    return Answer(
        200, render(form, "entries", entries, following), ((b"content-type", form.media), *headers)
    )


def _filter(exchange: Exchange, query: Query, server_id: str | None) -> TrailFilter:
    scope = exchange.caller.scope
    organization = query.get("organization", str)
    if organization is not None:
        scope = (organization,) if scope is None or organization in scope else ()
    equal = [
        (column, value)
        for column, value in (
            ("actor", actor_id(exchange, query)),
            ("server_id", server_id),
            ("action", query.get("action", str)),
            ("outcome", query.get("outcome", _OUTCOME)),
            ("request_id", query.get("request_id", str)),
        )
        if value is not None
    ]
    name = query.get("name", str)

    def time(text: str) -> int:
        return microseconds(parse_time(text, exchange.received_at))

    return TrailFilter(
        scope,
        tuple(equal),
        name,
        fields=query.get("field", _FIELD) or 0,
        from_time=query.get("from", time),
        to_time=query.get("to", time),
        # Of several made at once, a question about one of them is answered with its own.
        first_parts=server_id is None and name is None,
    )


def page_headers(exchange: Exchange, after: int, last: int, position: int) -> list[Any]:
    """Those of a page from `after` to `last`: which records in between cannot be read is told."""
    low, high = min(after, last), max(after, last)
    unreadable = list_parked(exchange.service.session, low, high)
    headers = [UNSHARED, log_position_header(position), (b"vary", b"Accept")]
    if unreadable:
        positions = ", ".join(map(str, unreadable))
        headers.append((b"x-unreadable-positions", positions.encode()))
    return headers


def actor_id(exchange: Exchange, query: Query) -> str | None:
    """The principal that the query asks for, by id or by name."""
    actor = query.get("actor", str)
    if actor is None:
        return None
    return find_principal(exchange.service.session, actor) or actor
