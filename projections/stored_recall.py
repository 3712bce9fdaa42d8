"""What records of the past did to volumes and restore points, read from the log itself.

No rows keep what these were, so it is folded from their streams: each record once for as long as
one of these lives, which is within one snapshot.
"""

from __future__ import annotations

from typing import Final, get_args

import msgspec

from domain.events import (
    RequestRefused,
    RequestRepeated,
    RequestUnchanged,
    ServerRestored,
    ServerReverted,
    ServerUpdated,
    VolumeEvent,
)
from domain.ports import Log, Session
from domain.records import Record
from domain.registry import UnreadableRecord
from domain.volumes import StandaloneVolume, evolve_volume
from projections.mentions import Mentions
from projections.recall import About
from projections.stored import NOTHING, Point, PointEvent, Stored, point_changes, resized, stored_of

_RESIZING: Final = frozenset((ServerUpdated, ServerRestored, ServerReverted))
_REQUESTS: Final = (RequestRefused, RequestUnchanged, RequestRepeated)
_TOLD: Final = frozenset(
    (*get_args(PointEvent), *get_args(VolumeEvent), *_REQUESTS),
)


class StoredRecall:
    """Tells what records did to volumes and restore points."""

    def __init__(self, log: Log, session: Session) -> None:
        self._log = log
        self._session = session
        self._volumes: dict[str, list[StandaloneVolume]] = {}
        self._mentions: dict[str, Mentions] = {}

    def add(self, record: Record, about: About) -> About:
        """`about`, with what the record did besides. Raises `UnreadableRecord`."""
        # Of what most records are, nothing more is asked than what they are.
        kind = type(record.event)
        if kind in _RESIZING:
            found = resized(about.before, about.after)
            return about._replace(stored=Stored(None, tuple(found))) if found else about
        if kind in _TOLD:
            return about._replace(stored=self._stored(record, about))
        return about

    def _stored(self, record: Record, about: About) -> Stored:
        event = record.event
        if isinstance(event, RequestRepeated):
            return NOTHING if about.server_id else self._of_repeated(event)
        if isinstance(event, RequestRefused | RequestUnchanged):
            if event.volume_id is None:
                return NOTHING
            volume = self._volume(event.volume_id, event.volume_version or 0)
            return Stored((volume.id, volume.name)) if volume else NOTHING
        if isinstance(event, VolumeEvent):
            return self._of_volume(record, event)
        if isinstance(event, PointEvent):
            return Stored(None, tuple(self._points(record, event)))
        return NOTHING

    def _of_volume(self, record: Record, event: VolumeEvent) -> Stored:
        volume_id, version = record.originator_id, record.originator_version
        before, after = self._volume(volume_id, version - 1), self._volume(volume_id, version)
        assert after is not None, "its own event is among those folded"
        changed = self._points(record, event) if isinstance(event, PointEvent) else ()
        return stored_of(before, after, changed)

    def _of_repeated(self, event: RequestRepeated) -> Stored:
        # That it stands before has been seen to (`projections.recall`).
        ((_, first),) = self._log.read(self._session, event.first_position, 1)
        if isinstance(first.event, RequestRepeated):
            return self._of_repeated(first.event)
        return Stored(self._stored(first, About()).volume)

    def _points(self, record: Record, event: PointEvent) -> list[dict[str, object]]:
        stream, version = record.originator_id, record.originator_version
        if stream not in self._mentions:
            self._mentions[stream] = Mentions(self._log, self._session, stream, version)
        mentions = self._mentions[stream]

        def find(backup_id: str) -> Point:
            return mentions.point(backup_id, version)

        return point_changes(event, find)

    def _volume(self, volume_id: str, version: int) -> StandaloneVolume | None:
        """A volume as of a version, without its restore points; None before its first."""
        states = self._volumes.setdefault(volume_id, [])
        missing = version - len(states)
        if missing > 0:
            after = volume_id, len(states)
            for _, record in self._log.read_by_stream(self._session, after, missing):
                if record.originator_id != volume_id:
                    break
                try:
                    state = evolve_volume(states[-1] if states else None, record.event)
                except TypeError as error:
                    raise UnreadableRecord(f"volume {volume_id}: {error}") from error
                # With them in each state, they would be kept as often as there are states.
                states.append(msgspec.structs.replace(state, backups=()))
        if version > len(states):
            raise UnreadableRecord(f"volume {volume_id} has no version {version}")
        return states[version - 1] if version else None
