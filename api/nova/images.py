"""Images as Nova shows them, for clients that ask it and not Glance: at 2.1 it still has them."""

from __future__ import annotations

from typing import Any, Final

from api.http.answer import UNSHARED, Answer, json_answer
from api.http.exchange import Exchange
from api.http.refusals import CatalogueEntryUnknown
from api.nova.rendering import COMPUTE, links
from api.openstack.addresses import base_url
from api.openstack.image_lists import Asked, page_of_images
from api.openstack.images import Image, find_image
from api.openstack.query import LenientQuery, read_limit
from api.openstack.times import second_of

_REFUSED: Final = ("changes-since", "minDisk", "minRam")
"""Parameters of Nova's by which no image is found here, as none is by `property-…`."""
_KNOWN: Final = ("limit", "marker", "name", "server", "status", "type", *_REFUSED)


async def list_images(exchange: Exchange) -> Answer:
    """GET /v2.1/images: 200, id, name and links of each; 400."""
    return await _list(exchange, "images", brief=True)


async def list_images_detail(exchange: Exchange) -> Answer:
    """GET /v2.1/images/detail: 200; 400."""
    return await _list(exchange, "images/detail", brief=False)


async def get_image(exchange: Exchange) -> Answer:
    """GET /v2.1/images/{ref}: 200; 404, for a name too."""
    image = await _find(exchange)
    return json_answer(200, {"image": _shown(image, base_url(exchange))}, (UNSHARED,))


async def get_image_metadata(exchange: Exchange) -> Answer:
    """GET /v2.1/images/{ref}/metadata: 200, what was noted on it; 404."""
    image = await _find(exchange)
    return json_answer(200, {"metadata": dict(image.properties)}, (UNSHARED,))


async def _find(exchange: Exchange) -> Image:
    ref = exchange.segment("ref")
    image = await find_image(exchange, ref)
    if image is None:
        raise CatalogueEntryUnknown(f"Image {ref[:255]} could not be found.")
    return image


async def _list(exchange: Exchange, path: str, *, brief: bool) -> Answer:
    base = base_url(exchange)
    query = LenientQuery(exchange.scope["query_string"], _KNOWN)
    limit, marker = read_limit(query), query.get("marker", str)
    images, more = await page_of_images(exchange, query, marker, limit, _read_asked(query))
    body: dict[str, Any] = {"images": [_shown(image, base, brief=brief) for image in images]}
    if more:
        href = f"{base}{query.following(f'{COMPUTE}/{path}', images[-1].id)}"
        body["images_links"] = [{"rel": "next", "href": href}]
    return json_answer(200, body, (UNSHARED,))


def _read_asked(query: LenientQuery) -> Asked:
    """What is asked for; what is wrong stands among the query's problems."""
    for parameter in query.sent:
        if parameter in _REFUSED or parameter.startswith("property-"):
            query.problems[parameter[:80]] = ("images cannot be listed by this",)
    name = query.get("name", str)
    return Asked(
        names=None if name is None else frozenset((name,)),
        none=query.get("status", str.lower) not in {None, "active"},
        kind=query.get("type", str),
        # By its id, or by a link to it.
        server_id=query.get("server", lambda text: text.rpartition("/")[2].lower()),
    )


def _shown(image: Image, base: str, *, brief: bool = False) -> dict[str, Any]:
    place = links(base, "images", image.id)
    if brief:
        return {"id": image.id, "name": image.name, "links": place}
    shown: dict[str, Any] = {
        "id": image.id,
        "name": image.name,
        "status": "ACTIVE",
        "progress": 100,
        "created": second_of(image.created),
        "updated": second_of(image.updated),
        "minDisk": image.disk_gib,
        "minRam": 0,
        "metadata": dict(image.properties),
        "OS-EXT-IMG-SIZE:size": image.size_bytes,
        "links": place,
    }
    if image.server_id is not None:
        server = links(base, "servers", image.server_id)
        shown["server"] = {"id": image.server_id, "links": server}
    return shown
