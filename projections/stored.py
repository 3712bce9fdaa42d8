"""What records did to volumes and restore points, as changes beside those of a server's fields.

A volume by itself is told by its own fields, a restore point as one (`backups/ID`), which is null
where it is not there. Of a server's volumes (`volumes/ID`), this tells what its document does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from domain.events import (
    ServerBackedUp,
    ServerBackupDeleted,
    ServerBackupUpdated,
    VolumeBackedUp,
    VolumeBackupDeleted,
    VolumeBackupUpdated,
)
from domain.server import Server
from domain.values import DEFAULT_VOLUME_KIND, Volume
from domain.volumes import StandaloneVolume
from projections.batches import lives
from projections.document import timestamp

Change = dict[str, Any]
Point = Mapping[str, Any]
"""A restore point as told, without its id."""
PointEvent = (
    ServerBackedUp
    | ServerBackupUpdated
    | ServerBackupDeleted
    | VolumeBackedUp
    | VolumeBackupUpdated
    | VolumeBackupDeleted
)

VOLUME_FIELDS: Final = (
    *("id", "name", "organization", "size", "volume_type", "tags"),
    *("creation_date", "modification_date"),
)
"""What is told of a volume by itself, in this order."""
_NONE: Final[Mapping[str, Any]] = {}


class Stored(NamedTuple):
    """The volume by itself that a record is about, if one, by id and name, and what changed."""

    volume: tuple[str, str] | None = None
    changes: tuple[Change, ...] = ()


NOTHING: Final = Stored()


def stored_of(
    before: StandaloneVolume | None, after: StandaloneVolume, changes: Iterable[Change] = ()
) -> Stored:
    """What an event of a volume did; `changes` are those of its restore points."""
    was, is_ = _shown(before), _shown(after)
    own = [
        {"field": field, "before": was.get(field), "after": is_.get(field)}
        for field in VOLUME_FIELDS
        if was.get(field) != is_.get(field)
    ]
    return Stored((after.id, (before or after).name), (*own, *changes))


def _shown(volume: StandaloneVolume | None) -> Mapping[str, Any]:
    if volume is None or volume.deleted:
        return _NONE
    return {
        "id": volume.id,
        "name": volume.name,
        "organization": volume.organization,
        "size": volume.size_bytes,
        "volume_type": volume.kind,
        "tags": list(volume.tags),
        "creation_date": timestamp(volume.created_at),
        "modification_date": timestamp(volume.modified_at),
    }


def point_changes(event: PointEvent, find: Callable[[str], Point]) -> list[Change]:
    """The restore points that an event made, changed or removed; `find` tells what one was."""
    match event:
        case ServerBackedUp(backup_id=made, dropped=dropped):
            # One that is not kept at all comes and goes at once: it changed nothing.
            kept = [] if made in dropped else [_change(made, None, point_of(event))]
            gone = [_change(id_, find(id_), None) for id_ in dropped if id_ != made]
            return kept + gone
        case VolumeBackedUp(backup_id=made):
            return [_change(made, None, point_of(event))]
        case ServerBackupUpdated(backup_id=id_) | VolumeBackupUpdated(backup_id=id_):
            before = find(id_)
            return [_change(id_, before, updated(before, event))]
        case ServerBackupDeleted(backup_id=id_) | VolumeBackupDeleted(backup_id=id_):
            return [_change(id_, find(id_), None)]


def _change(id_: str, before: Point | None, after: Point | None) -> Change:
    return {"field": f"backups/{id_}", "before": before, "after": after}


def point_of(event: ServerBackedUp | VolumeBackedUp) -> Point:
    """The restore point that an event made; `volume` is the id of the one that was asked for."""
    held = event.holds if isinstance(event, VolumeBackedUp) else event.held
    return {
        "name": event.name,
        "kind": event.kind,
        "version": event.version,
        "volume": held.volume.id if held and held.volume else None,
        "of_backup": event.of_backup,
        "series": event.series if isinstance(event, ServerBackedUp) else None,
        "properties": dict(event.properties),
        "tags": list(event.tags),
    }


def updated(point: Point, event: ServerBackupUpdated | VolumeBackupUpdated) -> Point:
    """The restore point after an update."""
    return {**point, "name": event.name, "tags": list(event.tags)}


def resized(before: Server | None, after: Server | None) -> list[Change]:
    """The volumes that a server had and has, whose size or kind is another."""
    if not (lives(before) and lives(after)):
        return []
    if before.configuration.volumes is after.configuration.volumes:
        return []  # as most updates leave them
    had = {volume.id: volume for volume in before.configuration.volumes}
    return [
        {"field": f"volumes/{has.id}", "before": _sized(was), "after": _sized(has)}
        for has in after.configuration.volumes
        if (was := had.get(has.id)) and (was.size_bytes, was.kind) != (has.size_bytes, has.kind)
    ]


def _sized(volume: Volume) -> Mapping[str, Any]:
    return {
        "name": volume.name,
        "size": volume.size_bytes,
        "volume_type": volume.kind or DEFAULT_VOLUME_KIND,
    }
