"""The rules of servers: from a state and a command to events.

Pure: the same state, command and time give the same events. No event means that nothing happened.
"""

from __future__ import annotations

import datetime as dt
from typing import overload

import msgspec

from domain.backups import find_backup, get_backup, name_and_tags
from domain.commands import (
    AttachVolume,
    BackupCommand,
    BackUpServer,
    ChangeMetadata,
    CreateServers,
    DeleteBackup,
    DeleteServer,
    DeleteVolume,
    DetachVolume,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    RestoreServer,
    RevertServer,
    ServerCommand,
    TakeBackup,
    UpdateBackup,
    UpdateServer,
    UpdateVolume,
    VolumeCommand,
    WriteCommand,
)
from domain.events import (
    ServerBackedUp,
    ServerBackupDeleted,
    ServerBackupUpdated,
    ServerCreated,
    ServerDeleted,
    ServerEvent,
    ServerPoweredOff,
    ServerPoweredOn,
    ServerRenamed,
    ServerReset,
    ServerRestored,
    ServerReverted,
    ServerUpdated,
    VolumeEvent,
)
from domain.refusals import (
    BackupUnknown,
    InvalidRequest,
    MetadataUnknown,
    ServerRunning,
    ServerStopped,
    VersionUnknown,
    VolumeAttached,
    VolumeUnknown,
)
from domain.server import Server
from domain.values import METADATA_MAX, VOLUMES_MAX, Changes, Held, Volume, items_of
from domain.volumes import StandaloneVolume, check_size, decide_volume

Origin = Server | StandaloneVolume
"""What restore points are of."""


@overload
def decide(
    origin: Server | None, command: ServerCommand, at: dt.datetime
) -> tuple[ServerEvent, ...]: ...
@overload
def decide(
    origin: Origin | None, command: WriteCommand, at: dt.datetime
) -> tuple[ServerEvent | VolumeEvent, ...]: ...
def decide(
    origin: Origin | None, command: WriteCommand, at: dt.datetime
) -> tuple[ServerEvent | VolumeEvent, ...]:
    """The events that `command` leads to: one at the most for a server, one each for new ones.

    Raises a `Refusal` where a rule forbids it.
    """
    if isinstance(command, CreateServers):
        return _create(command, at)
    if isinstance(origin, Server):
        return _decide(origin, command, at)
    assert isinstance(command, VolumeCommand | BackupCommand), "a command needs a server"
    return decide_volume(origin, command, at)


def _decide(server: Server, command: WriteCommand, at: dt.datetime) -> tuple[ServerEvent, ...]:
    if isinstance(command, RevertServer):
        return _revert(command, at)
    if server.deleted:
        assert isinstance(command, BackupCommand), "a command needs a live server"
        return (_about_backup(server, command, at),)
    return _change(server, command, at)


def _change(server: Server, command: WriteCommand, at: dt.datetime) -> tuple[ServerEvent, ...]:
    match command:
        case UpdateServer(changes=changes):
            return _update(server, changes, at)
        case ChangeMetadata():
            return _change_metadata(server, command, at)
        case DeleteServer():
            return (ServerDeleted(at=at),)
        case PowerOnServer() | PowerOffServer() | ResetServer():
            return _power(server, command, at)
        case BackUpServer():
            return _back_up(server, command, at)
        case RestoreServer():
            return _restore(server, command, at)
        case TakeBackup() | UpdateBackup() | DeleteBackup():
            return (_about_backup(server, command, at),)
        case AttachVolume() | DetachVolume() | UpdateVolume() | DeleteVolume():
            return _about_volume(server, command, at)
        case _:
            raise TypeError(f"not a change of a live server: {type(command).__name__}")


def _power(
    server: Server, command: PowerOnServer | PowerOffServer | ResetServer, at: dt.datetime
) -> tuple[ServerEvent, ...]:
    match command:
        case PowerOnServer(strict=strict):
            if strict and server.running:
                raise ServerRunning("the server is running already")
            return () if server.running else (ServerPoweredOn(at=at),)
        case PowerOffServer(strict=strict):
            if strict and not server.running:
                raise ServerStopped("the server is stopped already")
            return (ServerPoweredOff(at=at),) if server.running else ()
        case ResetServer(hard=hard):
            if not hard and not server.running:
                raise ServerStopped("a stopped server cannot be restarted; start it first")
            return (ServerReset(at=at, hard=hard),)


def numbered_names(name: str, count: int) -> tuple[str, ...]:
    """The names of `count` servers made at once: `name` for one, NAME-1, NAME-2, … for more."""
    return (name,) if count == 1 else tuple(f"{name}-{n}" for n in range(1, count + 1))


def _create(command: CreateServers, at: dt.datetime) -> tuple[ServerEvent, ...]:
    names = numbered_names(command.configuration.name, command.count)
    return tuple(
        ServerCreated(
            at=at,
            server_id=server_id,
            organization=command.organization,
            configuration=msgspec.structs.replace(command.configuration, name=name),
            arch=command.arch,
            reservation_id=command.reservation_id,
            running=command.running,
        )
        for server_id, name in zip(command.server_ids, names, strict=True)
    )


def _update(server: Server, asked: Changes, at: dt.datetime) -> tuple[ServerEvent, ...]:
    if asked.volumes is not msgspec.UNSET:
        asked = msgspec.structs.replace(asked, volumes=_as_known(server, asked.volumes))
    changes = asked.beyond(server.configuration)
    named = changes.named()
    if not named:
        return ()
    if set(named) == {"name"}:
        return (ServerRenamed(at=at, name=str(changes.name)),)
    return (ServerUpdated(at=at, changes=changes),)


def _as_known(server: Server, volumes: tuple[Volume, ...]) -> tuple[Volume, ...]:
    """A volume that the server has stays as large as it is, whatever is said of it."""
    known = {volume.id: volume for volume in server.configuration.volumes}
    return tuple(
        msgspec.structs.replace(
            volume, size_bytes=known[volume.id].size_bytes, kind=known[volume.id].kind
        )
        if volume.id in known
        else volume
        for volume in volumes
    )


def _change_metadata(
    server: Server, command: ChangeMetadata, at: dt.datetime
) -> tuple[ServerEvent, ...]:
    present = dict(server.configuration.metadata)
    for key in command.removed:
        if key not in present:
            raise MetadataUnknown(f"the server's metadata has no item {key!r}")
    metadata = {key: value for key, value in present.items() if key not in command.removed}
    metadata.update(command.items)
    if len(metadata) > METADATA_MAX:
        raise InvalidRequest({"metadata": (f"more than {METADATA_MAX} items",)})
    return _update(server, Changes(metadata=items_of(metadata)), at)


def _about_volume(
    server: Server,
    command: AttachVolume | DetachVolume | UpdateVolume | DeleteVolume,
    at: dt.datetime,
) -> tuple[ServerEvent, ...]:
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
    return _update(server, Changes(volumes=(*present, command.volume)), at)


def _detach_volume(
    server: Server, command: DetachVolume, at: dt.datetime
) -> tuple[ServerEvent, ...]:
    present = server.configuration.volumes
    meant = (command.volume_id, command.volume_id.lower())
    kept = tuple(volume for volume in present if volume.id not in meant)
    if len(kept) == len(present):
        raise VolumeUnknown(f"the server has no volume {command.volume_id!r}")
    return _update(server, Changes(volumes=kept), at)


def _back_up(server: Server, command: BackUpServer, at: dt.datetime) -> tuple[ServerEvent, ...]:
    dropped: tuple[str, ...] = ()
    if command.keep is not None:
        series = [backup.id for backup in server.backups if backup.series == command.series]
        series.append(command.backup_id)
        dropped = tuple(series[: max(0, len(series) - command.keep)])
    return (
        ServerBackedUp(
            at=at,
            backup_id=command.backup_id,
            name=command.name,
            version=server.version,
            kind=command.kind,
            series=command.series,
            dropped=dropped,
            properties=command.properties,
            held=command.held,
        ),
    )


def _about_backup(server: Server, command: BackupCommand, at: dt.datetime) -> ServerEvent:
    match command:
        case TakeBackup():
            return _take_backup(server, command, at)
        case UpdateBackup(backup_id=backup_id, made_version=made):
            name, tags = name_and_tags(get_backup(server.backups, backup_id), command)
            return ServerBackupUpdated(
                at=at, backup_id=backup_id, made_version=made, name=name, tags=tags
            )
        case DeleteBackup(backup_id=backup_id):
            get_backup(server.backups, backup_id)
            return ServerBackupDeleted(at=at, backup_id=backup_id)


def _take_backup(server: Server, command: TakeBackup, at: dt.datetime) -> ServerBackedUp:
    if command.arch not in (None, server.arch):
        raise InvalidRequest({"arch": (f"the server is of {server.arch}",)})
    earlier, held = find_backup(server.backups, command.of), command.held
    if earlier is None:
        volume = None if server.deleted else _find_volume(server, command.of)
        if volume is None:
            raise VolumeUnknown(f"no volume {command.of!r}")
        held = Held(volume=held.volume if held and held.volume else volume)
    return ServerBackedUp(
        at=at,
        backup_id=command.backup_id,
        name=command.name,
        version=earlier.version if earlier else server.version,
        kind=command.kind,
        properties=command.properties,
        tags=command.tags,
        of_backup=earlier.id if earlier else None,
        held=held,
    )


def _find_volume(server: Server, volume_id: str) -> Volume | None:
    volumes = server.configuration.volumes
    return next((volume for volume in volumes if volume.id == volume_id), None)


def _update_volume(
    server: Server, command: UpdateVolume, at: dt.datetime
) -> tuple[ServerEvent, ...]:
    volume = _find_volume(server, command.volume_id)
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


def restore_version(server: Server, command: RestoreServer) -> tuple[int, str | None]:
    """The version to restore, and the id of the backup that names it, if one does.

    Raises `VersionUnknown` or `BackupUnknown`. Of two backups of one name the newer counts.
    """
    if command.version is not None:
        if not 1 <= command.version <= server.version:
            raise VersionUnknown(
                f"version {command.version} is unknown: the server is at version {server.version}"
            )
        return command.version, None
    if not server.backups:
        raise BackupUnknown("the server has no backup")
    if command.backup is None:
        return server.backups[-1].version, server.backups[-1].id
    newest_first = server.backups[::-1]
    for backup in (
        *(b for b in newest_first if b.id == command.backup),
        *(b for b in newest_first if b.name == command.backup),
    ):
        return backup.version, backup.id
    raise BackupUnknown(f"the server has no backup {command.backup!r}")


def _restore(server: Server, command: RestoreServer, at: dt.datetime) -> tuple[ServerEvent, ...]:
    version, backup_id = restore_version(server, command)
    assert command.past is not None, "the past is replayed before the decision"
    return (
        ServerRestored(
            at=at,
            configuration=command.past,
            running=command.past_running,
            to_version=version,
            backup_id=backup_id,
        ),
    )


def _revert(command: RevertServer, at: dt.datetime) -> tuple[ServerEvent, ...]:
    assert command.past is not None, "the past is looked up before the decision"
    return (
        ServerReverted(
            at=at,
            configuration=command.past,
            running=command.past_running,
            past_version=command.past_version,
        ),
    )
