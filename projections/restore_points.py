"""Restore points: backups, snapshots and images, of servers and of volumes, deleted ones' too.

One that was made as a backup is shown both as a snapshot and as an image.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from domain.events import (
    ServerBackedUp,
    ServerBackupDeleted,
    ServerBackupUpdated,
    VolumeBackedUp,
    VolumeBackupDeleted,
    VolumeBackupUpdated,
)
from domain.ports import Batch, Entry, Place, Session
from domain.records import Record
from domain.server import Server
from domain.values import DEFAULT_ARCH, DEFAULT_VOLUME_KIND, BackupKind, Held, Items, Volume
from domain.volumes import StandaloneVolume
from projections.batches import bind
from projections.tables import restore_points as rows

Origin = Server | StandaloneVolume
Found = tuple[int, "RestorePoint"]
"""One of a list: where it stands in it, and what it is."""


class RestorePoint(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A restore point as shown. `origin_name` is what its server or volume was named then."""

    id: str
    organization: str
    name: str | None
    kind: BackupKind
    created_at: dt.datetime
    modified_at: dt.datetime
    origin: Literal["server", "volume"]
    origin_id: str
    origin_name: str
    version: int
    """The version of its origin that it holds."""
    made_version: int
    """The version of its origin that made it."""
    arch: str
    image: str | None = None
    """What the server was made from, as sent."""
    volume: Volume | None = None
    """The volume that was asked for, of a whole server its first; its `name` is of then."""
    of_backup: str | None = None
    """The earlier restore point that it was made of."""
    series: str | None = None
    properties: Items = ()
    tags: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The size of its volume; 0 where that was never told."""
        return self.volume.size_bytes if self.volume else 0

    @property
    def volume_type(self) -> str:
        """The kind of its volume."""
        return (self.volume.kind if self.volume else None) or DEFAULT_VOLUME_KIND

    @property
    def held(self) -> Held:
        """What it holds, as another one made of it does."""
        return Held(arch=self.arch, image=self.image, volume=self.volume)

    @property
    def place(self) -> Place:
        """Where it is kept."""
        return Place(self.origin, self.origin_id, self.made_version, self.held)


def restore_point_of(record: Record, origin: Origin) -> RestorePoint:
    """The restore point that a record made, `origin` being its server or volume after it."""
    event = record.event
    assert isinstance(event, ServerBackedUp | VolumeBackedUp), "it made a restore point"
    held = _held(event, origin)
    return RestorePoint(
        id=event.backup_id,
        organization=origin.organization,
        name=event.name,
        kind=event.kind,
        created_at=event.at,
        modified_at=event.at,
        origin="server" if isinstance(origin, Server) else "volume",
        origin_id=origin.id,
        origin_name=origin.name,
        version=event.version,
        made_version=record.originator_version,
        arch=held.arch or DEFAULT_ARCH,
        image=held.image,
        volume=held.volume,
        of_backup=event.of_backup,
        series=event.series if isinstance(event, ServerBackedUp) else None,
        properties=event.properties,
        tags=event.tags,
    )


def _held(event: ServerBackedUp | VolumeBackedUp, origin: Origin) -> Held:
    """What a restore point holds."""
    if isinstance(event, VolumeBackedUp):
        return event.holds
    assert isinstance(origin, Server), "it is of a server"
    held, chosen = event.held or Held(), origin.configuration
    if event.of_backup is not None:
        return msgspec.structs.replace(held, arch=origin.arch)
    first = chosen.volumes[0] if chosen.volumes else None
    return Held(arch=origin.arch, image=chosen.image, volume=held.volume or first)


def updated(point: RestorePoint, event: ServerBackupUpdated | VolumeBackupUpdated) -> RestorePoint:
    """The restore point with another name and other tags."""
    return msgspec.structs.replace(point, name=event.name, tags=event.tags, modified_at=event.at)


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(RestorePoint).decode
_INSERT: Final = rows.insert()
_CLEAR: Final = rows.delete()
_DELETE: Final = rows.delete().where(rows.c.id == bind("of"))
_GET: Final = sa.select(rows.c.position, rows.c.document).where(rows.c.id == bind("id"))


class RestorePointRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`)."""

    def write(self, session: Session, batch: Batch) -> None:
        """Leave one row for each restore point that the entries leave."""
        if not batch.of_storage:
            return
        changed: Changed = {}
        for entry in batch.of_storage:
            change = _CHANGES.get(type(entry.record.event))
            if change is not None:
                change(session, changed, entry, entry.record.event)
        session.write(_DELETE, [{"of": id_} for id_ in changed])
        # In the order of the table: renamed ones stand where they stood.
        found = sorted(found for found in changed.values() if found is not None)
        session.write(_INSERT, [_row(*each) for each in found])

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])


def _row(position: int, point: RestorePoint) -> dict[str, Any]:
    return {
        "position": position,
        "id": point.id,
        "organization": point.organization,
        "kind": point.kind,
        "name": point.name,
        "arch": point.arch,
        "volume_id": point.volume.id if point.volume else None,
        "document": _encode(point),
    }


Changed = dict[str, Found | None]


def _made(session: Session, changed: Changed, entry: Entry, event: Any) -> None:
    origin = entry.after or entry.volume
    assert origin is not None, "it is of a server or a volume"
    point = restore_point_of(entry.record, origin)
    changed[point.id] = entry.position, point
    if isinstance(event, ServerBackedUp):
        changed.update(dict.fromkeys(event.dropped))


def _renamed(session: Session, changed: Changed, entry: Entry, event: Any) -> None:
    id_ = event.backup_id
    found = changed[id_] if id_ in changed else find_any(session, id_)
    assert found is not None, "it is there"
    changed[id_] = found[0], updated(found[1], event)


def _removed(session: Session, changed: Changed, entry: Entry, event: Any) -> None:
    changed[event.backup_id] = None


_CHANGES: Final[Mapping[type, Callable[[Session, Changed, Entry, Any], None]]] = {
    ServerBackedUp: _made,
    VolumeBackedUp: _made,
    ServerBackupUpdated: _renamed,
    VolumeBackupUpdated: _renamed,
    ServerBackupDeleted: _removed,
    VolumeBackupDeleted: _removed,
}


def find_any(session: Session, id_: str) -> Found | None:
    """The restore point of that id, whoever sees it."""
    row = session.row(_GET, {"id": id_})
    return None if row is None else (row[0], _decode(row[1]))
