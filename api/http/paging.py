"""Lists by page: which one is asked for, and the headers that tell of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from api.http.answer import UNSHARED, Answer, Headers, json_answer, log_position_header
from api.http.exchange import Exchange
from api.http.query import Query, whole_number
from domain.ports import Scope

PAGING: Final = ("page", "per_page")
OWNER: Final = ("organization", "project")
PER_PAGE_MAX: Final = 100
PAGE_MAX: Final = 10**12


class Page(NamedTuple):
    """A page of a list, whose path is relative to its mount."""

    path: str
    query: Query
    number: int
    per_page: int

    @property
    def offset(self) -> int:
        """How many stand before it."""
        return (self.number - 1) * self.per_page

    @property
    def asked_for(self) -> bool:
        """Whether a page was asked for, of a list that else comes whole."""
        return any(name in self.query.given for name in PAGING)

    def headers(self, total: int) -> Headers:
        """How many there are, and where the next page is."""
        told = [(b"x-total-count", str(total).encode())]
        if self.number * self.per_page < total:
            told.append(self.query.link(self.path, page=self.number + 1, per_page=self.per_page))
        return told

    def answer(self, total: int, position: int, shown: list[dict[str, object]]) -> Answer:
        """The page, under the name of the list."""
        headers = (UNSHARED, log_position_header(position), *self.headers(total))
        return json_answer(200, {self.path[1:]: shown}, headers)


def read_page(
    exchange: Exchange,
    path: str,
    *known: str,
    refused: Sequence[str] = (),
    default: int = PER_PAGE_MAX,
) -> Page:
    """The page that is asked for, and the parameters beside it, not yet checked.

    `refused` are those that clients know as filters, by which nothing is found here.
    """
    strict = exchange.dialect.strict_queries
    query = Query(exchange.scope["query_string"], (*PAGING, *known, *refused), strict=strict)
    for name in refused:
        if name in query.given:
            query.problems[name] = ("nothing is listed by this here",)
    number = query.get("page", whole_number(1, PAGE_MAX)) or 1
    per_page = query.get("per_page", whole_number(1, PER_PAGE_MAX)) or default
    return Page(path, query, number, per_page)


def scope_of(exchange: Exchange, query: Query) -> Scope:
    """The organizations that are asked for and seen: one named is the only one, of two neither."""
    caller = exchange.caller
    named = {value for name in OWNER if (value := query.get(name, str)) is not None}
    if not named:
        return caller.listed
    return tuple(named) if len(named) == 1 and all(map(caller.sees, named)) else ()
