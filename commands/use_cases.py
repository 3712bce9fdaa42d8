"""Which command goes where: a use case each, from the present server and a command to events.

A use case completes the command with what only the write side has (fresh ids, the replayed past)
and lets the domain decide. The completed command is what is recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from commands.unit import Unit
from domain.commands import (
    BackUpServer,
    CreateServers,
    RestoreServer,
    RevertServer,
    ServerCommand,
    UpdateServer,
)
from domain.decide import decide, restore_version
from domain.events import ServerEvent
from domain.refusals import VersionUnknown
from domain.server import Server
from domain.values import Volume

_RESERVATION_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


def run(
    unit: Unit, server: Server | None, command: ServerCommand, at: dt.datetime
) -> tuple[ServerCommand, tuple[ServerEvent, ...]]:
    """The command as completed, and the events it leads to. Raises a `Refusal`."""
    complete = _COMPLETE.get(type(command))
    if complete is not None:
        command = complete(unit, server, command)
    return command, decide(server, command, at)


def _create_servers(unit: Unit, _: Server | None, command: CreateServers) -> CreateServers:
    configuration = command.configuration
    volumes = _with_ids(unit, configuration.volumes)
    return msgspec.structs.replace(
        command,
        configuration=msgspec.structs.replace(configuration, volumes=volumes),
        server_ids=tuple(unit.new_id() for _ in range(command.count)),
        reservation_id=_reservation_id(unit) if command.reserve or command.count > 1 else None,
    )


def _update_server(unit: Unit, _: Server | None, command: UpdateServer) -> UpdateServer:
    volumes = command.changes.volumes
    if volumes is msgspec.UNSET:
        return command
    changes = msgspec.structs.replace(command.changes, volumes=_with_ids(unit, volumes))
    return msgspec.structs.replace(command, changes=changes)


def _back_up_server(unit: Unit, _: Server | None, command: BackUpServer) -> BackUpServer:
    return msgspec.structs.replace(command, backup_id=unit.new_id())


def _restore_server(unit: Unit, server: Server | None, command: RestoreServer) -> RestoreServer:
    assert server is not None, "a restore has a server"
    version, _ = restore_version(server, command)
    past = unit.replay(server.id, version)
    assert past is not None, "a server had every version up to its own"
    if past.deleted:
        raise VersionUnknown(f"the server was deleted at version {version}")
    return msgspec.structs.replace(command, past=past.configuration, past_running=past.running)


def _revert_server(unit: Unit, server: Server | None, command: RevertServer) -> RevertServer:
    assert server is not None, "a revert has a server"
    if command.to_position is not None:
        at, past = f"position {command.to_position}", None
        if command.to_position <= unit.position:
            past = unit.state_at(server.id, command.to_position)
    else:
        at, past = f"version {command.to_version}", None
        if 1 <= (command.to_version or 0) <= server.version:
            past = unit.replay(server.id, command.to_version or 0)
    if past is None or past.deleted:
        raise VersionUnknown(f"the server was not there at {at}; it is at version {server.version}")
    return msgspec.structs.replace(
        command, past=past.configuration, past_running=past.running, past_version=past.version
    )


def _with_ids(unit: Unit, volumes: tuple[Volume, ...]) -> tuple[Volume, ...]:
    """New volumes, those without an id, get one."""
    return tuple(
        volume if volume.id else msgspec.structs.replace(volume, id=unit.new_id())
        for volume in volumes
    )


def _reservation_id(unit: Unit) -> str:
    number = int(unit.new_id().replace("-", "")[16:], 16)
    letters = ""
    for _ in range(8):
        number, digit = divmod(number, len(_RESERVATION_ALPHABET))
        letters += _RESERVATION_ALPHABET[digit]
    return f"r-{letters}"


_COMPLETE: Final[Mapping[type, Callable[..., ServerCommand]]] = {
    CreateServers: _create_servers,
    UpdateServer: _update_server,
    BackUpServer: _back_up_server,
    RestoreServer: _restore_server,
    RevertServer: _revert_server,
}
