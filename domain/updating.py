"""The rules of updates: from what a server is to be to the event that it becomes."""

from __future__ import annotations

import datetime as dt

import msgspec

from domain.commands import ChangeMetadata, UpdateServer
from domain.events import ServerEvent, ServerRenamed, ServerUpdated
from domain.refusals import InvalidRequest, MetadataUnknown
from domain.server import Server
from domain.values import METADATA_MAX, Changes, PublicIp, Volume, items_of


def update_server(
    server: Server, command: UpdateServer, at: dt.datetime
) -> tuple[ServerEvent, ...]:
    """The event of an update; none where nothing changes."""
    asked, address = command.changes, server.configuration.public_ip
    if asked.volumes is not msgspec.UNSET:
        volumes = _as_known(server, asked.volumes, command.names_kept)
        asked = msgspec.structs.replace(asked, volumes=volumes)
    if command.address_kept and address is not None and asked.public_ip == PublicIp(id=address.id):
        asked = msgspec.structs.replace(asked, public_ip=address)
    return update(server, asked, at)


def update(server: Server, asked: Changes, at: dt.datetime) -> tuple[ServerEvent, ...]:
    """The event of what is to be; none where nothing changes."""
    changes = asked.beyond(server.configuration)
    named = changes.named()
    if not named:
        return ()
    if set(named) == {"name"}:
        return (ServerRenamed(at=at, name=str(changes.name)),)
    return (ServerUpdated(at=at, changes=changes),)


def _as_known(server: Server, volumes: tuple[Volume, ...], names_kept: bool) -> tuple[Volume, ...]:
    """A volume that the server has stays as large as it is, whatever is said of it."""
    known = {volume.id: volume for volume in server.configuration.volumes}

    def left(volume: Volume) -> Volume:
        present = known.get(volume.id)
        if present is None:
            return volume
        name = present.name if names_kept and volume.name is None else volume.name
        return msgspec.structs.replace(present, name=name)

    return tuple([left(volume) for volume in volumes])


def change_metadata(
    server: Server, command: ChangeMetadata, at: dt.datetime
) -> tuple[ServerEvent, ...]:
    """Items set and removed. Raises `MetadataUnknown` or `InvalidRequest`."""
    present = dict(server.configuration.metadata)
    for key in command.removed:
        if key not in present:
            raise MetadataUnknown(f"the server's metadata has no item {key!r}")
    metadata = {key: value for key, value in present.items() if key not in command.removed}
    metadata.update(command.items)
    if len(metadata) > METADATA_MAX:
        raise InvalidRequest({"metadata": (f"more than {METADATA_MAX} items",)})
    return update(server, Changes(metadata=items_of(metadata)), at)
