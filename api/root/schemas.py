"""The schemas of the root's answers, as published in the OpenAPI document."""

from __future__ import annotations

from typing import Final

from api.catalogue.schemas import COMMERCIAL_TYPE
from api.http.schemas import Schema, listed, record, ref
from api.http.tasks import TASK
from api.root.models import ACTIONS
from domain.values import DEFAULT_ARCH, METADATA_MAX, SERVERS_PER_REQUEST_MAX, TAGS_MAX, VOLUMES_MAX

_TEXT: Final[Schema] = {"type": "string"}
_OPTIONAL: Final[Schema] = {"type": ["string", "null"]}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_UUID: Final[Schema] = {"type": "string", "format": "uuid"}
_FLAG: Final[Schema] = {"type": "boolean"}
_POSITIVE: Final[Schema] = {"type": "integer", "minimum": 1}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_RESERVATION: Final[Schema] = {"type": "string", "pattern": "^r-[a-z0-9]{8}$"}
_ARCHITECTURE: Final[Schema] = {"enum": ["x86_64", "arm", "arm64"]}


METADATA: Final[Schema] = {
    "type": "object",
    "additionalProperties": _TEXT,
    "maxProperties": METADATA_MAX,
}


COMPONENTS: Final[dict[str, Schema]] = {
    "Server": record(
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
            "tags": {"type": "array", "items": _TEXT, "maxItems": TAGS_MAX, "uniqueItems": True},
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
            "arch": {"const": DEFAULT_ARCH},
            "location": {"type": ["object", "null"]},
            "reservation_id": {"anyOf": [_RESERVATION, {"type": "null"}]},
            "creation_date": _TIME,
            "modification_date": _TIME,
            "version": _POSITIVE,
            "metadata": METADATA,
        }
    ),
    "Task": TASK,
    "Flavor": record(
        {
            "id": _TEXT,
            "name": _TEXT,
            "ram": _COUNT | {"description": "MiB"},
            "disk": _COUNT | {"description": "GiB"},
            "vcpus": _POSITIVE,
        }
    ),
    "CommercialType": COMMERCIAL_TYPE,
}


SERVER_BODY: Final = record({"server": ref("Server")})
SERVERS_BODY: Final = listed("servers", ref("Server"))
CREATED_BODY: Final[Schema] = {
    "anyOf": [
        SERVER_BODY,
        record(
            {
                "server": ref("Server"),
                "servers": {
                    "type": "array",
                    "items": ref("Server"),
                    "minItems": 2,
                    "maxItems": SERVERS_PER_REQUEST_MAX,
                },
                "reservation_id": _RESERVATION,
            }
        ),
        record({"reservation_id": _RESERVATION}),
    ]
}
ACTIONS_BODY: Final = record({"actions": {"const": list(ACTIONS)}})
TASK_BODY: Final = record({"task": ref("Task")})
FLAVOR_BODY: Final = record({"flavor": ref("Flavor")})
FLAVORS_BODY: Final = listed("flavors", ref("Flavor"))
STATUS_BODY: Final = record({"status": {"const": "ok"}})
READY_BODY: Final = record(
    {
        "status": {"const": "ready"},
        "position": _COUNT,
        "check": record(
            {
                "state": {"enum": ["sound", "unsound", "unchecked"]},
                "position": _COUNT,
                "rounds": _COUNT,
                "unsound": _COUNT,
            }
        ),
        "history": record({"state": {"enum": ["following", "failing"]}, "position": _COUNT}),
    }
)
