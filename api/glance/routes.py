"""The route table of Glance's dialect, with the schemas of its answers."""

from __future__ import annotations

from functools import partial
from typing import Final

from api.glance import filters, images, schemas, sorting
from api.http.query import VALUE_MAX_CHARACTERS
from api.http.routes import Operation
from api.openstack import versions
from api.openstack.images import delete_image
from api.openstack.query import FLAG_WORDS
from api.openstack.schemas import (
    ERROR_FORM,
    LIMIT,
    LINKS,
    REQUEST_ID,
    TEXT,
    Schema,
    array,
    parameter,
    record,
    ref,
    text_parameter,
)

_READ: Final = (400, 401, 429, 503)
_DELETE: Final = (400, 401, 403, 404, 412, 422, 429, 503)
COMPONENTS: Final[dict[str, Schema]] = {"GlanceImage": schemas.IMAGE}
_IMAGES: Final = record(
    {"images": array(ref("GlanceImage")), "first": TEXT, "schema": TEXT, "next": TEXT},
    optional=("next",),
)
_VERSION: Final = record({"id": TEXT, "status": {"const": "CURRENT"}, "links": LINKS})
_VERSIONS: Final = record({"versions": array(_VERSION)})
_FIELD: Final = f"({'|'.join(sorting.FIELDS)})(:({'|'.join(sorting.DIRECTIONS)}))?"
_SORT: Final = f"^{_FIELD}(,{_FIELD})*$"
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
    parameter("sort", {"type": "string", "pattern": _SORT, "maxLength": VALUE_MAX_CHARACTERS}, "Fields by commas, each with `:asc` or `:desc`."),
    parameter("sort_key", {"enum": list(sorting.FIELDS)}, "Several times for several fields; not beside `sort`."),
    parameter("sort_dir", {"enum": list(sorting.DIRECTIONS)}, "Once, or once for each `sort_key`."),
)
_T: Final = ("glance",)
_operation: Final = partial(Operation, tags=_T, refused_as=ERROR_FORM, always=REQUEST_ID, family="glance_")

# fmt: off  # a table reads better with its columns
OPERATIONS: Final = (
    _operation("GET", "/image/v2/images", images.list_images, "List images", {200: _IMAGES}, _READ, query=_LIST),
    _operation("GET", "/image/v2/images/{ref}", images.get_image, "Get an image", {200: ref("GlanceImage")}, (404, *_READ), segment={"example": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"}),
    _operation("GET", "/image/v2/images/{ref}/file", images.get_image_data, "Get the data of an image: there is none", {204: None}, (404, *_READ), segment={"example": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"}),
    _operation("DELETE", "/image/v2/images/{ref}", delete_image, "Delete an image of one's own", {204: None}, _DELETE, headers=("X-Log-Position",)),
    _operation("GET", "/image/v2/schemas/image", schemas.get_image_schema, "Get the schema of an image", {200: schemas.SCHEMA}, _READ),
    _operation("GET", "/image/v2/schemas/images", schemas.get_images_schema, "Get the schema of a list of images", {200: schemas.SCHEMA}, _READ),
    _operation("GET", "/image", versions.list_image_versions, "Which versions of Glance's API are there?", {200: _VERSIONS}, (400,), public=True),
    _operation("GET", "/image/v2", versions.get_image_version, "Which version is this?", {200: _VERSIONS}, (400,), public=True),
)
# fmt: on
