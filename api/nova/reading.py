"""From Nova's bodies to commands, or to all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.http.validation import validated
from api.http.writing import Read
from api.nova import models
from domain.commands import ChangeMetadata, CreateServers, UpdateServer
from domain.decide import numbered_names
from domain.refusals import Problems
from domain.values import (
    DEFAULT_ARCH,
    NAME_MAX_CHARACTERS,
    Changes,
    Configuration,
    PublicIp,
    Volume,
    items_of,
)

_GIB = 1024**3


class ReadCreate(Read, frozen=True):
    """What a create asks for, and how it is to be answered."""

    asked: models.NovaServer | None = None


def read_create(body: Mapping[str, Any], home: str) -> ReadCreate:
    """A create; the organization is the caller's home. References are not looked up here."""
    envelope, problems = validated(models.CreateNovaServer, body, envelope="server")
    if envelope is None:
        return ReadCreate("create_servers", problems=problems)
    asked = envelope.server
    problems = {**_count_problems(asked), **_disk_problems(asked), **_network_problems(asked)}
    if problems:
        return ReadCreate("create_servers", problems=problems, asked=asked)
    command = CreateServers(
        organization=home,
        configuration=_configuration(asked),
        arch=DEFAULT_ARCH,
        count=_count(asked),
        reserve=asked.return_reservation_id,
        running=True,
    )
    return ReadCreate("create_servers", command, asked=asked)


def image_of(asked: models.NovaServer) -> str:
    """The image that is asked for, as the reference or as the disk to boot from; "" for none."""
    ref = asked.image or next((device.uuid or "" for device in _images(asked)), "")
    return ref.lower()  # an id; names are none to Nova


def _configuration(asked: models.NovaServer) -> Configuration:
    return Configuration(
        name=asked.name,
        image=image_of(asked) or None,
        flavor=asked.flavor,
        keyname=asked.keyname,
        network=_network(asked),
        volumes=_volumes(asked),
        public_ip=_public_ip(asked.access_ipv4 or ""),
        metadata=items_of(dict(asked.metadata)),
    )


def _count(asked: models.NovaServer) -> int:
    return int(asked.max_count or asked.min_count)


def _count_problems(asked: models.NovaServer) -> Problems:
    if asked.min_count > _count(asked):
        return {"min_count": ("must be <= max_count",)}
    if len(numbered_names(asked.name, _count(asked))[-1]) > NAME_MAX_CHARACTERS:
        return {"name": (f"with its number, longer than {NAME_MAX_CHARACTERS} characters",)}
    return {}


def _network_problems(asked: models.NovaServer) -> Problems:
    if isinstance(asked.networks, list) and len(asked.networks) > 1:
        return {"networks": ("a server has one network at the most",)}
    return {}


def _disk_problems(asked: models.NovaServer) -> Problems:
    if asked.image and not asked.devices:
        return {}
    problems: dict[str, tuple[str, ...]] = {}
    named = {(device.uuid or "").lower() for device in _images(asked)}
    if asked.image:
        named.add(asked.image.lower())
    devices = [
        words
        for number, device in enumerate(asked.devices)
        if (words := _device_problem(device)) and (words := f"{number}.{words}")
    ]
    if len(named) > 1:
        devices.append("another image than imageRef")
    if devices:
        problems["block_device_mapping_v2"] = tuple(devices)
    elif not named and not _volumes(asked):
        problems["imageRef"] = ("Invalid imageRef provided.",)
    return problems


def _device_problem(device: models.NovaBlockDevice) -> str | None:
    if device.source_type != "blank" and not device.uuid:
        return "uuid: required for a volume or an image"
    made = device.source_type == "blank" or (
        device.source_type == "image" and device.destination_type == "volume"
    )
    if made and not device.volume_size:
        return "volume_size: required for a new disk"
    return None


def _images(asked: models.NovaServer) -> list[models.NovaBlockDevice]:
    return [device for device in asked.devices if device.source_type == "image"]


def _volumes(asked: models.NovaServer) -> tuple[Volume, ...]:
    """Those there are, and new ones; an image that is the server's own disk is no volume."""
    volumes = []
    for device in asked.devices:
        if device.source_type == "volume":
            volumes.append(Volume(id=str(device.uuid)))
        elif device.source_type == "blank" or device.destination_type == "volume":
            volumes.append(Volume(id="", size_bytes=(device.volume_size or 0) * _GIB))
    return tuple(volumes)


def _network(asked: models.NovaServer) -> str | None:
    return asked.networks[0].uuid if isinstance(asked.networks, list) and asked.networks else None


def _public_ip(address: str) -> PublicIp | None:
    return PublicIp(id=address, address=address) if address else None


def read_update(body: Mapping[str, Any]) -> Read:
    """An update: of the fields that Nova lets set, those that were sent."""
    envelope, problems = validated(models.UpdateNovaServer, body, envelope="server")
    if envelope is None:
        return Read("update_server", problems=problems)
    asked, named = envelope.server, envelope.server.model_fields_set
    changes: dict[str, Any] = {}
    if "name" in named:
        changes["name"] = asked.name
    if "access_ipv4" in named:
        changes["public_ip"] = _public_ip(asked.access_ipv4)
    return Read("update_server", UpdateServer(changes=Changes(**changes)))


def read_metadata(body: Mapping[str, Any], *, whole: bool) -> Read:
    """Items to set; if they are the whole, all others go."""
    name = "update_server" if whole else "change_metadata"
    asked, problems = validated(models.NovaMetadata, body)
    if asked is None:
        return Read(name, problems=problems)
    items = items_of(asked.metadata)
    if whole:
        return Read(name, UpdateServer(changes=Changes(metadata=items)))
    return Read(name, ChangeMetadata(items=items))


def read_metadata_item(body: Mapping[str, Any], key: str) -> Read:
    """One item to set, under the key of the path."""
    asked, problems = validated(models.NovaMetadataItem, body)
    if asked is not None and list(asked.meta) != [key]:
        asked, problems = None, {"meta": ("the request body and the URI name different keys",)}
    if asked is None:
        return Read("change_metadata", problems=problems)
    return Read("change_metadata", ChangeMetadata(items=items_of(asked.meta)))
