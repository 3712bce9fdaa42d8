"""The schemas of an image and of a list of them, as Glance tells its clients of them."""

from __future__ import annotations

from typing import Any, Final

from api.http.answer import Answer, json_answer
from api.http.exchange import Exchange
from api.openstack.schemas import (
    COUNT,
    FLAG,
    OPTIONAL,
    TEXT,
    TIME,
    UUID,
    Schema,
    array,
    record,
)

_NULL: Final = {"type": "null"}
IMAGE: Final[Schema] = record(
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
_DESCRIBED: Final = {"rel": "describedby", "href": "{schema}"}
_OF_IMAGE: Final[dict[str, Any]] = {
    "name": "image",
    "properties": IMAGE["properties"],
    "additionalProperties": TEXT,
    "links": [
        {"rel": "self", "href": "{self}"},
        {"rel": "enclosure", "href": "{file}"},
        _DESCRIBED,
    ],
}
_OF_IMAGES: Final[dict[str, Any]] = {
    "name": "images",
    "properties": {"images": array(_OF_IMAGE), "first": TEXT, "next": TEXT, "schema": TEXT},
    "links": [
        {"rel": "first", "href": "{first}"},
        {"rel": "next", "href": "{next}"},
        _DESCRIBED,
    ],
}
SCHEMA: Final = record(
    {
        "name": {"enum": ["image", "images"]},
        "properties": {"type": "object", "additionalProperties": {"type": "object"}},
        "additionalProperties": {"type": "object"},
        "links": array(record({"rel": TEXT, "href": TEXT})),
    },
    optional=("additionalProperties",),
)
"""The form of either, which is Glance's: a JSON Schema with a name and links."""


async def get_image_schema(exchange: Exchange) -> Answer:
    """GET /image/v2/schemas/image: 200."""
    return json_answer(200, _OF_IMAGE)


async def get_images_schema(exchange: Exchange) -> Answer:
    """GET /image/v2/schemas/images: 200."""
    return json_answer(200, _OF_IMAGES)
