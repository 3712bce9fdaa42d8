"""The rules of a server's restore points: made, changed, and gone back to."""

from __future__ import annotations

import datetime as dt

from domain.attached import find_volume
from domain.backups import find_backup, get_backup, name_and_tags
from domain.commands import (
    BackupCommand,
    BackUpServer,
    DeleteBackup,
    RestoreServer,
    RevertServer,
    TakeBackup,
    UpdateBackup,
)
from domain.events import (
    ServerBackedUp,
    ServerBackupDeleted,
    ServerBackupUpdated,
    ServerEvent,
    ServerRestored,
    ServerReverted,
)
from domain.refusals import BackupUnknown, InvalidRequest, VersionUnknown, VolumeUnknown
from domain.server import Server
from domain.values import Held


def back_up(server: Server, command: BackUpServer, at: dt.datetime) -> tuple[ServerEvent, ...]:
    """A restore point of the whole server, and those of its series that it pushes out."""
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


def change_backup(server: Server, command: BackupCommand, at: dt.datetime) -> ServerEvent:
    """What is done to the restore points of a server, deleted as it may be. Raises a `Refusal`."""
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
        volume = None if server.deleted else find_volume(server, command.of)
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
        *(b for b in newest_first if b.id == command.backup.lower()),
        *(b for b in newest_first if b.name == command.backup),
    ):
        return backup.version, backup.id
    raise BackupUnknown(f"the server has no backup {command.backup!r}")


def restore(server: Server, command: RestoreServer, at: dt.datetime) -> tuple[ServerEvent, ...]:
    """The server as it was. Raises as `restore_version` does."""
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


def revert(command: RevertServer, at: dt.datetime) -> tuple[ServerEvent, ...]:
    """What is there again, deleted as it may have been."""
    assert command.past is not None, "the past is looked up before the decision"
    return (
        ServerReverted(
            at=at,
            configuration=command.past,
            running=command.past_running,
            past_version=command.past_version,
        ),
    )
