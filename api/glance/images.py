"""Images as Glance shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from api.glance.filters import KNOWN, read_asked, read_ids
from api.glance.sorting import read_order
from api.http.answer import UNSHARED, Answer, json_answer
from api.http.exchange import Exchange
from api.http.refusals import CatalogueEntryUnknown
from api.openstack.image_lists import Asked, Order, page_of_images, refuse_marker
from api.openstack.images import Image, find_image, has_image, image_in
from api.openstack.query import LenientQuery, read_limit
from api.openstack.times import second_of
from domain.ports import Session

_PATH: Final = "/v2/images"


async def list_images(exchange: Exchange) -> Answer:
    """GET /image/v2/images: 200, the catalogue's first unless sorted; 400."""
    query = LenientQuery(exchange.scope["query_string"], KNOWN)
    limit, marker = read_limit(query), query.get("marker", str)
    asked, ids, order = read_asked(query), read_ids(query), read_order(query)
    if ids is None:
        images, more = await page_of_images(exchange, query, marker, limit, asked, order)
    else:
        images = await _of_ids(exchange, query, marker, ids, asked, order)
        images, more = images[:limit], 0 < limit < len(images)
    body: dict[str, Any] = {
        "images": [_shown(image) for image in images],
        "first": query.first(_PATH),
        "schema": "/v2/schemas/images",
    }
    if more:
        body["next"] = query.following(_PATH, images[-1].id)
    return json_answer(200, body, (UNSHARED,))


async def _of_ids(
    exchange: Exchange,
    query: LenientQuery,
    marker: str | None,
    ids: Sequence[str],
    asked: Asked,
    order: Order | None,
) -> list[Image]:
    """Those of these ids, in their order or that asked for, behind the marker.

    Raises `InvalidRequest`.
    """
    marked = marker.lower() if marker else None
    if marked is not None and marked not in ids:
        refuse_marker(query, marked)
    query.check()
    if marked is not None and order is None:
        ids = ids[ids.index(marked) + 1 :]

    def question(session: Session) -> list[Image]:
        found = [image_in(exchange, session, image_id) for image_id in ids]
        return [image for image in found if image is not None]

    images = await exchange.service.read(question)
    if order is not None:
        images.sort(key=order)
        if marked is not None:
            places = [image.id for image in images]
            if marked not in places:  # it is gone, and where it stood with it
                refuse_marker(query, marked)
                query.check()
            images = images[places.index(marked) + 1 :]
    return [image for image in images if asked.holds(image)]


async def get_image(exchange: Exchange) -> Answer:
    """GET /image/v2/images/{ref}: 200; 404, for a name too."""
    ref = exchange.segment("ref")
    image = await find_image(exchange, ref)
    if image is None:
        raise CatalogueEntryUnknown(f"No image found with ID {ref[:255]}")
    return json_answer(200, _shown(image), (UNSHARED,))


async def get_image_data(exchange: Exchange) -> Answer:
    """GET /image/v2/images/{ref}/file: 204, as Glance where nothing was uploaded; 404."""
    ref = exchange.segment("ref")
    if not await has_image(exchange, ref):
        raise CatalogueEntryUnknown(f"No image found with ID {ref[:255]}")
    return Answer(204)


def _shown(image: Image) -> dict[str, Any]:
    """An image; what its maker noted on it stands beside, as far as no field bears the name."""
    place = f"{_PATH}/{image.id}"
    return {
        **image.properties,
        "id": image.id,
        "name": image.name,
        "status": "active",
        "visibility": "public" if image.public else "private",
        "owner": image.owner,
        "protected": image.public,
        "os_hidden": False,
        "tags": list(image.tags),
        "size": image.size_bytes,
        "virtual_size": image.size_bytes,
        "min_disk": image.disk_gib,
        "min_ram": 0,
        "container_format": "bare",
        "disk_format": "raw",
        "architecture": image.arch,
        "checksum": None,
        "os_hash_algo": None,
        "os_hash_value": None,
        "created_at": second_of(image.created),
        "updated_at": second_of(image.updated),
        "self": place,
        "file": f"{place}/file",
        "schema": "/v2/schemas/image",
    }
