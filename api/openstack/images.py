"""The images that servers can be made of, shown alike to Nova and to Glance.

Those of the catalogue are public; after them come the caller's own, which are restore points that
were made as images or as backups, the oldest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from api.http.answer import Answer, log_position_header
from api.http.exchange import Exchange
from api.http.writing import Read, write
from domain.commands import DeleteBackup
from domain.ports import Session
from domain.refusals import ImageOfCatalogue
from projections.document import timestamp
from projections.restore_point_queries import find_restore_point
from projections.restore_points import RestorePoint

_GIB: Final = 1024**3
_KINDS: Final[Mapping[str, str]] = {"image": "snapshot", "backup": "backup"}
"""What Nova calls a restore point, by its kind, where it did not make it itself."""


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
    kind: str = "base"
    """In Nova's words: a `snapshot` or a `backup` of something, or neither."""

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
    return await exchange.service.ask(lambda session: image_in(exchange, session, image_id))


def image_in(exchange: Exchange, session: Session, image_id: str) -> Image | None:
    """The same within a question."""
    public = exchange.service.catalogue.image(image_id.lower())
    if public is not None:
        return of_catalogue(public)
    point = find_restore_point(session, image_id.lower(), exchange.caller.scope, "image")
    return None if point is None else of_restore_point(point)


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


def of_catalogue(image: Mapping[str, Any]) -> Image:
    """An image of the catalogue."""
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


def of_restore_point(point: RestorePoint) -> Image:
    """A restore point as the image that it is shown as."""
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
        kind=properties.get("image_type", _KINDS[point.kind]),
    )
