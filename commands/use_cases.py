"""Which command goes where: a use case each, from the present server and a command to events.

A use case completes the command with what only the write side has (fresh ids, the replayed past)
and lets the domain decide. The completed command is what is recorded. To decide it again, over the
same history or another one, its ids stay and its past alone is looked up anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from commands.ids import with_ids
from commands.unit import Unit
from domain.attached import find_volume, named_once
from domain.backups import find_backup
from domain.commands import (
    AttachVolume,
    BackUpServer,
    CreateServers,
    CreateVolume,
    DeleteVolume,
    RestoreServer,
    RevertServer,
    TakeBackup,
    UpdateBackup,
    UpdateServer,
    UpdateVolume,
    WriteCommand,
)
from domain.decide import Origin, decide
from domain.events import ServerEvent, VolumeEvent
from domain.refusals import VersionUnknown
from domain.restoring import restore_version
from domain.server import Server
from domain.values import Held, Holder, Volume


class Past(Protocol):
    """What servers were: in the store, or in a history at hand."""

    @property
    def position(self) -> int:
        """The position of the last record."""

    def replay(self, server_id: str, version: int) -> Server | None:
        """A server as of `version`; None if it never had that version."""

    def state_at(self, server_id: str, position: int) -> Server | None:
        """A server as of a position; None where it did not live then."""


def run(
    unit: Unit, origin: Origin | None, command: WriteCommand, at: dt.datetime
) -> tuple[WriteCommand, tuple[ServerEvent | VolumeEvent, ...]]:
    """The command as completed, and the events it leads to. Raises a `Refusal`."""
    command = with_ids(unit.new_id, command)
    look_up = _LOOKED_UP.get(type(command))
    if look_up is not None:
        command = look_up(unit, origin, command)
    return run_again(unit, origin, command, at)


def run_again(
    past: Past, origin: Origin | None, command: WriteCommand, at: dt.datetime
) -> tuple[WriteCommand, tuple[ServerEvent | VolumeEvent, ...]]:
    """The same of a command that has its ids: a recorded one. Raises a `Refusal`."""
    complete = _WITH_PAST.get(type(command))
    if complete is not None:
        command = complete(past, origin, command)
    return command, decide(origin, command, at)


def _of_new_servers(unit: Unit, origin: Origin | None, command: CreateServers) -> CreateServers:
    """With each volume once."""
    configuration = command.configuration
    volumes = named_once(configuration.volumes)
    if volumes == configuration.volumes:
        return command
    configuration = msgspec.structs.replace(configuration, volumes=volumes)
    return msgspec.structs.replace(command, configuration=configuration)


def _of_server(unit: Unit, origin: Origin | None, command: UpdateServer) -> UpdateServer:
    """With each volume once, by the id that the server has it by."""
    assert isinstance(origin, Server), "an update is of a server"
    asked = command.changes.volumes
    if asked is msgspec.UNSET:
        return command
    changes = msgspec.structs.replace(
        command.changes, volumes=named_once(asked, origin.configuration.volumes)
    )
    return msgspec.structs.replace(command, changes=changes)


def _first_volume(unit: Unit, origin: Origin | None, command: BackUpServer) -> BackUpServer:
    """With the server's first volume, where that was made by itself."""
    assert isinstance(origin, Server), "a server is backed up"
    volumes = origin.configuration.volumes
    if not volumes or volumes[0].size_bytes:
        return command
    volume = _alone(unit, volumes[0].id, origin.organization)
    return command if volume is None else msgspec.structs.replace(command, held=Held(volume=volume))


def _alone(unit: Unit, volume_id: str, organization: str) -> Volume | None:
    """A volume that was made by itself, as a server has it."""
    volume = unit.get_volume(volume_id, (organization,))
    return None if volume is None or volume.deleted else volume.as_attached


def _attached(unit: Unit, origin: Origin | None, command: AttachVolume) -> AttachVolume:
    """With what there is of the volume, and the server that has it."""
    assert isinstance(origin, Server), "a volume is attached to a server"
    scope = (origin.organization,)
    alone = _alone(unit, command.volume_id.lower(), origin.organization)
    volume_id = alone.id if alone else command.volume_id
    server_id = unit.find_holder(volume_id, scope) or unit.find_holder(volume_id.lower(), scope)
    holder = None if server_id is None else unit.get_server(server_id, scope)
    if holder is None:
        # Its size, which changes, is its own to know: a server only refers to it.
        volume = None if alone is None else Volume(id=alone.id, name=alone.name, kind=alone.kind)
        return msgspec.structs.replace(command, volume=volume)
    volume = find_volume(holder, volume_id)
    held_by = Holder(id=holder.id, name=holder.name)
    return msgspec.structs.replace(command, volume=volume, holder=held_by)


def _source(unit: Unit, origin: Origin | None, command: TakeBackup) -> TakeBackup:
    """With what is told of the restore point or the volume that it is of."""
    assert origin is not None, "a restore point is of something"
    of = command.of.lower()
    if find_backup(origin.backups, of) is not None:
        place = unit.find_place(of, None)
        assert place is not None, "a restore point that is kept has its row"
        return msgspec.structs.replace(command, of=of, held=place.held)
    volume = _alone(unit, of, origin.organization)
    if volume is None:
        return command
    return msgspec.structs.replace(command, of=of, held=Held(volume=volume))


def _made(unit: Unit, origin: Origin | None, command: UpdateBackup) -> UpdateBackup:
    """With the version that made the restore point."""
    place = unit.find_place(command.backup_id, None)
    assert place is not None, "it was found by its row"
    return msgspec.structs.replace(command, made_version=place.made_version)


def _base(unit: Unit, origin: Origin | None, command: CreateVolume) -> CreateVolume:
    """With what the restore point holds that it is made of."""
    if command.base is None:
        return command
    place = unit.find_place(command.base.lower(), None)
    assert place is not None, "it was found by its row"
    return msgspec.structs.replace(command, base=command.base.lower(), held=place.held)


def _holder(
    unit: Unit, origin: Origin | None, command: UpdateVolume | DeleteVolume
) -> UpdateVolume | DeleteVolume:
    """With the server that has it."""
    assert origin is not None, "a volume is by itself, or a server has it"
    if isinstance(origin, Server):
        return command
    scope = (origin.organization,)
    server_id = unit.find_holder(origin.id, scope)
    server = None if server_id is None else unit.get_server(server_id, scope)
    holder = None if server is None else Holder(id=server.id, name=server.name)
    return msgspec.structs.replace(command, volume_id=origin.id, holder=holder)


def _restore_server(past: Past, server: Server | None, command: RestoreServer) -> RestoreServer:
    assert server is not None, "a restore has a server"
    version, _ = restore_version(server, command)
    then = past.replay(server.id, version)
    assert then is not None, "a server had every version up to its own"
    if then.deleted:
        raise VersionUnknown(f"the server was deleted at version {version}")
    return msgspec.structs.replace(command, past=then.configuration, past_running=then.running)


def _revert_server(past: Past, server: Server | None, command: RevertServer) -> RevertServer:
    assert server is not None, "a revert has a server"
    if command.to_position is not None:
        at, then = f"position {command.to_position}", None
        if command.to_position <= past.position:
            then = past.state_at(server.id, command.to_position)
    else:
        at, then = f"version {command.to_version}", None
        if 1 <= (command.to_version or 0) <= server.version:
            then = past.replay(server.id, command.to_version or 0)
    if then is None or then.deleted:
        raise VersionUnknown(f"the server was not there at {at}; it is at version {server.version}")
    return msgspec.structs.replace(
        command, past=then.configuration, past_running=then.running, past_version=then.version
    )


_LOOKED_UP: Final[Mapping[type, Callable[..., WriteCommand]]] = {
    CreateServers: _of_new_servers,
    UpdateServer: _of_server,
    BackUpServer: _first_volume,
    TakeBackup: _source,
    UpdateBackup: _made,
    CreateVolume: _base,
    AttachVolume: _attached,
    UpdateVolume: _holder,
    DeleteVolume: _holder,
}
"""What is looked up once and recorded with the command: it stays when that is decided again."""
_WITH_PAST: Final[Mapping[type, Callable[..., WriteCommand]]] = {
    RestoreServer: _restore_server,
    RevertServer: _revert_server,
}
