"""The wire's bodies at the root, as schemas: they validate, name bad fields, and are published.

These are the dialect's types, not the domain's; `api.root.reading` turns them into commands.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from domain.values import (
    NAME_MAX_CHARACTERS,
    SERVERS_PER_REQUEST_MAX,
    TAGS_MAX,
    TEXT_MAX_CHARACTERS,
    VOLUMES_MAX,
)

Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_MAX_CHARACTERS)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_MAX_CHARACTERS)]
Count = Annotated[int, Field(ge=1, le=SERVERS_PER_REQUEST_MAX)]
ACTIONS: Final = ("poweron", "poweroff", "resetsoft", "resethard", "backup", "restore")
SYNONYMS: Final = ("reboot", "terminate")


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
        {"type": "string", "minLength": 1, "maxLength": TEXT_MAX_CHARACTERS},
        {
            "type": "object",
            "properties": {
                "id": {
                    "anyOf": [
                        {"type": "string", "minLength": 1, "maxLength": TEXT_MAX_CHARACTERS},
                        {"type": "null"},
                    ]
                },
                "name": {
                    "anyOf": [
                        {"type": "string", "minLength": 1, "maxLength": NAME_MAX_CHARACTERS},
                        {"type": "null"},
                    ]
                },
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
PublicIp = Annotated[
    PublicIpBody | None,
    BeforeValidator(_public_ip),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": TEXT_MAX_CHARACTERS},
                {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string", "minLength": 1, "maxLength": TEXT_MAX_CHARACTERS},
                        "address": {
                            "anyOf": [
                                {
                                    "type": "string",
                                    "minLength": 1,
                                    "maxLength": TEXT_MAX_CHARACTERS,
                                },
                                {"type": "null"},
                            ]
                        },
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


class CreateServer(Body):
    """Document A: a new server."""

    name: Name
    organization: Text
    image: Text
    volumes: Volumes = []
    tags: Tags = []
    public_ip: PublicIp = None
    dynamic_public_ip: bool = False
    commercial_type: Text | None = None
    flavor: Text | None = None
    keyname: Text | None = None
    network: Text | None = None


class CreateServersInner(Body):
    """Document B: a new server, or several."""

    name: Name
    flavor: Text
    image: Text
    keyname: Text | None = None
    network: Text | None = None
    tags: Tags = []
    volumes: Volumes = []
    min_count: Count = 1
    max_count: Count | None = None
    return_reservation_id: bool = False


class CreateServersEnvelope(Body):
    """Document B: a new server, or several, in an envelope."""

    server: CreateServersInner


class UpdateServer(Body):
    """Document A: the fields to set. Read-only ones may be repeated with their present value."""

    name: Name = ""
    image: Text | None = None
    flavor: Text | None = None
    keyname: Text | None = None
    network: Text | None = None
    volumes: Volumes = []
    tags: Tags = []
    public_ip: PublicIp = None
    dynamic_public_ip: bool = False
    commercial_type: Text | None = None
    id: Any = None
    organization: Any = None
    running: Any = None
    state: Any = None
    private_ip: Any = None
    arch: Any = None
    location: Any = None
    reservation_id: Any = None
    creation_date: Any = None
    modification_date: Any = None
    version: Any = None


class UpdateServerEnvelope(Body):
    """An update in an envelope."""

    server: UpdateServer


class RenameServer(UpdateServer):
    """Document B: the new name, and other fields beside it; `name` is then the present one."""

    name: Any = None
    new_name: Name


class RenameServerEnvelope(Body):
    """Document B: a new name in an envelope."""

    server: RenameServer


READ_ONLY: Final = (
    "id",
    "organization",
    "running",
    "state",
    "private_ip",
    "arch",
    "location",
    "reservation_id",
    "creation_date",
    "modification_date",
    "version",
)


class ActOnServer(BaseModel):
    """An action, by its word. Members that the action does not know are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    action: Literal[
        "poweron", "poweroff", "resetsoft", "resethard", "backup", "restore", "reboot", "terminate"
    ]


class BackUp(ActOnServer):
    """A restore point, with a name or without."""

    name: Name | None = None


class Restore(ActOnServer):
    """Back to a backup, by id or name, or to a version; without either, to the newest backup."""

    backup: Text | None = None
    version: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
