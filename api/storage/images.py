"""Images: those of the catalogue, and restore points that were made as such, or as backups."""

from __future__ import annotations

from typing import Any

from api.http.answer import UNSHARED, Answer, json_answer, log_position_header
from api.http.exchange import Exchange
from api.http.paging import OWNER, read_page, scope_of
from api.http.query import truth
from api.http.writing import write
from api.storage import rendering
from api.storage.reading import delete_image as deletion
from api.storage.reading import read_create_image, read_update_image
from domain.ports import Session
from domain.refusals import ImageUnknown
from projections.positions import log_position_of
from projections.restore_point_queries import (
    Wanted,
    count_restore_points,
    find_restore_point,
    page_restore_points,
)
from projections.restore_points import RestorePoint


async def create_image(exchange: Exchange) -> Answer:
    """POST /images: 201 with `Location`; 400, 403, 404, 412, 422."""
    body, sha256 = await exchange.read_object()
    written = await write(exchange, read_create_image(body), 201, sha256)
    shown = rendering.image(rendering.restore_point(written), rendering.zone_of(exchange))
    return rendering.made(exchange.target, written, "image", shown)


async def list_images(exchange: Exchange) -> Answer:
    """GET /images: 200, by page; 400. The catalogue's first, whatever organization is asked for."""
    page = read_page(exchange, "/images", *OWNER, "name", "arch", "public", refused=("tags",))
    query, zone = page.query, rendering.zone_of(exchange)
    public, name, arch = (
        query.get("public", truth),
        query.get("name", str),
        query.get("arch", str),
    )
    wanted = Wanted(
        () if public is True else scope_of(exchange, query), "image", name=name, arch=arch
    )
    query.check()
    entries = [] if public is False else _entries(exchange, name, arch)
    shown = [
        rendering.public_image(entry, zone)
        for entry in entries[page.offset : page.offset + page.per_page]
    ]
    before = max(0, page.offset - len(entries))

    def question(session: Session) -> Answer:
        found = page_restore_points(session, wanted, before, page.per_page - len(shown))
        own = [rendering.image(point, zone) for point in found]
        total = len(entries) + count_restore_points(session, wanted)
        return page.answer(total, log_position_of(session), [*shown, *own])

    return await exchange.service.ask(question)


def _entries(exchange: Exchange, name: str | None, arch: str | None) -> list[dict[str, Any]]:
    return [
        entry
        for entry in exchange.service.catalogue.images()
        if name in (None, entry["name"]) and arch in (None, entry["arch"])
    ]


async def get_image(exchange: Exchange) -> Answer:
    """GET /images/{id}: 200; 400, 404."""
    ref, zone = exchange.segment("id"), rendering.zone_of(exchange)

    def question(session: Session) -> tuple[RestorePoint | None, int]:
        found = find_restore_point(session, ref.lower(), exchange.caller.scope, "image")
        return found, log_position_of(session)

    entry = exchange.service.catalogue.image(ref.lower())
    if entry is not None:
        return json_answer(200, {"image": rendering.public_image(entry, zone)})
    found, position = await exchange.service.ask(question)
    if found is None:
        raise ImageUnknown(f"no image {ref!r}")
    headers = (UNSHARED, log_position_header(position))
    return json_answer(200, {"image": rendering.image(found, zone)}, headers)


async def update_image(exchange: Exchange) -> Answer:
    """PATCH /images/{id}: 200; 400, 403, 404, 412, 422. One of the catalogue cannot be: 403."""
    body, sha256 = await exchange.read_object()
    ref = exchange.segment("id")
    read = read_update_image(body, ref, public=_is_public(exchange, ref))
    written = await write(exchange, read, 200, sha256)
    shown = rendering.image(rendering.restore_point(written), rendering.zone_of(exchange))
    return rendering.changed(written, "image", shown)


async def delete_image(exchange: Exchange) -> Answer:
    """DELETE /images/{id}: 204; 403, 404, 412, 422. One of the catalogue cannot be: 403."""
    ref = exchange.segment("id")
    read = deletion(ref, public=_is_public(exchange, ref))
    return rendering.removed(await write(exchange, read, 204))


def _is_public(exchange: Exchange, ref: str) -> bool:
    return exchange.service.catalogue.has_image(ref.lower())
