"""What the log says of the restore points of one server or volume, looked up from the newest on.

A rotation removes what was made a few restore points ago, so little is read of a long history; and
whatever is read is read once.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sa

from domain.events import (
    ServerBackedUp,
    ServerBackupUpdated,
    VolumeBackedUp,
    VolumeBackupUpdated,
)
from domain.ports import Log, Session
from domain.registry import UnreadableRecord
from projections.batches import bind, events
from projections.stored import Point, point_of, updated

MENTIONS_A_STEP: Final = 64
_NAMES: Final = (
    *("server.backed_up", "server.backup_updated"),
    *("volume.backed_up", "volume.backup_updated"),
)
_FOUND: Final = (
    sa.select(events.c.position, events.c.originator_version)
    .where(
        events.c.originator_id == bind("of"),
        events.c.originator_version >= bind("low", sa.BigInteger),
        events.c.originator_version < bind("high", sa.BigInteger),
        events.c.name.in_([sa.literal_column(f"'{name}'") for name in _NAMES]),
    )
    .order_by(events.c.originator_version.desc())
    .limit(bind("limit", sa.BigInteger))
)
_version: Final = itemgetter(0)
Mention = ServerBackedUp | VolumeBackedUp | ServerBackupUpdated | VolumeBackupUpdated


class Mentions:
    """Those within one snapshot, as far as they are read: of the versions between two."""

    def __init__(self, log: Log, session: Session, origin_id: str, version: int) -> None:
        """Of a server or volume, from before `version` on."""
        self._log = log
        self._session = session
        self._origin_id = origin_id
        self._low = self._high = version
        self._found: dict[str, list[tuple[int, Mention]]] = {}

    def point(self, backup_id: str, version: int) -> Point:
        """The restore point as it was before a version of its origin. Raises `UnreadableRecord`."""
        low, self._high = self._high, max(self._high, version)
        high = self._high
        while low < high:
            high = self._read(low, high)
        event = self._last(backup_id, version)
        while event is None and self._low > 1:
            self._low = self._read(1, self._low)
            event = self._last(backup_id, version)
        if event is None:
            raise UnreadableRecord(f"{self._origin_id} has no restore point {backup_id}")
        if isinstance(event, ServerBackedUp | VolumeBackedUp):
            return point_of(event)
        return updated(point_of(self._made(event.made_version)), event)

    def _last(self, backup_id: str, version: int) -> Mention | None:
        """What was read of it last before a version."""
        found = self._found.get(backup_id, [])
        at = bisect_left(found, version, key=_version)
        return found[at - 1][1] if at else None

    def _read(self, low: int, high: int) -> int:
        """Read the newest from version `low` up to, not including, `high`; how far down it came."""
        parameters = {"of": self._origin_id, "low": low, "high": high, "limit": MENTIONS_A_STEP}
        rows = self._session.rows(_FOUND, parameters)
        for position, version in rows:
            event = self._event(position)
            insort(self._found.setdefault(event.backup_id, []), (version, event), key=_version)
        return int(rows[-1][1]) if len(rows) == MENTIONS_A_STEP else low

    def _made(self, version: int) -> Any:
        position = self._log.position_of(self._session, self._origin_id, version)
        if position is None:
            raise UnreadableRecord(f"{self._origin_id} has no version {version}")
        return self._event(position)

    def _event(self, position: int) -> Any:
        ((_, record),) = self._log.read(self._session, position, 1)
        return record.event
