"""The bodies at the root, as schemas: they validate, name every bad field, and are published.

These are the dialect's types, not the domain's; `api.root.reading` turns them into commands.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.http.fields import (
    BackupRef,
    Body,
    Count,
    Metadata,
    Name,
    Position,
    PublicIp,
    ReadOnly,
    Tags,
    Text,
    Version,
    Volumes,
)

ACTIONS: Final = ("poweron", "poweroff", "resetsoft", "resethard", "backup", "restore")
SYNONYMS: Final = ("reboot", "terminate")
_NONE: Final[Any] = ()  # a list as default would be copied, deeply, for each body


def _example(body: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [body]})


class CreateServer(Body):
    """Document A: a new server."""

    model_config = _example(
        {
            "organization": "f030e920-9743-4f28-8164-964ba8555fa5",
            "name": "my_server",
            "image": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
            "tags": ["test", "www"],
        }
    )

    name: Name
    organization: Text
    image: Text
    volumes: Volumes = Field(_NONE)
    tags: Tags = Field(_NONE)
    public_ip: PublicIp = None
    dynamic_public_ip: bool = False
    commercial_type: Text | None = None
    flavor: Text | None = None
    keyname: Text | None = None
    network: Text | None = None
    metadata: Metadata = Field(_NONE)


class CreateServersInner(Body):
    """Document B: a new server, or several: `max_count`, else `min_count`, which is not above it.

    Of several, each name has its number behind it, and 255 characters with it.
    """

    name: Name
    flavor: Text
    image: Text
    keyname: Text | None = None
    network: Text | None = None
    tags: Tags = Field(_NONE)
    volumes: Volumes = Field(_NONE)
    metadata: Metadata = Field(_NONE)
    min_count: Count = 1
    max_count: Count | None = None
    return_reservation_id: bool = False


class CreateServersEnvelope(Body):
    """Document B: a new server, or several, in an envelope."""

    model_config = _example(
        {
            "server": {
                "name": "demo_instance_final",
                "flavor": "m1.small",
                "image": "cirros-0.3.4-x86_64-uec",
                "keyname": "admin-key",
                "network": "private",
            }
        }
    )

    server: CreateServersInner


def _without_defaults(schema: dict[str, Any], type_: type[BaseModel]) -> None:
    """What an update does not name stays as it is, whatever stands here for want of it."""
    for field in schema["properties"].values():
        field.pop("default", None)
    if type_ is UpdateServer:
        schema["examples"] = [{"tags": ["test"]}]


class UpdateServer(Body):
    """Document A: the fields to set. Read-only ones may be repeated with their present value."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    name: Name = ""
    image: Text | None = None
    flavor: Text | None = None
    keyname: Text | None = None
    network: Text | None = None
    volumes: Volumes = Field(_NONE)
    tags: Tags = Field(_NONE)
    public_ip: PublicIp = None
    dynamic_public_ip: bool = False
    commercial_type: Text | None = None
    metadata: Metadata = Field(_NONE)
    id: ReadOnly = None
    organization: ReadOnly = None
    running: ReadOnly = None
    state: ReadOnly = None
    private_ip: ReadOnly = None
    arch: ReadOnly = None
    location: ReadOnly = None
    reservation_id: ReadOnly = None
    creation_date: ReadOnly = None
    modification_date: ReadOnly = None
    version: ReadOnly = None


class UpdateServerEnvelope(Body):
    """An update in an envelope."""

    model_config = _example({"server": {"tags": ["www"]}})

    server: UpdateServer


class RenameServer(UpdateServer):
    """Document B: the new name, and other fields beside it; `name` is then the present one."""

    name: ReadOnly = None
    new_name: Name


class RenameServerEnvelope(Body):
    """Document B: a new name in an envelope."""

    model_config = _example({"server": {"new_name": "demo_instance_update"}})

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


class Do(ActOnServer):
    """An action that takes nothing more; `reboot` is `resetsoft`, `terminate` is a delete."""

    model_config = _example({"action": "poweron"})

    action: Literal["poweron", "poweroff", "resetsoft", "resethard", "reboot", "terminate"]


class BackUp(ActOnServer):
    """A restore point, with a name or without."""

    model_config = _example({"action": "backup", "name": "before the upgrade"})

    action: Literal["backup"]
    name: Name | None = None


_ONE_OR_NONE: Final[dict[str, Any]] = {
    "examples": [{"action": "restore", "version": 1}],
    "anyOf": [
        {"properties": {"backup": {"type": "null"}}},
        {"properties": {"version": {"type": "null"}}},
    ],
}


class Restore(ActOnServer):
    """Back to a backup, by id or name, or to a version; without either, to the newest backup."""

    model_config = ConfigDict(json_schema_extra=_ONE_OR_NONE)

    action: Literal["restore"]
    backup: BackupRef | None = None
    version: Version | None = None


_UNSET: Final[Any] = None  # null, where it is sent, is no version


def _one_target(schema: dict[str, Any]) -> None:
    for field in ("to_version", "to_position"):
        del schema["properties"][field]["default"]
    schema["examples"] = [{"to_version": 1, "dry_run": True}]
    schema["oneOf"] = [{"required": ["to_version"]}, {"required": ["to_position"]}]


class RevertServer(Body):
    """Back to what the server was at a version, or at a position of the log."""

    model_config = ConfigDict(json_schema_extra=_one_target)

    to_version: Version = Field(_UNSET)
    to_position: Position = Field(_UNSET)
    dry_run: bool = False
