"""The schemas of volumes, snapshots and images, as published in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from api.http.schemas import listed, record, ref
from domain.values import TAGS_MAX

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_OPTIONAL: Final[Schema] = {"type": ["string", "null"]}
_NULL: Final[Schema] = {"type": "null"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_UUID: Final[Schema] = {"type": "string", "format": "uuid"}
_BYTES: Final[Schema] = {"type": "integer", "minimum": 0, "description": "bytes"}
_TAGS: Final[Schema] = {
    "type": "array",
    "items": _TEXT,
    "maxItems": TAGS_MAX,
    "uniqueItems": True,
}
_COMMON: Final[Schema] = {
    "organization": _TEXT,
    "project": _TEXT,
    "state": {"const": "available"},
    "tags": _TAGS,
    "creation_date": _TIME,
    "modification_date": _TIME,
    "zone": _OPTIONAL,
}

COMPONENTS: Final[dict[str, Schema]] = {
    "Volume": record(
        {
            "id": _TEXT,
            "name": _OPTIONAL,
            "size": _BYTES,
            "volume_type": _TEXT,
            "server": {"anyOf": [record({"id": _UUID, "name": _TEXT}), _NULL]},
            "export_uri": _NULL,
            **_COMMON,
        }
    ),
    "Snapshot": record(
        {
            "id": _UUID,
            "name": _OPTIONAL,
            "size": _BYTES,
            "volume_type": _TEXT,
            "base_volume": record({"id": _OPTIONAL, "name": _OPTIONAL}),
            "error_reason": _NULL,
            **_COMMON,
        }
    ),
    "Image": record(
        {
            "id": _UUID,
            "name": _OPTIONAL,
            "arch": _TEXT,
            "root_volume": record(
                {"id": _UUID, "name": _OPTIONAL, "size": _BYTES, "volume_type": _TEXT}
            ),
            "default_bootscript": _NULL,
            "extra_volumes": record({}),
            "from_server": {"anyOf": [_UUID, _NULL]},
            "public": {"type": "boolean"},
            **_COMMON,
        }
    ),
}
VOLUME_BODY: Final = record({"volume": ref("Volume")})
VOLUMES_BODY: Final = listed("volumes", ref("Volume"))
SNAPSHOT_BODY: Final = record({"snapshot": ref("Snapshot")})
SNAPSHOTS_BODY: Final = listed("snapshots", ref("Snapshot"))
IMAGE_BODY: Final = record({"image": ref("Image")})
IMAGES_BODY: Final = listed("images", ref("Image"))
