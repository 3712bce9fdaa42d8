"""The list of servers, now or as of a point: whole and streamed, by page, or by cursor."""

from __future__ import annotations

from typing import Any, Final

from starlette.types import ASGIApp

from api.history.mementos import list_links, list_tag, memento_headers, time_of
from api.history.points import FLEET_POINTS, Point, read_point
from api.history.reach import followed_to
from api.http.answer import JSON, UNSHARED, Answer, Headers, log_position_header
from api.http.conditions import has_tag
from api.http.cursors import Cursor
from api.http.exchange import Exchange
from api.http.paging import PAGE_MAX, PER_PAGE_MAX
from api.http.query import Query, one_of, whole_number, words
from api.root.streaming import Streamed
from api.root.views import Present, View, ViewAsOf
from domain.access import Caller
from domain.ports import Session
from projections.positions import log_position_of
from projections.server_filters import Filter
from projections.server_queries import CHUNK_ROWS, Found

PER_PAGE_DEFAULT: Final = 50
LIMIT_MAX: Final = 1_000
FILTERS: Final = (
    "organization",
    "name",
    "tags",
    "state",
    "running",
    "image",
    "flavor",
    "reservation_id",
)
PARAMETERS: Final = (*FILTERS, "page", "per_page", "limit", "after", *FLEET_POINTS)
TAGS_ASKED_MAX: Final = 20

_PAGE: Final = whole_number(1, PAGE_MAX)
_PER_PAGE: Final = whole_number(1, PER_PAGE_MAX)
_LIMIT: Final = whole_number(1, LIMIT_MAX)
_RUNNING: Final = one_of(true=1, false=0)
_STATE: Final = one_of(running=1, stopped=0)
_TAGS: Final = words(TAGS_ASKED_MAX, "tag")


async def list_answer(exchange: Exchange) -> ASGIApp:
    """The list that the query asks for. Raises `InvalidRequest`."""
    query = Query(exchange.scope["query_string"], PARAMETERS)
    asked = _Asked(exchange, query)
    point = await read_point(exchange, query)
    if point is None or point.position is None:
        asked.read_paging(None)
        return await exchange.service.ask(asked.present)
    asked.read_paging(point.position)
    return await _as_of(exchange, asked, point, point.position)


async def _as_of(exchange: Exchange, asked: _Asked, point: Point, position: int) -> ASGIApp:
    tag = list_tag(position, exchange.caller.listed)
    target = asked.query.target("/servers", without=FLEET_POINTS)

    def headers(session: Session) -> Headers:
        links = list_links(exchange, session, position, target)
        place = asked.query.target("/servers", without=FLEET_POINTS, at_position=position)
        at = time_of(exchange, session, position) if position else None
        told = memento_headers(point, position, at, links, place)
        return [(b"etag", f'"{tag}"'.encode()), *told]

    await followed_to(exchange, position)
    if has_tag(exchange, tag):
        return Answer(304, headers=await exchange.service.ask(headers))
    view = ViewAsOf(position)
    if asked.whole:
        return Streamed(exchange, asked.filter, view, await exchange.service.ask(headers))
    return await exchange.service.read(lambda session: asked.page(session, view, headers(session)))


class _Asked:
    """What is asked of the list, besides the point."""

    def __init__(self, exchange: Exchange, query: Query) -> None:
        self.exchange = exchange
        self.query = query
        self.filter = _filter(query, exchange.caller)
        self._page = query.get("page", _PAGE)
        self._per_page = query.get("per_page", _PER_PAGE)
        self._limit = query.get("limit", _LIMIT)
        self._after = 0
        given = query.given
        self._by_page = "page" in given or "per_page" in given
        if self._by_page and ("limit" in given or "after" in given):
            query.problems["limit"] = ("cannot be given beside page or per_page",)
        elif "after" in given and "limit" not in given:
            query.problems["after"] = ("needs a limit",)

    @property
    def whole(self) -> bool:
        """Whether all of it is asked for at once."""
        return not self._by_page and self._limit is None

    def read_paging(self, position: int | None) -> None:
        """Read the cursor, which is of the list as of a point or of the present one."""
        given = self.query.given
        filters = sorted((name, given[name]) for name in FILTERS if name in given)
        self._position = position
        self._cursor = Cursor(filters) if position is None else Cursor(filters, position)
        self._after = self.query.get("after", self._cursor.read) or 0
        self.query.check()

    def present(self, session: Session) -> ASGIApp:
        """The present list: a page, or all of it, which is streamed if it is long."""
        if not self.whole:
            return self.page(session, Present(), ())
        found = Present().after(session, self.filter, 0, CHUNK_ROWS)
        if len(found) < CHUNK_ROWS:
            return Answer(200, _encode(found), self._headers(session, ()))
        return Streamed(self.exchange, self.filter, Present(), ())

    def page(self, session: Session, view: View, headers: Headers) -> Answer:
        """A page, by its number or by a cursor."""
        if self._by_page:
            return self._numbered(session, view, headers)
        limit = self._limit or LIMIT_MAX
        found = view.after(session, self.filter, self._after, limit + 1)
        more: dict[str, Any] = {}
        if len(found) > limit:
            found.pop()
            more = {"after": self._cursor.write(found[-1][0])}
        return Answer(200, _encode(found), self._headers(session, headers, **more))

    def _numbered(self, session: Session, view: View, headers: Headers) -> Answer:
        page, per_page = self._page or 1, self._per_page or PER_PAGE_DEFAULT
        total = view.count(session, self.filter)
        found = view.page(session, self.filter, (page - 1) * per_page, per_page)
        more: dict[str, Any] = {}
        if page * per_page < total:
            more = {"page": page + 1, "per_page": per_page}
        counted = (b"x-total-count", str(total).encode())
        return Answer(200, _encode(found), (*self._headers(session, headers, **more), counted))

    def _headers(self, session: Session, headers: Headers, **more: Any) -> Headers:
        """Those of the view, with a link to the next page, which keeps the point."""
        if self._position is None:
            told = [JSON, UNSHARED, log_position_header(log_position_of(session))]
            return [*told, self.query.link("/servers", **more)] if more else told
        if not more:
            return [JSON, *headers]
        target = self.query.target(
            "/servers", without=FLEET_POINTS, at_position=self._position, **more
        )
        following = f'<{target}>; rel="next"'.encode()
        return [
            JSON,
            *(
                (name, following + b", " + value if name == b"link" else value)
                for name, value in headers
            ),
        ]


def _filter(query: Query, caller: Caller) -> Filter:
    running = query.get("running", _RUNNING)
    state = query.get("state", _STATE)
    equal: list[tuple[str, str | int]] = [
        (column, value)
        for column in ("name", "image", "flavor", "reservation_id")
        if (value := query.get(column, str)) is not None
    ]
    asked = {value for value in (running, state) if value is not None}
    equal += [("running", value) for value in asked]
    scope = caller.listed
    organization = query.get("organization", str)
    if organization is not None:
        scope = (organization,) if caller.sees(organization) else ()
    if len(asked) > 1:
        scope = ()  # running and stopped at once: nobody is
        equal = []
    return Filter(scope, tuple(equal), query.get("tags", _TAGS) or ())


def _encode(found: list[Found]) -> bytes:
    return b'{"servers":[%b]}' % b",".join([document for _, document in found])
