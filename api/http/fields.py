"""The kinds of fields in bodies: what each takes, and the schema published of it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from domain.values import (
    METADATA_MAX,
    NAME_MAX_CHARACTERS,
    SERVERS_PER_REQUEST_MAX,
    TAGS_MAX,
    TEXT_MAX_CHARACTERS,
    VOLUMES_MAX,
)

_NO_NUL: Final[dict[str, Any]] = {"pattern": r"^[^\u0000]*$"}
"""Published only: a body with U+0000 is refused before its fields are looked at."""


def _text(most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most} | _NO_NUL


def _optional(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TEXT_MAX_CHARACTERS),
    WithJsonSchema(_text(TEXT_MAX_CHARACTERS)),
]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NAME_MAX_CHARACTERS),
    WithJsonSchema(_text(NAME_MAX_CHARACTERS)),
]
Item = Annotated[
    str,
    StringConstraints(max_length=TEXT_MAX_CHARACTERS),
    WithJsonSchema(_text(TEXT_MAX_CHARACTERS) | {"minLength": 0}),
]
Count = Annotated[int, Field(ge=1, le=SERVERS_PER_REQUEST_MAX)]
# Whatever no backup can be is unknown, not malformed: this only bounds what is read.
BackupRef = Annotated[
    str,
    StringConstraints(max_length=TEXT_MAX_CHARACTERS),
    WithJsonSchema(_text(TEXT_MAX_CHARACTERS) | {"minLength": 0}),
]
Version = Annotated[int, Field(ge=-(2**63), le=2**64 - 1)]
Position = Version
ReadOnly = Annotated[
    Any,
    WithJsonSchema({"readOnly": True, "description": "May be repeated with its present value."}),
]


class Body(BaseModel):
    """Strict: no coercion, no unknown member."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class VolumeBody(BaseModel):
    """A volume: of the caller's by its id, a new one without. Other members are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: Text | None = None
    name: Name | None = None


class PublicIpBody(Body):
    """A reserved public address."""

    id: Text
    address: Text | None = None
    dynamic: bool = False


def _volume(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


def _volumes(value: Any) -> Any:
    """A list of volumes from a list of ids or volumes, or from an object of them by number."""
    if isinstance(value, dict):
        if not all(key.isascii() and key.isdigit() and len(key) <= 9 for key in value):
            raise ValueError("the keys must be numbers")
        value = [value[key] for key in sorted(value, key=int)]
    return [_volume(member) for member in value] if isinstance(value, list) else value


def _public_ip(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


_VOLUME_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [
        _text(TEXT_MAX_CHARACTERS),
        {
            "type": "object",
            "properties": {
                "id": _optional(_text(TEXT_MAX_CHARACTERS)),
                "name": _optional(_text(NAME_MAX_CHARACTERS)),
            },
        },
    ]
}

Volumes = Annotated[
    list[VolumeBody],
    Field(max_length=VOLUMES_MAX),
    BeforeValidator(_volumes),
    WithJsonSchema(
        {
            "description": "A list of ids or volumes, or an object of them by number.",
            "anyOf": [
                {"type": "array", "items": _VOLUME_SCHEMA, "maxItems": VOLUMES_MAX},
                {
                    "type": "object",
                    "patternProperties": {"^[0-9]{1,9}$": _VOLUME_SCHEMA},
                    "additionalProperties": False,
                    "maxProperties": VOLUMES_MAX,
                },
            ],
        }
    ),
]
Tags = Annotated[list[Text], Field(max_length=TAGS_MAX)]
Metadata = Annotated[dict[Text, Item], Field(max_length=METADATA_MAX)]
PublicIp = Annotated[
    PublicIpBody | None,
    BeforeValidator(_public_ip),
    WithJsonSchema(
        {
            "anyOf": [
                _text(TEXT_MAX_CHARACTERS),
                {
                    "type": "object",
                    "properties": {
                        "id": _text(TEXT_MAX_CHARACTERS),
                        "address": _optional(_text(TEXT_MAX_CHARACTERS)),
                        "dynamic": {"type": "boolean"},
                    },
                    "required": ["id"],
                    "additionalProperties": False,
                },
                {"type": "null"},
            ]
        }
    ),
]
