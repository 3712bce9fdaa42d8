"""The route table of Glance's dialect, with the schemas of its answers."""

from __future__ import annotations

from functools import partial
from typing import Final

from api.glance import filters, images
from api.http.routes import Operation
from api.openstack import versions
from api.openstack.images import delete_image
from api.openstack.query import FLAG_WORDS
from api.openstack.schemas import (
    COUNT,
    ERROR_FORM,
    FLAG,
    LIMIT,
    LINKS,
    OPTIONAL,
    REQUEST_ID,
    TEXT,
    TIME,
    UUID,
    Schema,
    array,
    parameter,
    record,
    ref,
    text_parameter,
)

_READ: Final = (400, 401, 429, 503)
_DELETE: Final = (400, 401, 403, 404, 412, 422, 429, 503)
_NULL: Final = {"type": "null"}
_IMAGE: Final[Schema] = record(
    {
        "id": UUID,
        "name": OPTIONAL,
        "status": {"const": "active"},
        "visibility": {"enum": ["public", "private"]},
        "owner": TEXT,
        "protected": FLAG,
        "os_hidden": FLAG,
        "tags": array(TEXT),
        "size": COUNT,
        "virtual_size": COUNT,
        "min_disk": COUNT,
        "min_ram": COUNT,
        "container_format": TEXT,
        "disk_format": TEXT,
        "architecture": TEXT,
        "checksum": _NULL,
        "os_hash_algo": _NULL,
        "os_hash_value": _NULL,
        "created_at": TIME,
        "updated_at": TIME,
        "self": TEXT,
        "file": TEXT,
        "schema": TEXT,
    }
) | {"additionalProperties": TEXT, "description": "Other members are what its maker noted on it."}
COMPONENTS: Final[dict[str, Schema]] = {"GlanceImage": _IMAGE}
_IMAGES: Final = record(
    {"images": array(ref("GlanceImage")), "first": TEXT, "schema": TEXT, "next": TEXT},
    optional=("next",),
)
_VERSION: Final = record({"id": TEXT, "status": {"const": "CURRENT"}, "links": LINKS})
_VERSIONS: Final = record({"versions": array(_VERSION)})
_LIST: Final = (
    LIMIT,
    text_parameter("marker", "The id that the last page ended with."),
    text_parameter("name", "Exactly this, or behind `in:` several by commas."),
    text_parameter("id", "Those of these ids: `in:` and the ids, by commas."),
    parameter("visibility", {"enum": list(filters.VISIBILITIES)}),
    text_parameter("owner"),
    text_parameter("status"),
    parameter("os_hidden", {"enum": list(FLAG_WORDS)}, "No image is hidden."),
    text_parameter("tag", "Images that bear it."),
    *map(text_parameter, filters.NOTED),
)
_T: Final = ("glance",)
_operation: Final = partial(Operation, tags=_T, refused_as=ERROR_FORM, always=REQUEST_ID, family="glance_")

# fmt: off  # a table reads better with its columns
OPERATIONS: Final = (
    _operation("GET", "/image/v2/images", images.list_images, "List images", {200: _IMAGES}, _READ, query=_LIST),
    _operation("GET", "/image/v2/images/{ref}", images.get_image, "Get an image", {200: ref("GlanceImage")}, (404, *_READ), segment={"example": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"}),
    _operation("DELETE", "/image/v2/images/{ref}", delete_image, "Delete an image of one's own", {204: None}, _DELETE, headers=("X-Log-Position",)),
    _operation("GET", "/image", versions.list_image_versions, "Which versions of Glance's API are there?", {200: _VERSIONS}, (400,), public=True),
    _operation("GET", "/image/v2", versions.get_image_version, "Which version is this?", {200: _VERSIONS}, (400,), public=True),
)
# fmt: on
