"""From a body about volumes, snapshots or images to a command, or to all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from api.http.validation import validated
from api.http.writing import Read
from api.storage import models
from commands.request import Target
from domain import commands
from domain.attached import find_volume
from domain.refusals import ImageOfCatalogue, Problems
from domain.server import Server
from domain.values import Volume, VolumeChanges, canonical_id

_PRIVATE: Final = ("an image is of its organization alone: only false can be given",)


def read_create_volume(body: Mapping[str, Any], home: str) -> Read:
    """A new volume."""
    asked, problems = validated(models.CreateVolume, body)
    organization, owner_problems = owner_of(body)
    problems = {**problems, **owner_problems}
    if asked is not None and asked.size is None and asked.base_snapshot is None:
        problems["size"] = ("required key not provided, unless with base_snapshot",)
    read = Read(
        "create_volume",
        problems=problems,
        organization=organization,
        ref=_text(body.get("base_snapshot")),
        about="base",
    )
    if asked is None or problems:
        return read
    command = commands.CreateVolume(
        organization=organization or home,
        name=asked.name,
        size_bytes=asked.size or 0,
        kind=asked.volume_type,
        tags=_unique(asked.tags),
        base=asked.base_snapshot,
    )
    return msgspec.structs.replace(read, command=command)


def read_update_volume(body: Mapping[str, Any], volume_id: str) -> Read:
    """The fields of a volume to set."""
    asked, problems = validated(models.UpdateVolume, body)
    read = Read("update_volume", problems=problems, ref=volume_id, about="volume")
    if asked is None:
        return read
    changes = VolumeChanges(
        name=_given(asked.name),
        size_bytes=_given(asked.size),
        tags=msgspec.UNSET if asked.tags is None else _unique(asked.tags),
    )
    command = commands.UpdateVolume(volume_id=volume_id, changes=changes)
    return msgspec.structs.replace(read, command=command)


def delete_volume(volume_id: str) -> Read:
    """A volume to remove."""
    command = commands.DeleteVolume(volume_id=volume_id)
    return Read("delete_volume", command, ref=volume_id, about="volume")


def read_create_snapshot(body: Mapping[str, Any]) -> Read:
    """A new snapshot of a volume."""
    asked, problems = validated(models.CreateSnapshot, body)
    organization, owner_problems = owner_of(body)
    read = Read(
        "take_backup",
        problems={**problems, **owner_problems},
        organization=organization,
        ref=_text(body.get("volume_id")),
        about="backed_volume",
    )
    if asked is None:
        return read
    command = commands.TakeBackup(
        of=asked.volume_id, name=asked.name, kind="snapshot", tags=_unique(asked.tags)
    )

    def check(target: Target) -> Problems:
        found = _of_another_owner(target, organization)
        if asked.volume_type not in (None, _kind_of(target, asked.volume_id) or asked.volume_type):
            found["volume_type"] = ("the volume is of another",)
        return found

    return msgspec.structs.replace(read, command=command, check=check)


def read_create_image(body: Mapping[str, Any]) -> Read:
    """A new image of a snapshot or a volume."""
    asked, problems = validated(models.CreateImage, body)
    organization, owner_problems = owner_of(body)
    problems = {**problems, **owner_problems}
    if asked is not None and asked.public:
        problems["public"] = _PRIVATE
    read = Read(
        "take_backup",
        problems=problems,
        organization=organization,
        ref=_text(body.get("root_volume")),
        about="backed",
    )
    if asked is None:
        return read
    extra = [canonical_id(volume.id) for volume in asked.extra_volumes.values()]
    command = commands.TakeBackup(
        of=asked.root_volume,
        name=asked.name,
        kind="image",
        arch=asked.arch,
        tags=_unique(asked.tags),
    )

    def check(target: Target) -> Problems:
        found = _of_another_owner(target, organization)
        strange = [id_ for id_ in extra if id_ not in _kept_with(target)]
        if strange:
            found["extra_volumes"] = (
                f"{strange[0]}: an image holds its server's volumes, and this is none of them",
            )
        return found

    return msgspec.structs.replace(read, command=command, check=check)


def read_update_snapshot(body: Mapping[str, Any], snapshot_id: str) -> Read:
    """The fields of a snapshot to set."""
    asked, problems = validated(models.UpdateSnapshot, body)
    read = Read("update_backup", problems=problems, ref=snapshot_id, about="snapshot")
    return _updating(read, asked, snapshot_id)


def read_update_image(body: Mapping[str, Any], image_id: str, *, public: bool) -> Read:
    """The fields of an image to set; of a public one none can be."""
    asked, problems = validated(models.UpdateImage, body)
    if asked is not None and asked.public:
        problems = {"public": _PRIVATE}
    read = Read(
        "update_backup",
        problems=problems,
        ref=image_id,
        about="image",
        barred=_of_catalogue(image_id) if public else None,
    )
    return _updating(read, asked, image_id)


def _updating(
    read: Read, asked: models.UpdateSnapshot | models.UpdateImage | None, backup_id: str
) -> Read:
    if asked is None:
        return read
    command = commands.UpdateBackup(
        backup_id=backup_id.lower(),
        name=_given(asked.name),
        tags=msgspec.UNSET if asked.tags is None else _unique(asked.tags),
    )
    return msgspec.structs.replace(read, command=command)


def delete_snapshot(snapshot_id: str) -> Read:
    """A snapshot to remove."""
    command = commands.DeleteBackup(backup_id=snapshot_id.lower())
    return Read("delete_backup", command, ref=snapshot_id, about="snapshot")


def delete_image(image_id: str, *, public: bool) -> Read:
    """An image to remove; a public one cannot be."""
    command = commands.DeleteBackup(backup_id=image_id.lower())
    barred = _of_catalogue(image_id) if public else None
    return Read("delete_backup", command, ref=image_id, about="image", barred=barred)


def _of_catalogue(image_id: str) -> ImageOfCatalogue:
    return ImageOfCatalogue(f"image {image_id!r} is of the catalogue: it cannot be changed here")


def owner_of(body: Mapping[str, Any]) -> tuple[str | None, Problems]:
    """The organization that a body names, as itself or as a project."""
    organization, project = _text(body.get("organization")), _text(body.get("project"))
    if organization and project and organization != project:
        return organization, {"project": ("another than organization, which is the same here",)}
    return organization or project, {}


def _of_another_owner(target: Target, organization: str | None) -> dict[str, tuple[str, ...]]:
    if organization in (None, target.organization):
        return {}
    return {"organization": ("must be that of what it is made of",)}


def _kind_of(target: Target, volume_id: str) -> str | None:
    """The kind of a volume; None where that was never told."""
    if not isinstance(target, Server):
        return target.kind
    volume = find_volume(target, volume_id)
    return None if volume is None else volume.kind


def _kept_with(target: Target) -> set[str]:
    """The canonical ids of the volumes and the restore points that belong together."""
    volumes: tuple[Volume, ...] = (
        target.configuration.volumes if isinstance(target, Server) else (target.as_attached,)
    )
    ids = {canonical_id(volume.id) for volume in volumes}
    return ids | {backup.id for backup in target.backups}


def _given(value: Any) -> Any:
    return msgspec.UNSET if value is None else value


def _unique(tags: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


def _text(value: Any) -> str | None:
    """A reference as sent, if it can be one."""
    return value if isinstance(value, str) and value else None
