"""The Volume aggregate: one that was made by itself, whether a server has it by now or not.

A volume that came with a server is that server's alone (`domain.values.Volume`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from domain.backups import get_backup, name_and_tags, with_updated, without
from domain.commands import (
    BackupCommand,
    CreateVolume,
    DeleteBackup,
    DeleteVolume,
    TakeBackup,
    UpdateBackup,
    UpdateVolume,
    VolumeCommand,
)
from domain.events import (
    Event,
    VolumeBackedUp,
    VolumeBackupDeleted,
    VolumeBackupUpdated,
    VolumeCreated,
    VolumeDeleted,
    VolumeEvent,
    VolumeUpdated,
)
from domain.refusals import VolumeAttached, VolumeSmaller
from domain.values import (
    DEFAULT_ARCH,
    DEFAULT_VOLUME_KIND,
    Backup,
    Held,
    Value,
    Volume,
    VolumeChanges,
)


class StandaloneVolume(Value, frozen=True):
    """A volume as of `version`, the number of its events."""

    id: str
    organization: str
    name: str
    size_bytes: int
    kind: str
    created_at: dt.datetime
    modified_at: dt.datetime
    version: int
    tags: tuple[str, ...] = ()
    base: str | None = None
    backups: tuple[Backup, ...] = ()
    deleted: bool = False

    @property
    def as_attached(self) -> Volume:
        """The volume as a server's configuration has it."""
        return Volume(id=self.id, name=self.name, size_bytes=self.size_bytes, kind=self.kind)


def evolve_volume(volume: StandaloneVolume | None, event: Event) -> StandaloneVolume:
    """The state after `event`. Raises `TypeError` for an event that does not fit."""
    if volume is None:
        return _created(event)
    changed = _CHANGED.get(type(event))
    if changed is None:
        raise TypeError(f"{type(event).__name__} after VolumeCreated")
    return msgspec.structs.replace(
        volume, version=volume.version + 1, modified_at=event.at, **changed(volume, event)
    )


def fold_volume(events: Iterable[Event]) -> StandaloneVolume | None:
    """The state after `events`, oldest first; None where there are none."""
    volume = None
    for event in events:
        volume = evolve_volume(volume, event)
    return volume


def _created(event: Event) -> StandaloneVolume:
    if not isinstance(event, VolumeCreated):
        raise TypeError(f"{type(event).__name__} before VolumeCreated")
    return StandaloneVolume(
        id=event.volume_id,
        organization=event.organization,
        name=event.name,
        size_bytes=event.size_bytes,
        kind=event.kind,
        created_at=event.at,
        modified_at=event.at,
        version=1,
        tags=event.tags,
        base=event.base,
    )


def _updated(volume: StandaloneVolume, event: VolumeUpdated) -> dict[str, object]:
    return event.fields.named()


def _backed_up(volume: StandaloneVolume, event: VolumeBackedUp) -> dict[str, object]:
    backup = Backup(
        id=event.backup_id,
        name=event.name,
        version=event.version,
        kind=event.kind,
        tags=event.tags,
    )
    return {"backups": (*volume.backups, backup)}


def _backup_updated(volume: StandaloneVolume, event: VolumeBackupUpdated) -> dict[str, object]:
    return {"backups": with_updated(volume.backups, event.backup_id, event.name, event.tags)}


def _backup_deleted(volume: StandaloneVolume, event: VolumeBackupDeleted) -> dict[str, object]:
    return {"backups": without(volume.backups, event.backup_id)}


def _deleted(volume: StandaloneVolume, event: VolumeDeleted) -> dict[str, object]:
    return {"deleted": True}


_CHANGED: Final[Mapping[type[Event], Callable[[StandaloneVolume, Any], dict[str, object]]]] = {
    VolumeUpdated: _updated,
    VolumeBackedUp: _backed_up,
    VolumeBackupUpdated: _backup_updated,
    VolumeBackupDeleted: _backup_deleted,
    VolumeDeleted: _deleted,
}


def decide_volume(
    volume: StandaloneVolume | None, command: VolumeCommand | BackupCommand, at: dt.datetime
) -> tuple[VolumeEvent, ...]:
    """The events that `command` leads to. Raises a `Refusal` where a rule forbids it."""
    if isinstance(command, CreateVolume):
        return (_create(command, at),)
    assert volume is not None, "a command needs a volume"
    match command:
        case TakeBackup():
            return (_back_up(volume, command, at),)
        case UpdateBackup(backup_id=backup_id, made_version=made):
            name, tags = name_and_tags(get_backup(volume.backups, backup_id), command)
            return (
                VolumeBackupUpdated(
                    at=at, backup_id=backup_id, made_version=made, name=name, tags=tags
                ),
            )
        case DeleteBackup(backup_id=backup_id):
            get_backup(volume.backups, backup_id)
            return (VolumeBackupDeleted(at=at, backup_id=backup_id),)
        case _:
            assert not volume.deleted, "a command needs a volume that is there"
            return _change(volume, command, at)


def _create(command: CreateVolume, at: dt.datetime) -> VolumeCreated:
    held = command.held.volume if command.held else None
    size_bytes = command.size_bytes or (held.size_bytes if held else 0)
    if held is not None and size_bytes < held.size_bytes:
        raise VolumeSmaller(f"{size_bytes} bytes: its base has {held.size_bytes}")
    return VolumeCreated(
        at=at,
        volume_id=command.volume_id,
        organization=command.organization,
        name=command.name,
        size_bytes=size_bytes,
        kind=command.kind or (held.kind if held else None) or DEFAULT_VOLUME_KIND,
        tags=command.tags,
        base=command.base,
    )


def _change(
    volume: StandaloneVolume, command: UpdateVolume | DeleteVolume, at: dt.datetime
) -> tuple[VolumeEvent, ...]:
    if isinstance(command, DeleteVolume):
        if command.holder is not None:
            raise VolumeAttached(f"server {command.holder.id} has the volume")
        return (VolumeDeleted(at=at),)
    check_size(volume.size_bytes, command.changes)
    beyond = {
        field: value
        for field, value in command.changes.named().items()
        if value != getattr(volume, field)
    }
    if not beyond:
        return ()
    changes = VolumeChanges(**beyond)  # type: ignore[arg-type]  # names and types are its own
    return (VolumeUpdated(at=at, fields=changes),)


def check_size(present: int, changes: VolumeChanges) -> None:
    """Raise `VolumeSmaller` where a volume would become smaller."""
    asked = changes.size_bytes
    if asked is not msgspec.UNSET and asked < present:
        raise VolumeSmaller(f"{asked} bytes: the volume has {present}")


def _back_up(volume: StandaloneVolume, command: TakeBackup, at: dt.datetime) -> VolumeBackedUp:
    held = command.held or Held()
    version, of_backup = volume.version, None
    if command.of != volume.id:
        version, of_backup = get_backup(volume.backups, command.of).version, command.of
    return VolumeBackedUp(
        at=at,
        backup_id=command.backup_id,
        version=version,
        name=command.name,
        kind=command.kind,
        holds=Held(
            arch=command.arch or held.arch or DEFAULT_ARCH,
            image=held.image,
            volume=(held.volume if of_backup else None) or volume.as_attached,
        ),
        properties=command.properties,
        tags=command.tags,
        of_backup=of_backup,
    )
