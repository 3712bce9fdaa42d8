"""The schemas of Nova's answers, as published in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from api.openstack.request_ids import PATTERN
from api.openstack.schemas import (
    COUNT,
    FLAG,
    HREF,
    LINKS,
    OPTIONAL,
    TEXT,
    TIME,
    UUID,
    Schema,
    array,
    paged,
    record,
    ref,
)

_BOOKMARKED: Final = record(
    {"id": TEXT, "links": array(record({"rel": {"const": "bookmark"}, "href": HREF}))}
)
_GROUPS: Final = array(record({"name": TEXT}))
_ADDRESS: Final[Schema] = {
    "version": {"enum": [4, 6]},
    "addr": TEXT,
    "OS-EXT-IPS:type": {"const": "floating"},
}
_MOMENT: Final[Schema] = {"type": "string", "pattern": r"^[0-9-]{10}T[0-9:]{8}\.[0-9]{6}$"}
_ITEMS: Final[Schema] = {"type": "object", "additionalProperties": TEXT}
_DISK: Final[Schema] = {"enum": ["AUTO", "MANUAL"]}


def _addresses(optional: tuple[str, ...] = ()) -> Schema:
    return {"type": "object", "additionalProperties": array(record(_ADDRESS, optional))}


_CORE: Final[Schema] = {
    "id": UUID,
    "name": TEXT,
    "status": {"enum": ["ACTIVE", "SHUTOFF"]},
    "tenant_id": TEXT,
    "user_id": TEXT,
    "metadata": _ITEMS,
    "hostId": TEXT,
    "image": {"anyOf": [_BOOKMARKED, {"const": ""}]},
    "flavor": _BOOKMARKED,
    "created": TIME,
    "updated": TIME,
    "addresses": _addresses(),
    "accessIPv4": TEXT,
    "accessIPv6": {"const": ""},
    "links": LINKS,
    "OS-DCF:diskConfig": _DISK,
    "progress": COUNT,
}
_ACTION: Final[Schema] = {
    "action": TEXT,
    "instance_uuid": UUID,
    "request_id": {"type": "string", "pattern": PATTERN},
    "user_id": OPTIONAL,
    "project_id": TEXT,
    "start_time": _MOMENT,
    "message": {"type": "null"},
}
_EVENT: Final = record(
    {
        "event": TEXT,
        "start_time": _MOMENT,
        "finish_time": _MOMENT,
        "result": {"const": "Success"},
        "traceback": {"type": "null"},
    }
)
COMPONENTS: Final[dict[str, Schema]] = {
    "NovaServerDetail": record(
        {
            **_CORE,
            "OS-EXT-AZ:availability_zone": TEXT,
            "config_drive": {"const": ""},
            "key_name": OPTIONAL,
            "OS-SRV-USG:launched_at": {"type": "null"},
            "OS-SRV-USG:terminated_at": {"type": "null"},
            "security_groups": _GROUPS,
            "OS-EXT-STS:task_state": {"type": "null"},
            "OS-EXT-STS:vm_state": {"enum": ["active", "stopped"]},
            "OS-EXT-STS:power_state": {"enum": [1, 4]},
            "os-extended-volumes:volumes_attached": array(record({"id": TEXT})),
        },
        optional=("progress",),
    ),
    "NovaFlavorDetail": record(
        {
            "id": TEXT,
            "name": TEXT,
            "ram": COUNT | {"description": "MiB"},
            "disk": COUNT | {"description": "GiB"},
            "vcpus": {"type": "integer", "minimum": 1},
            "links": LINKS,
            "swap": {"const": ""},
            "rxtx_factor": {"type": "number"},
            "OS-FLV-DISABLED:disabled": FLAG,
            "OS-FLV-EXT-DATA:ephemeral": COUNT,
            "os-flavor-access:is_public": FLAG,
        }
    ),
    "NovaImageDetail": record(
        {
            "id": UUID,
            "name": OPTIONAL,
            "status": {"const": "ACTIVE"},
            "progress": {"const": 100},
            "created": TIME,
            "updated": TIME,
            "minDisk": COUNT,
            "minRam": COUNT,
            "metadata": _ITEMS,
            "OS-EXT-IMG-SIZE:size": COUNT,
            "links": LINKS,
            "server": record({"id": UUID, "links": LINKS}),
        },
        optional=("server",),
    ),
}
_BRIEF: Final = record({"id": TEXT, "name": OPTIONAL, "links": LINKS})
SERVERS: Final = paged("servers", _BRIEF)
SERVERS_DETAIL: Final = paged("servers", ref("NovaServerDetail"))
SERVER: Final = record({"server": ref("NovaServerDetail")})
UPDATED: Final = record(
    {
        "server": record(
            {**_CORE, "addresses": _addresses(("OS-EXT-IPS:type",))}, optional=("progress",)
        )
    }
)
CREATED: Final[Schema] = {
    "anyOf": [
        record(
            {
                "server": record(
                    {
                        "id": UUID,
                        "links": LINKS,
                        "OS-DCF:diskConfig": _DISK,
                        "security_groups": _GROUPS,
                        "adminPass": TEXT,
                    }
                )
            }
        ),
        record({"reservation_id": {"type": "string", "pattern": "^r-[a-z0-9]{8}$"}}),
    ]
}
METADATA: Final = record({"metadata": _ITEMS})
METADATA_ITEM: Final = record({"meta": _ITEMS | {"minProperties": 1, "maxProperties": 1}})
_PLAIN: Final = array(record({"version": {"enum": [4, 6]}, "addr": TEXT}))
ADDRESSES: Final = record({"addresses": {"type": "object", "additionalProperties": _PLAIN}})
ADDRESSES_OF_NETWORK: Final[Schema] = {
    "type": "object",
    "additionalProperties": _PLAIN,
    "minProperties": 1,
    "maxProperties": 1,
}
ACTIONS: Final = record({"instanceActions": array(record(_ACTION))})
ACTION: Final = record({"instanceAction": record({**_ACTION, "events": array(_EVENT)})})
FLAVORS: Final = paged("flavors", _BRIEF)
FLAVORS_DETAIL: Final = paged("flavors", ref("NovaFlavorDetail"))
FLAVOR: Final = record({"flavor": ref("NovaFlavorDetail")})
EXTRA_SPECS: Final = record({"extra_specs": record({})})
IMAGES: Final = paged("images", _BRIEF)
IMAGES_DETAIL: Final = paged("images", ref("NovaImageDetail"))
IMAGE: Final = record({"image": ref("NovaImageDetail")})
_MEDIA: Final = array(record({"base": TEXT, "type": TEXT}))
_VERSION: Final[dict[str, Any]] = {
    "id": {"const": "v2.1"},
    "status": {"const": "CURRENT"},
    "version": {"const": "2.1"},
    "min_version": {"const": "2.1"},
    "updated": TIME,
    "links": LINKS,
}
VERSIONS: Final = record({"versions": array(record(_VERSION))})
VERSION: Final = record({"version": record({**_VERSION, "media-types": _MEDIA})})
