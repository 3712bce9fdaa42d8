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
    unit: Unit, server: Server | None, command: ServerCommand, at: dt.datetime
) -> tuple[ServerCommand, tuple[ServerEvent, ...]]:
    """The command as completed, and the events it leads to. Raises a `Refusal`."""
    return run_again(unit, server, with_ids(unit.new_id, command), at)


def run_again(
    past: Past, server: Server | None, command: ServerCommand, at: dt.datetime
) -> tuple[ServerCommand, tuple[ServerEvent, ...]]:
    """The same of a command that has its ids: a recorded one. Raises a `Refusal`."""
    complete = _WITH_PAST.get(type(command))
    if complete is not None:
        command = complete(past, server, command)
    return command, decide(server, command, at)


def with_ids(new_id: Callable[[], str], command: ServerCommand) -> ServerCommand:
    """The command with fresh ids for all that it makes."""
    complete = _WITH_IDS.get(type(command))
    return command if complete is None else complete(new_id, command)


def _create_servers(new_id: Callable[[], str], command: CreateServers) -> CreateServers:
    configuration = command.configuration
    volumes = _volumes_with_ids(new_id, configuration.volumes)
    return msgspec.structs.replace(
        command,
        configuration=msgspec.structs.replace(configuration, volumes=volumes),
        server_ids=tuple(new_id() for _ in range(command.count)),
        reservation_id=_reservation_id(new_id) if command.reserve or command.count > 1 else None,
    )


def _update_server(new_id: Callable[[], str], command: UpdateServer) -> UpdateServer:
    volumes = command.changes.volumes
    if volumes is msgspec.UNSET:
        return command
    changes = msgspec.structs.replace(command.changes, volumes=_volumes_with_ids(new_id, volumes))
    return msgspec.structs.replace(command, changes=changes)


def _back_up_server(new_id: Callable[[], str], command: BackUpServer) -> BackUpServer:
    return msgspec.structs.replace(command, backup_id=new_id())


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


def _volumes_with_ids(new_id: Callable[[], str], volumes: tuple[Volume, ...]) -> tuple[Volume, ...]:
    """New volumes, those without an id, get one."""
    return tuple(
        volume if volume.id else msgspec.structs.replace(volume, id=new_id()) for volume in volumes
    )


def _reservation_id(new_id: Callable[[], str]) -> str:
    number = int(new_id().replace("-", "")[16:], 16)
    letters = ""
    for _ in range(8):
        number, digit = divmod(number, len(_RESERVATION_ALPHABET))
        letters += _RESERVATION_ALPHABET[digit]
    return f"r-{letters}"


_WITH_IDS: Final[Mapping[type, Callable[..., ServerCommand]]] = {
    CreateServers: _create_servers,
    UpdateServer: _update_server,
    BackUpServer: _back_up_server,
}
_WITH_PAST: Final[Mapping[type, Callable[..., ServerCommand]]] = {
    RestoreServer: _restore_server,
    RevertServer: _revert_server,
}
