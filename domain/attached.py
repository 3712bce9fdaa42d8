"""The rules of the volumes that a server has: attached, detached, changed where they are."""

from __future__ import annotations

import datetime as dt

import msgspec

from domain.commands import AttachVolume, DeleteVolume, DetachVolume, UpdateVolume
from domain.events import ServerEvent, ServerUpdated
from domain.refusals import InvalidRequest, VolumeAttached, VolumeUnknown
from domain.server import Server
from domain.updating import update
from domain.values import VOLUMES_MAX, Changes, Volume, canonical_id
from domain.volumes import check_size


def change_volume(
    server: Server,
    command: AttachVolume | DetachVolume | UpdateVolume | DeleteVolume,
    at: dt.datetime,
) -> tuple[ServerEvent, ...]:
    """What is done to one of them. Raises a `Refusal`."""
    match command:
        case AttachVolume():
            return _attach_volume(server, command, at)
        case DetachVolume():
            return _detach_volume(server, command, at)
        case UpdateVolume():
            return _update_volume(server, command, at)
        case DeleteVolume():
            raise VolumeAttached(f"server {server.id} has the volume")


def _attach_volume(
    server: Server, command: AttachVolume, at: dt.datetime
) -> tuple[ServerEvent, ...]:
    present = server.configuration.volumes
    if command.holder is not None and command.holder.id != server.id:
        raise VolumeAttached(f"server {command.holder.id} has the volume")
    if command.volume is None:
        raise VolumeUnknown(f"no volume {command.volume_id!r}")
    if any(volume.id == command.volume.id for volume in present):
        return ()
    if len(present) >= VOLUMES_MAX:
        raise InvalidRequest({"volume_id": (f"the server has {VOLUMES_MAX} volumes already",)})
    return update(server, Changes(volumes=(*present, command.volume)), at)


def _detach_volume(
    server: Server, command: DetachVolume, at: dt.datetime
) -> tuple[ServerEvent, ...]:
    meant = find_volume(server, command.volume_id)
    if meant is None:
        raise VolumeUnknown(f"the server has no volume {command.volume_id!r}")
    present = server.configuration.volumes
    kept = tuple(volume for volume in present if volume.id != meant.id)
    return update(server, Changes(volumes=kept), at)


def _update_volume(
    server: Server, command: UpdateVolume, at: dt.datetime
) -> tuple[ServerEvent, ...]:
    volume = find_volume(server, command.volume_id)
    if volume is None:
        raise VolumeUnknown(f"no volume {command.volume_id!r}")
    if command.changes.tags not in (msgspec.UNSET, ()):
        raise VolumeAttached(f"the volume came with server {server.id}, and has no tags there")
    asked = command.changes
    check_size(volume.size_bytes, asked)
    changed = msgspec.structs.replace(
        volume,
        name=volume.name if asked.name is msgspec.UNSET else asked.name,
        size_bytes=volume.size_bytes if asked.size_bytes is msgspec.UNSET else asked.size_bytes,
    )
    volumes = tuple(
        changed if present.id == volume.id else present for present in server.configuration.volumes
    )
    changes = Changes(volumes=volumes).beyond(server.configuration)
    return (ServerUpdated(at=at, changes=changes),) if changes.named() else ()


def named_once(volumes: tuple[Volume, ...], present: tuple[Volume, ...] = ()) -> tuple[Volume, ...]:
    """Each once, as it is named first, by the id that `present` ones have or its canonical one.

    Named just as they are, present ones stay as they are.
    """
    if [volume.id for volume in volumes] == [volume.id for volume in present]:
        return volumes
    known = {canonical_id(volume.id): volume.id for volume in present}
    known |= {volume.id: volume.id for volume in present}
    found: dict[str, Volume] = {}
    for volume in volumes:
        canonical = canonical_id(volume.id)
        id_ = known.get(volume.id) or known.get(canonical) or canonical
        if id_ not in found:
            found[id_] = volume if id_ == volume.id else msgspec.structs.replace(volume, id=id_)
    return tuple(found.values())


def find_volume(server: Server, volume_id: str) -> Volume | None:
    """The server's volume of that id, failing that of that in small letters."""
    volumes = {volume.id: volume for volume in reversed(server.configuration.volumes)}
    return volumes.get(volume_id) or volumes.get(volume_id.lower())
