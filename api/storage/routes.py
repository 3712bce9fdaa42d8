"""The route table of volumes, snapshots and images, below any mount."""

from __future__ import annotations

from typing import Any, Final

from api.http.paging import PAGE_MAX, PER_PAGE_MAX
from api.http.query import VALUE_MAX_CHARACTERS
from api.http.routes import Operation
from api.storage import images, models, schemas, snapshots, volumes

_READ: Final = (400, 401, 429, 503)
_SEND: Final = (400, 401, 403, 404, 412, 422, 429, 503)
_WRITE: Final = (*_SEND, 413, 415)
_PAGED: Final = ("X-Log-Position", "X-Total-Count", "Link?")
_AT: Final = ("X-Log-Position",)
_MADE: Final = ("Location", "X-Log-Position")
_CATALOGUE: Final = {"example": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"}


def _number(name: str, most: int) -> dict[str, Any]:
    return {"name": name, "schema": {"type": "integer", "minimum": 1, "maximum": most}}


def _text(name: str, description: str = "Exactly this.") -> dict[str, Any]:
    schema = {"type": "string", "pattern": r"^[^\u0000]*$", "maxLength": VALUE_MAX_CHARACTERS}
    return {"name": name, "description": description, "schema": schema}


_PAGES: Final = (
    _number("page", PAGE_MAX),
    _number("per_page", PER_PAGE_MAX),
    *map(_text, ("organization", "project")),
)
_VOLUMES: Final = (*_PAGES, _text("name", "What the name holds."))
_SNAPSHOTS: Final = (*_PAGES, *map(_text, ("name", "base_volume_id")))
_IMAGES: Final = (
    *_PAGES,
    _text("name"),
    _text("arch"),
    {"name": "public", "schema": {"type": "boolean"}},
)


def _links(resource: str, *names: str) -> dict[str, dict[str, str]]:
    return {name: {"id": f"$response.body#/{resource}/id"} for name in names}


# fmt: off  # a table reads better with its columns
def storage_operations(mount: str = "", tags: tuple[str, ...] = ("storage",)) -> tuple[Operation, ...]:
    """Every operation on volumes, snapshots and images, its path below `mount`."""
    v, s, i = f"{mount}/volumes", f"{mount}/snapshots", f"{mount}/images"
    of_volume = _links("volume", "get_volume", "update_volume", "delete_volume")
    of_snapshot = _links("snapshot", "get_snapshot", "update_snapshot", "delete_snapshot")
    of_image = _links("image", "get_image", "update_image", "delete_image")
    return (
        Operation("GET", v, volumes.list_volumes, "List volumes", {200: schemas.VOLUMES_BODY}, _READ, query=_VOLUMES, headers=_PAGED, tags=tags),
        Operation("POST", v, volumes.create_volume, "Create a volume", {201: schemas.VOLUME_BODY}, (*_WRITE, 409), (models.CreateVolume,), headers=_MADE, links=of_volume, tags=tags),
        Operation("GET", f"{v}/{{id}}", volumes.get_volume, "Get a volume", {200: schemas.VOLUME_BODY}, (404, *_READ), headers=_AT, tags=tags),
        Operation("PATCH", f"{v}/{{id}}", volumes.update_volume, "Update a volume", {200: schemas.VOLUME_BODY}, (*_WRITE, 409), (models.UpdateVolume,), headers=_AT, tags=tags),
        Operation("DELETE", f"{v}/{{id}}", volumes.delete_volume, "Delete a volume that no server has", {204: None}, (*_SEND, 409), headers=_AT, tags=tags),
        Operation("GET", s, snapshots.list_snapshots, "List snapshots", {200: schemas.SNAPSHOTS_BODY}, _READ, query=_SNAPSHOTS, headers=_PAGED, tags=tags),
        Operation("POST", s, snapshots.create_snapshot, "Create a snapshot of a volume", {201: schemas.SNAPSHOT_BODY}, _WRITE, (models.CreateSnapshot,), headers=_MADE, links=of_snapshot, tags=tags),
        Operation("GET", f"{s}/{{id}}", snapshots.get_snapshot, "Get a snapshot", {200: schemas.SNAPSHOT_BODY}, (404, *_READ), headers=_AT, tags=tags),
        Operation("PATCH", f"{s}/{{id}}", snapshots.update_snapshot, "Update a snapshot", {200: schemas.SNAPSHOT_BODY}, _WRITE, (models.UpdateSnapshot,), headers=_AT, tags=tags),
        Operation("DELETE", f"{s}/{{id}}", snapshots.delete_snapshot, "Delete a snapshot", {204: None}, _SEND, headers=_AT, tags=tags),
        Operation("GET", i, images.list_images, "List images", {200: schemas.IMAGES_BODY}, _READ, query=_IMAGES, headers=_PAGED, tags=tags),
        Operation("POST", i, images.create_image, "Create an image of a snapshot or a volume", {201: schemas.IMAGE_BODY}, _WRITE, (models.CreateImage,), headers=_MADE, links=of_image, tags=tags),
        Operation("GET", f"{i}/{{id}}", images.get_image, "Get an image", {200: schemas.IMAGE_BODY}, (404, *_READ), headers=("X-Log-Position?",), segment=_CATALOGUE, tags=tags),
        Operation("PATCH", f"{i}/{{id}}", images.update_image, "Update an image", {200: schemas.IMAGE_BODY}, _WRITE, (models.UpdateImage,), headers=_AT, tags=tags),
        Operation("DELETE", f"{i}/{{id}}", images.delete_image, "Delete an image", {204: None}, _SEND, headers=_AT, tags=tags),
    )
# fmt: on
