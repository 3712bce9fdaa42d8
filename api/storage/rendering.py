"""Volumes, snapshots and images as Scaleway's clients read them; sizes in bytes.

Of the clients, some fail without an object where there is one, so `base_volume` and `root_volume`
always are.
"""

from __future__ import annotations

from typing import Any

import msgspec

from api.http.answer import Answer, json_answer, log_position_header
from api.http.exchange import Exchange
from commands.request import Written
from domain.commands import UpdateVolume
from domain.events import ServerBackupUpdated, VolumeBackupUpdated
from domain.records import Record
from domain.registry import REGISTRY
from projections.document import timestamp
from projections.restore_points import RestorePoint, restore_point_of, updated
from projections.volumes import ShownVolume, volume_alone, volumes_of


def zone_of(exchange: Exchange) -> str | None:
    """The zone of the path; at the root there is none."""
    return exchange.segment("zone") if "zone" in exchange.scope["path_params"] else None


def volume(shown: ShownVolume, zone: str | None) -> dict[str, Any]:
    """A volume."""
    server = shown.server
    return {
        "id": shown.id,
        "name": shown.name,
        "organization": shown.organization,
        "project": shown.organization,
        "size": shown.size_bytes,
        "volume_type": shown.kind,
        "state": "available",
        "tags": list(shown.tags),
        "creation_date": timestamp(shown.created_at),
        "modification_date": timestamp(shown.modified_at),
        "server": None if server is None else {"id": server[0], "name": server[1]},
        "export_uri": None,
        "zone": zone,
    }


def snapshot(point: RestorePoint, zone: str | None) -> dict[str, Any]:
    """A restore point as a snapshot of its volume."""
    base = point.volume
    return {
        "id": point.id,
        "name": point.name,
        "organization": point.organization,
        "project": point.organization,
        "size": point.size_bytes,
        "volume_type": point.volume_type,
        "state": "available",
        "tags": list(point.tags),
        "base_volume": {"id": base.id if base else None, "name": base.name if base else None},
        "creation_date": timestamp(point.created_at),
        "modification_date": timestamp(point.modified_at),
        "error_reason": None,
        "zone": zone,
    }


def image(point: RestorePoint, zone: str | None) -> dict[str, Any]:
    """A restore point as an image."""
    return {
        "id": point.id,
        "name": point.name,
        "arch": point.arch,
        "organization": point.organization,
        "project": point.organization,
        "creation_date": timestamp(point.created_at),
        "modification_date": timestamp(point.modified_at),
        "root_volume": {
            "id": point.of_backup or point.id,
            "name": point.volume.name if point.volume else None,
            "size": point.size_bytes,
            "volume_type": point.volume_type,
        },
        "default_bootscript": None,
        "extra_volumes": {},
        "from_server": point.origin_id if point.origin == "server" else None,
        "public": False,
        "state": "available",
        "tags": list(point.tags),
        "zone": zone,
    }


def public_image(entry: dict[str, Any], zone: str | None) -> dict[str, Any]:
    """An image of the catalogue, which shows as much as one's own do."""
    return {**entry, "project": entry["organization"], "tags": [], "zone": zone}


def made(path: str, written: Written, name: str, shown: dict[str, Any]) -> Answer:
    """What a create made, and where it is found, by the path that was asked."""
    location = f"{path.rstrip('/')}/{shown['id']}".encode()
    headers = ((b"location", location), log_position_header(written.position))
    return json_answer(201, {name: shown}, headers)


def changed(written: Written, name: str, shown: dict[str, Any]) -> Answer:
    """What an update left."""
    return json_answer(200, {name: shown}, (log_position_header(written.position),))


def removed(written: Written) -> Answer:
    """Nothing is left to show."""
    return Answer(204, headers=(log_position_header(written.position),))


def restore_point(written: Written) -> RestorePoint:
    """The restore point that a request made or changed, as it left it."""
    ((_, record),) = written.records.items()
    ((maker, origin),) = written.made
    point = restore_point_of(maker, origin)
    event = record.event
    if isinstance(event, ServerBackupUpdated | VolumeBackupUpdated):
        return updated(point, event)
    return point


def _holder(record: Record) -> tuple[str, str] | None:
    """The server that had the volume which a record's command changed."""
    command = REGISTRY.decode_command(record.metadata.arguments)  # type: ignore[arg-type]
    holder = command.holder if isinstance(command, UpdateVolume) else None
    return None if holder is None else (holder.id, holder.name)


def volume_left(written: Written, volume_id: str) -> ShownVolume:
    """The volume that a request made or changed, by itself or in its server, as it left it."""
    if written.volumes:
        ((_, record),) = written.records.items()
        return msgspec.structs.replace(volume_alone(written.volumes[0]), server=_holder(record))
    volumes = {volume.id: volume for volume in reversed(volumes_of(written.servers[0]))}
    return volumes.get(volume_id) or volumes[volume_id.lower()]
