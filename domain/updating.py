"""The rules of updates: from what a server is to be to the event that it becomes."""

from __future__ import annotations

import datetime as dt

import msgspec

from domain.commands import ChangeMetadata
from domain.events import ServerEvent, ServerRenamed, ServerUpdated
from domain.refusals import InvalidRequest, MetadataUnknown
from domain.server import Server
from domain.values import METADATA_MAX, Changes, PublicIp, Volume, canonical_id, items_of


def update(
    server: Server, asked: Changes, at: dt.datetime, *, names_kept: bool = False
) -> tuple[ServerEvent, ...]:
    """The event of an update; none where nothing changes."""
    present = server.configuration.volumes
    if asked.volumes not in (msgspec.UNSET, present):
        volumes = _as_known(server, asked.volumes, names_kept)
        if volumes != present:
            volumes = attached_once(volumes, present)
        asked = msgspec.structs.replace(asked, volumes=volumes)
    address = server.configuration.public_ip
    if names_kept and address is not None and asked.public_ip == PublicIp(id=address.id):
        asked = msgspec.structs.replace(asked, public_ip=address)
    return changed(server, asked, at)


def changed(server: Server, asked: Changes, at: dt.datetime) -> tuple[ServerEvent, ...]:
    """The event of changes that are as they are to be; none where nothing changes."""
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
        present = known.get(volume.id) or known.get(canonical_id(volume.id))
        if present is None:
            return volume
        name = present.name if names_kept and volume.name is None else volume.name
        return msgspec.structs.replace(present, name=name)

    return tuple([left(volume) for volume in volumes])


def attached_once(
    volumes: tuple[Volume, ...], known: tuple[Volume, ...] = ()
) -> tuple[Volume, ...]:
    """Volumes by their canonical ids, but for those that are known by another; each as named first.

    One that was named twice would be counted, and shown by its servers, as two.
    """
    kept = {volume.id for volume in known}
    found: dict[str, Volume] = {}
    for volume in volumes:
        id_ = volume.id if volume.id in kept else canonical_id(volume.id)
        if id_ not in found:
            found[id_] = volume if id_ == volume.id else msgspec.structs.replace(volume, id=id_)
    return tuple(found.values())


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
    return changed(server, Changes(metadata=items_of(metadata)), at)
