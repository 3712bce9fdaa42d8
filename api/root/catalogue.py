"""The catalogue at the root: flavors and commercial types."""

from __future__ import annotations

from typing import Any

from api.http.answer import Answer, Headers, json_answer
from api.http.exchange import Exchange
from api.http.paging import read_page
from api.http.refusals import CatalogueEntryUnknown


async def list_flavors(exchange: Exchange) -> Answer:
    """GET /flavors: 200; 400."""
    flavors = exchange.service.catalogue.flavors()
    shown, headers = _page(exchange, "/flavors", flavors)
    return json_answer(200, {"flavors": shown}, headers)


async def get_flavor(exchange: Exchange) -> Answer:
    """GET /flavors/{ref}, by id or name: 200; 404."""
    ref = exchange.segment("ref")
    flavor = exchange.service.catalogue.flavor(ref)
    if flavor is None:
        raise CatalogueEntryUnknown(f"no flavor {ref!r}")
    return json_answer(200, {"flavor": flavor})


async def list_products(exchange: Exchange) -> Answer:
    """GET /products/servers: 200; 400. Commercial types by name."""
    return _types(exchange, "/products/servers", exchange.service.catalogue.products())


async def list_availability(exchange: Exchange) -> Answer:
    """GET /products/servers/availability: 200; 400."""
    types = exchange.service.catalogue.availability()
    return _types(exchange, "/products/servers/availability", types)


def _types(exchange: Exchange, path: str, types: dict[str, Any]) -> Answer:
    shown, headers = _page(exchange, path, list(types))
    return json_answer(200, {"servers": {name: types[name] for name in shown}}, headers)


def _page(exchange: Exchange, path: str, entries: list[Any]) -> tuple[list[Any], Headers]:
    """The page that is asked for, of a list that comes whole where none is."""
    page = read_page(exchange, path)
    page.query.check()
    if not page.asked_for:
        return entries, ()
    return entries[page.offset : page.offset + page.per_page], page.headers(len(entries))
