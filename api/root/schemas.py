"""The schemas of the root's answers, as published in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from api.root.models import ACTIONS
from domain.values import SERVERS_PER_REQUEST_MAX, VOLUMES_MAX

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_OPTIONAL: Final[Schema] = {"type": ["string", "null"]}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_UUID: Final[Schema] = {"type": "string", "format": "uuid"}
_FLAG: Final[Schema] = {"type": "boolean"}
_POSITIVE: Final[Schema] = {"type": "integer", "minimum": 1}


def record(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    """An object of just these members."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def listed(name: str, of: Schema) -> Schema:
    """A list in its envelope."""
    return record({name: {"type": "array", "items": of}})


SERVER: Final = record(
    {
        "id": _UUID,
        "name": _TEXT,
        "organization": _TEXT,
        "image": _OPTIONAL,
        "volumes": {
            "type": "array",
            "items": record({"id": _TEXT, "name": _OPTIONAL}),
            "maxItems": VOLUMES_MAX,
        },
        "tags": {"type": "array", "items": _TEXT},
        "running": _FLAG,
        "state": {"enum": ["running", "stopped"]},
        "dynamic_public_ip": _FLAG,
        "public_ip": {
            "anyOf": [
                record({"id": _TEXT, "address": _OPTIONAL, "dynamic": _FLAG}),
                {"type": "null"},
            ]
        },
        "private_ip": _OPTIONAL,
        "flavor": _OPTIONAL,
        "keyname": _OPTIONAL,
        "network": _OPTIONAL,
        "commercial_type": _OPTIONAL,
        "arch": _TEXT,
        "location": {"type": ["object", "null"]},
        "reservation_id": _OPTIONAL,
        "creation_date": _TIME,
        "modification_date": _TIME,
        "version": _POSITIVE,
    }
)
SERVER["title"] = "Server"

SERVER_BODY: Final = record({"server": SERVER})
SERVERS_BODY: Final = listed("servers", SERVER)
CREATED_BODY: Final[Schema] = {
    "anyOf": [
        SERVER_BODY,
        record(
            {
                "server": SERVER,
                "servers": {
                    "type": "array",
                    "items": SERVER,
                    "maxItems": SERVERS_PER_REQUEST_MAX,
                },
                "reservation_id": _TEXT,
            }
        ),
        record({"reservation_id": _TEXT}),
    ]
}
ACTIONS_BODY: Final = record({"actions": {"const": list(ACTIONS)}})
TASK_BODY: Final = record(
    {
        "task": record(
            {
                "id": _UUID,
                "description": _TEXT,
                "href_from": _TEXT,
                "progress": {"type": "integer", "minimum": 0, "maximum": 100},
                "status": _TEXT,
                "position": _POSITIVE,
                "backup": record({"id": _UUID, "name": _OPTIONAL, "version": _POSITIVE}),
            },
            optional=("backup",),
        )
    }
)
_FLAVOR: Final = record(
    {
        "id": _TEXT,
        "name": _TEXT,
        "ram": {"type": "integer", "description": "MiB"},
        "disk": {"type": "integer", "description": "GiB"},
        "vcpus": _POSITIVE,
    }
)
FLAVOR_BODY: Final = record({"flavor": _FLAVOR})
FLAVORS_BODY: Final = listed("flavors", _FLAVOR)
_IMAGE: Final[Schema] = {
    "type": "object",
    "required": ["id", "name", "arch", "organization", "creation_date", "modification_date"],
}
IMAGE_BODY: Final = record({"image": _IMAGE})
IMAGES_BODY: Final = listed("images", _IMAGE)
TYPES_BODY: Final = record(
    {"servers": {"type": "object", "additionalProperties": {"type": "object"}}}
)
VOLUMES_BODY: Final = listed(
    "volumes",
    record(
        {
            "id": _TEXT,
            "name": _OPTIONAL,
            "organization": _TEXT,
            "size": {"type": "integer"},
            "volume_type": _TEXT,
            "creation_date": _TIME,
            "modification_date": _TIME,
            "server": record({"id": _UUID, "name": _TEXT}),
        }
    ),
)
STATUS_BODY: Final = record({"status": _TEXT})
READY_BODY: Final = record({"status": _TEXT, "position": {"type": "integer"}})
