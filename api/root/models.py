"""The wire's bodies at the root, as schemas: they validate, name every bad field, and are published.

These are the dialect's types, not the domain's; `api.root.reading` turns them into commands.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from api.root.fields import (
    BackupRef,
    Body,
    Count,
    Name,
    PublicIp,
    ReadOnly,
    Tags,
    Text,
    Version,
    Volumes,
)

ACTIONS: Final = ("poweron", "poweroff", "resetsoft", "resethard", "backup", "restore")
SYNONYMS: Final = ("reboot", "terminate")


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


def _without_defaults(schema: dict[str, Any]) -> None:
    """What an update does not name stays as it is, whatever stands here for want of it."""
    for field in schema["properties"].values():
        field.pop("default", None)


class UpdateServer(Body):
    """Document A: the fields to set. Read-only ones may be repeated with their present value."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

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

    server: UpdateServer


class RenameServer(UpdateServer):
    """Document B: the new name, and other fields beside it; `name` is then the present one."""

    name: ReadOnly = None
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


class Do(ActOnServer):
    """An action that takes nothing beside its word; `reboot` is `resetsoft`, `terminate` a delete."""

    action: Literal["poweron", "poweroff", "resetsoft", "resethard", "reboot", "terminate"]


class BackUp(ActOnServer):
    """A restore point, with a name or without."""

    action: Literal["backup"]
    name: Name | None = None


_ONE_OR_NONE: Final[dict[str, Any]] = {
    "anyOf": [
        {"properties": {"backup": {"type": "null"}}},
        {"properties": {"version": {"type": "null"}}},
    ]
}


class Restore(ActOnServer):
    """Back to a backup, by id or name, or to a version; without either, to the newest backup."""

    model_config = ConfigDict(json_schema_extra=_ONE_OR_NONE)

    action: Literal["restore"]
    backup: BackupRef | None = None
    version: Version | None = None
