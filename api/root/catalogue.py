"""The catalogue at the root: flavors, images, commercial types, and servers' volumes."""

from __future__ import annotations

from typing import Any

from api.http.answer import JSON, UNSHARED, Answer, json_answer, log_position_header
from api.http.exchange import Exchange
from api.http.query import Query, whole_number
from api.http.refusals import CatalogueEntryUnknown
from api.root.listing import PAGE_MAX, PER_PAGE_MAX
from domain.ports import Session
from projections.server_queries import log_position_of
from projections.volumes import count_volumes, list_volumes

PAGING = ("page", "per_page")
IMAGE_PARAMETERS = (*PAGING, "organization")


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


async def list_images(exchange: Exchange) -> Answer:
    """GET /images: 200; 400. Public images show whatever organization is asked for."""
    images = exchange.service.catalogue.images()
    return _list(exchange, "images", images, IMAGE_PARAMETERS)


async def get_image(exchange: Exchange) -> Answer:
    """GET /images/{ref}: 200; 404."""
    ref = exchange.segment("ref")
    image = exchange.service.catalogue.image(ref)
    if image is None:
        raise CatalogueEntryUnknown(f"no image {ref!r}")
    return json_answer(200, {"image": image})


async def list_products(exchange: Exchange) -> Answer:
    """GET /products/servers: 200; 400. Commercial types by name."""
    return _types(exchange, exchange.service.catalogue.products())


async def list_availability(exchange: Exchange) -> Answer:
    """GET /products/servers/availability: 200; 400."""
    return _types(exchange, exchange.service.catalogue.availability())


async def list_server_volumes(exchange: Exchange) -> Answer:
    """GET /volumes: 200, by page; 400. The volumes of the servers that the caller sees."""
    query, page, per_page = _paging(exchange, PAGING)
    scope = exchange.caller.scope

    def question(session: Session) -> tuple[int, list[bytes], int]:
        found = list_volumes(session, scope, (page - 1) * per_page, per_page)
        return count_volumes(session, scope), found, log_position_of(session)

    total, found, position = await exchange.service.ask(question)
    headers = [
        JSON,
        UNSHARED,
        log_position_header(position),
        *_pages(query, "/volumes", page, per_page, total),
    ]
    return Answer(200, b'{"volumes":[%b]}' % b",".join(found), headers)


def _list(
    exchange: Exchange, name: str, entries: list[dict[str, Any]], known: tuple[str, ...] = PAGING
) -> Answer:
    query, page, per_page = _paging(exchange, known)
    path = exchange.route
    shown = entries
    headers: list[tuple[bytes, bytes]] = []
    if "page" in query.given or "per_page" in query.given:
        shown = entries[(page - 1) * per_page : page * per_page]
        headers = _pages(query, path, page, per_page, len(entries))
    return json_answer(200, {name: shown}, headers)


def _types(exchange: Exchange, types: dict[str, Any]) -> Answer:
    query, page, per_page = _paging(exchange, PAGING)
    names = list(types)
    shown = names
    headers: list[tuple[bytes, bytes]] = []
    if "page" in query.given or "per_page" in query.given:
        shown = names[(page - 1) * per_page : page * per_page]
        headers = _pages(query, exchange.route, page, per_page, len(names))
    return json_answer(200, {"servers": {name: types[name] for name in shown}}, headers)


def _paging(exchange: Exchange, known: tuple[str, ...]) -> tuple[Query, int, int]:
    query = Query(exchange.scope["query_string"], known)
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
