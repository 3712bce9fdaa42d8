"""The images that servers can be made of: the catalogue's, shown alike to Nova and to Glance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from api.http.exchange import Exchange
from api.openstack.query import LenientQuery

_GIB = 1024**3


class Image(NamedTuple):
    """An image; times are as the documents show them, the size is in bytes."""

    id: str
    name: str | None
    owner: str
    public: bool
    arch: str
    created: str
    updated: str
    size_bytes: int
    properties: Mapping[str, str] = {}
    server_id: str | None = None
    """The server that it was made from, if it was."""

    @property
    def disk_gib(self) -> int:
        """The smallest disk that it fits on, in GiB."""
        return -(-self.size_bytes // _GIB)


async def find_image(exchange: Exchange, image_id: str) -> Image | None:
    """The image of that id, as far as the caller sees it."""
    found = exchange.service.catalogue.image(image_id.lower())
    return None if found is None else _of_catalogue(found)


async def page_of_images(
    exchange: Exchange,
    query: LenientQuery,
    marker: str | None,
    limit: int,
    *,
    name: str | None = None,
) -> tuple[list[Image], bool]:
    """At most `limit` images behind the marker, of a name if one is asked for; and are there more.

    Raises `InvalidRequest` with what is wrong with the query, an unknown marker included.
    """
    images = [_of_catalogue(image) for image in exchange.service.catalogue.images()]
    ids = [image.id for image in images]
    if marker and marker not in ids:
        query.problems["marker"] = (f"marker [{marker[:80]}] not found",)
    query.check()
    begin = ids.index(marker) + 1 if marker else 0
    found = [image for image in images[begin:] if name is None or image.name == name]
    return found[:limit], 0 < limit < len(found)


def _of_catalogue(image: Mapping[str, Any]) -> Image:
    return Image(
        id=image["id"],
        name=image["name"],
        owner=image["organization"],
        public=True,
        arch=image["arch"],
        created=image["creation_date"],
        updated=image["modification_date"],
        size_bytes=image["root_volume"]["size"],
    )
