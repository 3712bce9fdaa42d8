"""The bodies of the Scaleway dialect, as schemas that validate and are published."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.http.fields import Body, Name, ReadOnly, Tags, Text
from api.scaleway.fields import (
    Address,
    Addresses,
    BootType,
    Ipv6,
    NoBoot,
    NoGroup,
    NoKey,
    NoNics,
    Only,
    Protected,
    Routed,
    Volumes,
)
from api.storage.models import Owned

ACTIONS: Final = ("poweron", "poweroff", "stop_in_place", "reboot", "terminate", "backup")
_NONE: Final[Any] = ()  # a list as default would be copied, deeply, for each body


def _example(body: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [body]})


class Settings(Body):
    """What can be chosen of a server, at first and later."""

    volumes: Volumes = Field(default_factory=dict)
    tags: Tags = Field(_NONE)
    dynamic_ip_required: bool = False
    public_ip: Address | None = None
    public_ips: Addresses = Field(_NONE)
    boot_type: BootType = "local"
    protected: Protected = False
    routed_ip_enabled: Routed = None
    enable_ipv6: Ipv6 = False
    security_group: NoGroup = None
    placement_group: NoGroup = None
    admin_password_encryption_ssh_key_id: NoKey = None


class CreateInstance(Owned, Settings):
    """A new server, of the organization or the project, which are one; of the home unless told."""

    model_config = _example(
        {
            "project": "f030e920-9743-4f28-8164-964ba8555fa5",
            "name": "my_server",
            "commercial_type": "VC1S",
            "image": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
            "tags": ["test", "www"],
        }
    )

    name: Name
    commercial_type: Text
    image: Text | None = None


def _without_defaults(schema: dict[str, Any]) -> None:
    """What an update does not name stays as it is, whatever stands here for want of it."""
    for field in schema["properties"].values():
        field.pop("default", None)
    schema["examples"] = [{"name": "my_server", "tags": ["test"]}]


class UpdateInstance(Settings):
    """The fields to set. Read-only ones may be repeated with their present value."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    name: Name = ""
    commercial_type: str = Field("", max_length=255, pattern="^[^\\u0000]*$")
    private_nics: NoNics = None
    id: ReadOnly = None
    organization: ReadOnly = None
    project: ReadOnly = None
    hostname: ReadOnly = None
    state: ReadOnly = None
    state_detail: ReadOnly = None
    allowed_actions: ReadOnly = None
    arch: ReadOnly = None
    image: ReadOnly = None
    private_ip: ReadOnly = None
    ipv6: ReadOnly = None
    mac_address: ReadOnly = None
    dns: ReadOnly = None
    location: ReadOnly = None
    filesystems: ReadOnly = None
    maintenances: ReadOnly = None
    end_of_service: ReadOnly = None
    admin_password_encrypted_value: ReadOnly = None
    creation_date: ReadOnly = None
    modification_date: ReadOnly = None
    zone: ReadOnly = None


READ_ONLY: Final = tuple(UpdateInstance.model_fields)[
    tuple(UpdateInstance.model_fields).index("id") :
]


class ActOnInstance(BaseModel):
    """An action, by its word. Members that the action does not know are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    action: Literal["poweron", "poweroff", "stop_in_place", "reboot", "terminate", "backup"]


class DoToInstance(ActOnInstance):
    """An action that takes nothing more; `stop_in_place` is `poweroff`."""

    model_config = _example({"action": "poweron"})

    action: Literal["poweron", "poweroff", "stop_in_place", "reboot", "terminate"]


class BackUpInstance(ActOnInstance):
    """An image of the server, with a name or without."""

    model_config = _example({"action": "backup", "name": "before the upgrade"})

    action: Literal["backup"]
    name: Name | None = None
    volumes: Annotated[
        Any, Only({}, None, why="a backup holds every volume, each with the type it has")
    ] = None


class AttachVolume(Body):
    """The volume to attach, which is there and which no other server has."""

    model_config = _example({"volume_id": "f56af4c9-d902-4a17-88d6-a0a03f2c28c0"})

    volume_id: Text
    volume_type: Text | None = None
    boot: NoBoot = False


class DetachVolume(Body):
    """The volume to take from the server."""

    model_config = _example({"volume_id": "f56af4c9-d902-4a17-88d6-a0a03f2c28c0"})

    volume_id: Text
