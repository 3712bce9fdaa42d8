"""Fresh ids for all that a command makes: servers, volumes, restore points, a reservation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from domain.commands import (
    BackUpServer,
    CreateServers,
    CreateVolume,
    TakeBackup,
    UpdateServer,
    WriteCommand,
)
from domain.values import Volume

_RESERVATION_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


def with_ids(new_id: Callable[[], str], command: WriteCommand) -> WriteCommand:
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


def _take_backup(new_id: Callable[[], str], command: TakeBackup) -> TakeBackup:
    return msgspec.structs.replace(command, backup_id=new_id())


def _create_volume(new_id: Callable[[], str], command: CreateVolume) -> CreateVolume:
    return msgspec.structs.replace(command, volume_id=new_id())


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


_WITH_IDS: Final[Mapping[type, Callable[..., WriteCommand]]] = {
    CreateServers: _create_servers,
    UpdateServer: _update_server,
    BackUpServer: _back_up_server,
    TakeBackup: _take_backup,
    CreateVolume: _create_volume,
}
