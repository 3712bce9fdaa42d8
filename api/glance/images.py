"""Images as Glance shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from api.http.answer import UNSHARED, Answer, json_answer
from api.http.exchange import Exchange
from api.http.query import one_of
from api.http.refusals import CatalogueEntryUnknown
from api.openstack.images import Image, find_image, page_of_images
from api.openstack.query import LenientQuery, read_limit
from api.openstack.times import second_of

IDS_MAX: Final = 1_000
VISIBILITIES: Final = ("public", "private", "community", "shared", "all")
_VISIBILITY: Final = one_of(**{word: word for word in VISIBILITIES})
_PATH: Final = "/v2/images"
_HONOURED: Final = ("limit", "marker", "name", "id", "visibility", "status", "owner", "tag")
_REFUSED: Final = (
    *("container_format", "disk_format", "member_status", "min_disk", "min_ram", "protected"),
    *("size_max", "size_min"),
)
"""Parameters of Glance's by which no image is found here: passed over, they would show them all."""


async def list_images(exchange: Exchange) -> Answer:
    """GET /image/v2/images: 200, the catalogue's first; 400."""
    query = LenientQuery(exchange.scope["query_string"], (*_HONOURED, *_REFUSED))
    limit, marker = read_limit(query), query.get("marker", str)
    name, ids = query.get("name", str), query.get("id", _read_ids)
    asked_for = _read_asked(query)
    if ids is not None:
        query.check()
        images, more = await _of_ids(exchange, ids), False
    else:
        images, more = await page_of_images(exchange, query, marker, limit, name=name)
    shown = [_shown(image) for image in images if asked_for(image)]
    body: dict[str, Any] = {
        "images": shown,
        "first": query.first(_PATH),
        "schema": "/v2/schemas/images",
    }
    if more:
        body["next"] = query.following(_PATH, images[-1].id)
    return json_answer(200, body, (UNSHARED,))


async def get_image(exchange: Exchange) -> Answer:
    """GET /image/v2/images/{ref}: 200; 404, for a name too."""
    ref = exchange.segment("ref")
    image = await find_image(exchange, ref)
    if image is None:
        raise CatalogueEntryUnknown(f"No image found with ID {ref[:255]}")
    return json_answer(200, _shown(image), (UNSHARED,))


def _read_ids(text: str) -> Sequence[str]:
    ids = [each.strip().strip('"') for each in text.removeprefix("in:").split(",")]
    if len(ids) > IDS_MAX:
        raise ValueError(f"more than {IDS_MAX} ids")
    return tuple(dict.fromkeys(filter(None, ids)))


async def _of_ids(exchange: Exchange, ids: Sequence[str]) -> list[Image]:
    found = [await find_image(exchange, image_id) for image_id in ids]
    return [image for image in found if image is not None]


def _read_asked(query: LenientQuery) -> Callable[[Image], bool]:
    """Whether an image is asked for; all are active."""
    visibility, owner = query.get("visibility", _VISIBILITY), query.get("owner", str)
    active = query.get("status", str) in {None, "active"}
    tags = frozenset(query.values("tag"))
    for parameter in _REFUSED:
        if parameter in query:
            query.problems[parameter] = ("images cannot be listed by this",)

    def asked_for(image: Image) -> bool:
        own = "public" if image.public else "private"
        return (
            active
            and tags <= frozenset(image.tags)
            and visibility in {None, "all", own}
            and owner in {None, image.owner}
        )

    return asked_for


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
