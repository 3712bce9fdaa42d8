"""The images that servers can be made of, shown alike to Nova and to Glance.

Those of the catalogue are public; after them come the caller's own, which are restore points that
were made as images or as backups, the oldest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from api.http.answer import Answer, log_position_header
from api.http.exchange import Exchange
from api.http.writing import Read, write
from api.openstack.query import LenientQuery
from domain.commands import DeleteBackup
from domain.ports import Session
from domain.refusals import ImageOfCatalogue
from projections.document import timestamp
from projections.restore_point_queries import Wanted, find_restore_point, list_restore_points
from projections.restore_points import RestorePoint

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
    tags: tuple[str, ...] = ()
    server_id: str | None = None
    """The server that it was made from, if it was."""

    @property
    def disk_gib(self) -> int:
        """The smallest disk that it fits on, in GiB."""
        return -(-self.size_bytes // _GIB)


async def has_image(exchange: Exchange, image_id: str) -> bool:
    """Whether the caller sees an image of that id."""
    if exchange.service.catalogue.has_image(image_id.lower()):
        return True
    return await find_image(exchange, image_id) is not None


async def find_image(exchange: Exchange, image_id: str) -> Image | None:
    """The image of that id, as far as the caller sees it."""
    image_id, scope = image_id.lower(), exchange.caller.scope
    public = exchange.service.catalogue.image(image_id)
    if public is not None:
        return _of_catalogue(public)
    point = await exchange.service.ask(
        lambda session: find_restore_point(session, image_id, scope, "image")
    )
    return None if point is None else _of_restore_point(point)


async def page_of_images(
    exchange: Exchange,
    query: LenientQuery,
    marker: str | None,
    limit: int,
    *,
    name: str | None = None,
) -> tuple[list[Image], bool]:
    """At most `limit` images behind the marker, if need be of a name, and whether there are more.

    Raises `InvalidRequest` with what is wrong with the query, an unknown marker included.
    """
    public = [_of_catalogue(image) for image in exchange.service.catalogue.images()]
    ids = [image.id for image in public]
    begin = ids.index(marker) + 1 if marker in ids else 0
    wanted = Wanted(exchange.caller.scope, "image", name=name)

    def question(session: Session) -> list[Image]:
        after = 0
        shown = [image for image in public[begin:] if name is None or image.name == name]
        if marker and marker not in ids:
            after = _place(exchange, session, query, marker)
            shown = []
        query.check()
        own = list_restore_points(session, wanted, after, limit + 1 - len(shown[: limit + 1]))
        return [*shown, *(_of_restore_point(point) for _, point in own)]

    found = await exchange.service.ask(question)
    return found[:limit], 0 < limit < len(found)


def _place(exchange: Exchange, session: Session, query: LenientQuery, marker: str) -> int:
    """Where the list goes on: at the record that made the restore point."""
    scope = exchange.caller.scope
    point = find_restore_point(session, marker.lower(), scope, "image")
    place = point and exchange.service.log.position_of(session, point.origin_id, point.made_version)
    if place is None:
        query.problems["marker"] = (f"marker [{marker[:80]}] not found",)
    return place or 0


async def delete_image(exchange: Exchange) -> Answer:
    """DELETE …/images/{ref}: 204; 403, also for one of the catalogue, 404, 412, 422."""
    ref = exchange.segment("ref")
    barred = None
    if exchange.service.catalogue.has_image(ref.lower()):
        barred = ImageOfCatalogue(f"Image {ref} is of the catalogue: it cannot be deleted.")
    command = DeleteBackup(backup_id=ref.lower())
    read = Read("delete_backup", command, ref=ref, about="image", barred=barred)
    written = await write(exchange, read, 204)
    return Answer(204, headers=(log_position_header(written.position),))


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


def _of_restore_point(point: RestorePoint) -> Image:
    properties = dict(point.properties)
    if point.image is not None:
        properties.setdefault("base_image_ref", point.image)
    return Image(
        id=point.id,
        name=point.name,
        owner=point.organization,
        public=False,
        arch=point.arch,
        created=timestamp(point.created_at),
        updated=timestamp(point.modified_at),
        size_bytes=point.size_bytes,
        properties=properties,
        tags=point.tags,
        server_id=point.origin_id if point.origin == "server" else None,
    )
