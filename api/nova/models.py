"""Nova's bodies at 2.1, as schemas: they validate, name every bad field, and are published.

What the service has no such thing for is checked as far as its type goes; `docs/nova.md` tells what
becomes of each field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from api.nova.fields import (
    Anything,
    Body,
    Count,
    Flag,
    FlavorRef,
    Gib,
    ImageRef,
    Ipv4,
    Item,
    Lax,
    Metadata,
    Name,
    Rotation,
    Text,
)
from domain.values import VOLUMES_MAX

_NONE: Final[Any] = ()  # a list as default would be copied, deeply, for each body
_IMAGE: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"


def _example(body: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [body]})


class NovaNetwork(Body):
    """A network by its id: ports and fixed addresses there are none of."""

    uuid: Text


class NovaSecurityGroup(Body):
    """A security group, by name."""

    name: Text


class NovaFile(Body):
    """A file to put into the server."""

    path: Anything
    contents: Anything


class NovaBlockDevice(Body):
    """A disk: the image itself, a volume there is, or a new one."""

    source_type: Literal["image", "volume", "blank"]
    destination_type: Literal["local", "volume"] | None = None
    uuid: Text | None = None
    volume_size: Gib | None = None
    boot_index: int | Anything | None = None
    delete_on_termination: Flag | None = None
    device_name: Anything | None = None
    device_type: Anything | None = None
    disk_bus: Anything | None = None
    guest_format: Anything | None = None
    no_device: Flag | Anything | None = None


class NovaServer(Body):
    """A new server, or several: `max_count`, else `min_count`, which is not above it."""

    name: Name
    flavor: FlavorRef = Field(alias="flavorRef")
    image: ImageRef = Field("", alias="imageRef")
    metadata: Metadata = Field(_NONE)
    networks: Literal["auto", "none"] | list[NovaNetwork] | None = Field(None)
    keyname: Text | None = Field(None, alias="key_name")
    devices: list[NovaBlockDevice] = Field(
        _NONE, alias="block_device_mapping_v2", max_length=VOLUMES_MAX
    )
    access_ipv4: Ipv4 | None = Field(None, alias="accessIPv4")
    access_ipv6: Literal[""] | None = Field(None, alias="accessIPv6")
    min_count: Count = 1
    max_count: Count | None = None
    return_reservation_id: Flag = False
    password: Anything | None = Field(None, alias="adminPass")
    security_groups: list[NovaSecurityGroup] = Field(_NONE)
    disk_config: Literal["AUTO", "MANUAL"] | None = Field(None, alias="OS-DCF:diskConfig")
    availability_zone: Item | None = None
    config_drive: Flag | None = None
    personality: list[NovaFile] = Field(_NONE)
    user_data: Anything | None = None


class CreateNovaServer(Body):
    """Create a server."""

    model_config = _example(
        {"server": {"name": "web-1", "flavorRef": "2", "imageRef": _IMAGE, "networks": "auto"}}
    )

    server: NovaServer
    scheduler_hints: Lax | None = Field(None, alias="os:scheduler_hints")
    older_scheduler_hints: Lax | None = Field(None, alias="OS-SCH-HNT:scheduler_hints")


class NovaServerUpdate(Body):
    """What can be set of a server."""

    name: Name = ""
    access_ipv4: Ipv4 = Field("", alias="accessIPv4")
    access_ipv6: Literal[""] = Field("", alias="accessIPv6")
    disk_config: Literal["AUTO", "MANUAL"] = Field("MANUAL", alias="OS-DCF:diskConfig")


class UpdateNovaServer(Body):
    """Update a server."""

    model_config = _example({"server": {"name": "web-2"}})

    server: NovaServerUpdate


class NovaMetadata(Body):
    """Items of metadata."""

    model_config = _example({"metadata": {"role": "web"}})

    metadata: Metadata


class NovaMetadataItem(Body):
    """One item of metadata, whose key is that of the path."""

    model_config = _example({"meta": {"role": "web"}})

    meta: dict[Text, Item] = Field(min_length=1, max_length=1)


class StartNovaServer(Body):
    """Start a stopped server."""

    model_config = _example({"os-start": None})

    asked: Any = Field(alias="os-start")


class StopNovaServer(Body):
    """Stop a running server."""

    model_config = _example({"os-stop": None})

    asked: Any = Field(alias="os-stop")


class NovaReboot(Body):
    """Softly, which only a running server can be, or hard."""

    type: Literal["SOFT", "HARD", "soft", "hard", "Soft", "Hard"]


class RebootNovaServer(Body):
    """Restart a server."""

    model_config = _example({"reboot": {"type": "SOFT"}})

    asked: NovaReboot = Field(alias="reboot")


class NovaImage(Body):
    """What the image is to be called, and what is to be noted on it."""

    name: Name
    metadata: Metadata = Field(_NONE)


class CreateNovaImage(Body):
    """Keep what the server is as an image."""

    model_config = _example({"createImage": {"name": "golden"}})

    asked: NovaImage = Field(alias="createImage")


class NovaBackup(Body):
    """A backup of a series, of which so many are kept."""

    name: Name
    backup_type: Item
    rotation: Rotation
    metadata: Metadata = Field(_NONE)


class CreateNovaBackup(Body):
    """Keep what the server is as an image of a series."""

    model_config = _example(
        {"createBackup": {"name": "nightly-1", "backup_type": "nightly", "rotation": 7}}
    )

    asked: NovaBackup = Field(alias="createBackup")


ACTIONS: Final[Mapping[str, type[Body]]] = {
    "os-start": StartNovaServer,
    "os-stop": StopNovaServer,
    "reboot": RebootNovaServer,
    "createImage": CreateNovaImage,
    "createBackup": CreateNovaBackup,
}
"""What can be done with a server, by Nova's words."""
