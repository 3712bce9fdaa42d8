"""The schemas of the Scaleway dialect's answers, as published in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from api.catalogue.schemas import COMMERCIAL_TYPE
from api.http.schemas import Schema, record, ref
from api.http.tasks import TASK
from api.scaleway.dialect import ZONE
from api.scaleway.rendering import OFFERED
from domain.values import DEFAULT_ARCH, TAGS_MAX

_TEXT: Final[Schema] = {"type": "string"}
_OPTIONAL: Final[Schema] = {"type": ["string", "null"]}
_NULL: Final[Schema] = {"type": "null"}
_NONE_OF: Final[Schema] = {"type": "array", "maxItems": 0}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_UUID: Final[Schema] = {"type": "string", "format": "uuid"}
_FLAG: Final[Schema] = {"type": "boolean"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_ZONE: Final[Schema] = {"type": "string", "pattern": f"^{ZONE}$"}
_ACTIONS: Final[Schema] = {"enum": [list(actions) for actions in OFFERED.values()]}

_VOLUME: Final = record(
    {
        "id": _TEXT,
        "name": _OPTIONAL,
        "organization": _TEXT,
        "project": _TEXT,
        "size": {"type": ["integer", "null"], "minimum": 1, "description": "bytes"},
        "volume_type": _TEXT,
        "server": record({"id": _UUID, "name": _TEXT}),
        "state": {"const": "available"},
        "boot": {"const": False},
        "export_uri": _NULL,
        "creation_date": _TIME,
        "modification_date": _TIME,
        "zone": _ZONE,
    }
)
_IMAGE_ELSEWHERE: Final = record(
    {
        "id": _TEXT,
        "arch": _TEXT,
        "public": {"const": False},
        "tags": _NONE_OF,
        "extra_volumes": record({}),
        "zone": _ZONE,
    }
    | dict.fromkeys(
        (
            *("name", "organization", "project", "creation_date", "modification_date"),
            *("root_volume", "default_bootscript", "from_server", "state"),
        ),
        _NULL,
    )
)
_ADDRESS: Final = record(
    {
        "id": _TEXT,
        "address": _OPTIONAL,
        "dynamic": _FLAG,
        "family": {"enum": ["inet", "inet6"]},
        "state": {"const": "attached"},
        "tags": _NONE_OF,
    }
    | dict.fromkeys(("gateway", "netmask", "provisioning_mode", "ipam_id"), _NULL)
)
_TASK: Final = TASK
_TYPE: Final = COMMERCIAL_TYPE["properties"]
_NETWORK: Final = _TYPE["network"]["properties"]

COMPONENTS: Final[dict[str, Schema]] = {
    "ScalewayServer": record(
        {
            "id": _UUID,
            "name": _TEXT,
            "organization": _TEXT,
            "project": _TEXT,
            "hostname": _TEXT,
            "tags": {"type": "array", "items": _TEXT, "maxItems": TAGS_MAX, "uniqueItems": True},
            "state": {"enum": list(OFFERED)},
            "state_detail": {"const": ""},
            "allowed_actions": _ACTIONS,
            "commercial_type": _TEXT,
            "arch": {"const": DEFAULT_ARCH},
            "image": {"anyOf": [ref("Image"), _IMAGE_ELSEWHERE, _NULL]},
            "volumes": {
                "type": "object",
                "patternProperties": {"^[0-9]+$": _VOLUME},
                "additionalProperties": False,
            },
            "boot_type": {"const": "local"},
            "protected": {"const": False},
            "dynamic_ip_required": _FLAG,
            "routed_ip_enabled": {"const": True},
            "enable_ipv6": {"const": False},
            "public_ip": {"anyOf": [_ADDRESS, _NULL]},
            "public_ips": {"type": "array", "items": _ADDRESS, "maxItems": 1},
            "creation_date": _TIME,
            "modification_date": _TIME,
            "zone": _ZONE,
            "private_nics": _NONE_OF,
            "filesystems": _NONE_OF,
            "maintenances": _NONE_OF,
            "end_of_service": {"const": False},
        }
        | dict.fromkeys(
            (
                *("private_ip", "ipv6", "mac_address", "dns", "location", "security_group"),
                *("placement_group", "admin_password_encryption_ssh_key_id"),
                "admin_password_encrypted_value",
            ),
            _NULL,
        )
    ),
    "ScalewayTask": record(
        _TASK["properties"]
        | {
            "href_result": {"type": "string", "pattern": "^/(servers|images)/[^/]+$"},
            "started_at": _TIME,
            "terminated_at": _TIME,
            "zone": _ZONE,
        },
        optional=("backup",),
    ),
    "ScalewayType": record(
        _TYPE
        | {
            "network": record(
                _NETWORK
                | {
                    "interfaces": {
                        "type": "array",
                        "items": record(
                            {"internal_bandwidth": _COUNT, "internet_bandwidth": _COUNT}
                        ),
                    }
                }
            ),
            "per_volume_constraint": record({"l_ssd": _TYPE["volumes_constraint"]}),
            "capabilities": record(
                {
                    "boot_types": {"const": ["local"]},
                    "block_storage": _FLAG,
                    "max_file_systems": _COUNT,
                }
            ),
            "gpu": _COUNT,
            "gpu_info": _NULL,
            "scratch_storage_max_size": _COUNT,
            "scratch_storage_max_volumes_count": _COUNT,
            "block_bandwidth": _COUNT,
            "end_of_service": _FLAG,
        }
    ),
}


def _by_name(of: Any) -> Schema:
    return record({"servers": {"type": "object", "additionalProperties": of}})


SERVER_BODY: Final = record({"server": ref("ScalewayServer")})
SERVERS_BODY: Final = record({"servers": {"type": "array", "items": ref("ScalewayServer")}})
ACTIONS_BODY: Final = record({"actions": _ACTIONS})
TASK_BODY: Final = record({"task": ref("ScalewayTask")})
TYPES_BODY: Final = _by_name(ref("ScalewayType"))
