"""The rules of servers: from a state and a command to events.

Pure: the same state, command and time give the same events. No event means that nothing happened.
"""

from __future__ import annotations

import datetime as dt
from typing import overload

import msgspec

from domain.attached import change_volume
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
    ServerCreated,
    ServerDeleted,
    ServerEvent,
    ServerPoweredOff,
    ServerPoweredOn,
    ServerReset,
    VolumeEvent,
)
from domain.refusals import ServerRunning, ServerStopped
from domain.restoring import back_up, change_backup, restore, revert
from domain.server import Server
from domain.updating import change_metadata, update_server
from domain.volumes import StandaloneVolume, decide_volume

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
    if not isinstance(origin, Server):
        assert isinstance(command, VolumeCommand | BackupCommand), "a command needs a server"
        return decide_volume(origin, command, at)
    if isinstance(command, RevertServer):
        return revert(command, at)
    if origin.deleted:
        assert isinstance(command, BackupCommand), "a command needs a live server"
        return (change_backup(origin, command, at),)
    return _change(origin, command, at)


def _change(server: Server, command: WriteCommand, at: dt.datetime) -> tuple[ServerEvent, ...]:
    match command:
        case UpdateServer():
            return update_server(server, command, at)
        case ChangeMetadata():
            return change_metadata(server, command, at)
        case DeleteServer():
            return (ServerDeleted(at=at),)
        case PowerOnServer() | PowerOffServer() | ResetServer():
            return _power(server, command, at)
        case BackUpServer():
            return back_up(server, command, at)
        case RestoreServer():
            return restore(server, command, at)
        case TakeBackup() | UpdateBackup() | DeleteBackup():
            return (change_backup(server, command, at),)
        case AttachVolume() | DetachVolume() | UpdateVolume() | DeleteVolume():
            return change_volume(server, command, at)
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
