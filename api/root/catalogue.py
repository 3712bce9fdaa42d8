"""The catalogue at the root: flavors and commercial types."""

from __future__ import annotations

from typing import Any

from api.http.answer import Answer, json_answer
from api.http.exchange import Exchange
from api.http.query import Query, whole_number
from api.http.refusals import CatalogueEntryUnknown
from api.root.listing import PAGE_MAX, PER_PAGE_MAX

PAGING = ("page", "per_page")


async def list_flavors(exchange: Exchange) -> Answer:
    """GET /flavors: 200; 400."""
    return _list(exchange, "flavors", exchange.service.catalogue.flavors())


async def get_flavor(exchange: Exchange) -> Answer:
    """GET /flavors/{ref}, by id or name: 200; 404."""
    ref = exchange.segment("ref")
    flavor = exchange.service.catalogue.flavor(ref)
    if flavor is None:
        raise CatalogueEntryUnknown(f"no flavor {ref!r}")
    return json_answer(200, {"flavor": flavor})


async def list_products(exchange: Exchange) -> Answer:
    """GET /products/servers: 200; 400. Commercial types by name."""
    return _types(exchange, exchange.service.catalogue.products())


async def list_availability(exchange: Exchange) -> Answer:
    """GET /products/servers/availability: 200; 400."""
    return _types(exchange, exchange.service.catalogue.availability())


def _list(exchange: Exchange, name: str, entries: list[dict[str, Any]]) -> Answer:
    query, page, per_page = _paging(exchange)
    path = exchange.route
    shown = entries
    headers: list[tuple[bytes, bytes]] = []
    if "page" in query.given or "per_page" in query.given:
        shown = entries[(page - 1) * per_page : page * per_page]
        headers = _pages(query, path, page, per_page, len(entries))
    return json_answer(200, {name: shown}, headers)


def _types(exchange: Exchange, types: dict[str, Any]) -> Answer:
    query, page, per_page = _paging(exchange)
    names = list(types)
    shown = names
    headers: list[tuple[bytes, bytes]] = []
    if "page" in query.given or "per_page" in query.given:
        shown = names[(page - 1) * per_page : page * per_page]
        headers = _pages(query, exchange.route, page, per_page, len(names))
    return json_answer(200, {"servers": {name: types[name] for name in shown}}, headers)


def _paging(exchange: Exchange) -> tuple[Query, int, int]:
    query = Query(exchange.scope["query_string"], PAGING)
    page = query.get("page", whole_number(1, PAGE_MAX)) or 1
    per_page = query.get("per_page", whole_number(1, PER_PAGE_MAX)) or PER_PAGE_MAX
    query.check()
    return query, page, per_page


def _pages(
    query: Query, path: str, page: int, per_page: int, total: int
) -> list[tuple[bytes, bytes]]:
    headers = [(b"x-total-count", str(total).encode())]
    if page * per_page < total:
        headers.append(query.link(path, page=page + 1, per_page=per_page))
    return headers
