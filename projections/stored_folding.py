"""The fold of volumes and restore points over records as they come, beside that of servers."""

from __future__ import annotations

from domain.events import (
    RequestRefused,
    RequestUnchanged,
    VolumeEvent,
)
from domain.records import Record
from domain.server import Server
from domain.volumes import StandaloneVolume, evolve_volume
from projections.stored import (
    NOTHING,
    Point,
    PointEvent,
    Stored,
    point_changes,
    resized,
    stored_of,
)


class VolumeUntold(Exception):
    """What was of a volume cannot be told; the text says why."""


class StoredFold:
    """The volumes and restore points as of the last record that was taken in."""

    def __init__(self) -> None:
        """Before any."""
        self._volumes: dict[str, StandaloneVolume] = {}
        self._points: dict[str, Point] = {}

    def of_server(self, record: Record, before: Server | None, after: Server | None) -> Stored:
        """Take in an event of a server all of whose earlier ones were."""
        event = record.event
        found = self._take(event) if isinstance(event, PointEvent) else resized(before, after)
        return Stored(None, tuple(found)) if found else NOTHING

    def of_volume(self, record: Record, event: VolumeEvent) -> Stored:
        """Take in an event of a volume. Raises `VolumeUntold`."""
        id_, before = record.originator_id, self._volumes.get(record.originator_id)
        expected = before.version + 1 if before is not None else 1
        if record.originator_version != expected:
            raise VolumeUntold(f"volume {id_}: its version {expected} is missing")
        try:
            after = self._volumes[id_] = evolve_volume(before, event)
        except TypeError as error:
            raise VolumeUntold(f"volume {id_}: {error}") from error
        return stored_of(before, after, self._take(event) if isinstance(event, PointEvent) else ())

    def of_request(self, event: RequestRefused | RequestUnchanged) -> Stored:
        """The volume that a request was about."""
        volume = self._volumes.get(event.volume_id or "")
        return Stored((volume.id, volume.name)) if volume else NOTHING

    def _take(self, event: PointEvent) -> list[dict[str, object]]:
        changes = point_changes(event, self._points.__getitem__)
        for change in changes:
            id_ = change["field"].removeprefix("backups/")
            if change["after"] is None:
                del self._points[id_]
            else:
                self._points[id_] = change["after"]
        return changes
