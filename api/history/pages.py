"""Pages of the trail: what the audit and the events are asked alike, and how it is found."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, NamedTuple

from api.history.telling import Teller
from api.http.answer import UNSHARED, Headers, log_position_header
from api.http.callers import bearer
from api.http.cursors import Cursor
from api.http.exchange import Exchange
from api.http.query import Query, whole_number
from commands.store.side_rows import find_principal
from domain.ports import Scope, Session
from domain.records import Record
from domain.refusals import ServerUnreadable
from projections.parked import list_parked
from projections.trail_queries import TrailFilter, list_trail

LIMIT_MAX: Final = 1_000
LIMIT_DEFAULT: Final = 100
_LIMIT: Final = whole_number(1, LIMIT_MAX)

Tell = Callable[[Teller, int, Record], dict[str, Any]]


class Asked(NamedTuple):
    """Which page: of what, from where, how long, in which order."""

    filter: TrailFilter
    limit: int
    newest: bool = False


class Page(NamedTuple):
    """What was found: the members, where the next page begins, and what cannot be told."""

    members: list[dict[str, Any]]
    more: int | None
    unreadable: list[int]


def read_limit(query: Query) -> int:
    """How many are asked for."""
    return query.get("limit", _LIMIT) or LIMIT_DEFAULT


def scope_of(exchange: Exchange, query: Query) -> Scope:
    """The organizations that are asked about, of those that the caller sees."""
    scope = exchange.caller.scope
    organization = query.get("organization", str)
    if organization is None:
        return scope
    return (organization,) if scope is None or organization in scope else ()


async def equal_of(exchange: Exchange, **values: str | None) -> tuple[tuple[str, str], ...]:
    """Columns and the values that they must have; an actor is named by id or by name."""
    actor = values.get("actor")
    if actor is not None:
        found = await exchange.service.ask(lambda session: find_principal(session, actor))
        values["actor"] = found or actor
    return tuple((column, value) for column, value in values.items() if value is not None)


def server_in(query: Query) -> str | None:
    """The id of the server that is asked about."""
    return query.get("server", str.lower)


def cursor_of(path: str, query: Query, without: Collection[str]) -> Cursor:
    """The cursor of a question, which is all that was sent but what says where on it to be."""
    asked = sorted((name, text) for name, text in query.given.items() if name not in without)
    return Cursor(path, asked)


async def find_page(exchange: Exchange, asked: Asked, after: int, up_to: int, tell: Tell) -> Page:
    """The members past `after`; of what the trail had reached when `up_to` was told."""

    def question(session: Session) -> Page:
        found = list_trail(
            session, asked.filter, after, up_to, asked.limit + 1, newest_first=asked.newest
        )
        more = found[asked.limit - 1] if len(found) > asked.limit else None
        end = more if more is not None else 0 if asked.newest else up_to
        unreadable = list_parked(session, min(after, end), max(after, end))
        members = []
        teller = Teller(exchange.service, session)
        for position in found[: asked.limit]:
            try:
                members.append(tell(teller, position, teller.read(position)))
            except ServerUnreadable:
                # Readable when it was followed, and no longer.
                unreadable.append(position)
        return Page(members, more, sorted(unreadable))

    return await exchange.service.read(question)


def page_headers(page: Page, up_to: int) -> Headers:
    """Those of a page: up to where it was told, and which records in between cannot be."""
    headers = [UNSHARED, log_position_header(up_to), (b"vary", b"Accept")]
    if page.unreadable:
        positions = ", ".join(map(str, page.unreadable))
        headers.append((b"x-unreadable-positions", positions.encode()))
    return headers


async def still_allowed(exchange: Exchange) -> None:
    """Raise `CallerUnknown` once the caller's token is honoured no longer."""
    service = exchange.service
    await service.callers.find(bearer(exchange.scope["headers"]), service.now())
