"""Volumes: those that live servers have, and those that were made by themselves, each once.

A volume that was made by itself stays what it is when a server has it: only whose it is then, the
server tells.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from domain.ports import Batch, Session
from domain.registry import REGISTRY, Registry
from domain.server import Server
from domain.values import DEFAULT_VOLUME_KIND
from domain.volumes import StandaloneVolume
from projections.batches import bind, lives, position_of
from projections.tables import server_volumes as attached
from projections.tables import volumes


class ShownVolume(msgspec.Struct, frozen=True, gc=False):
    """A volume as shown; its server, by id and name, is the live one that has it."""

    id: str
    name: str | None
    organization: str
    size_bytes: int
    kind: str
    created_at: dt.datetime
    modified_at: dt.datetime
    server: tuple[str, str] | None = None
    tags: tuple[str, ...] = ()


_INSERT: Final = attached.insert()
_CLEAR: Final = attached.delete()
_DELETE: Final = attached.delete().where(
    attached.c.organization == bind("organization"),
    attached.c.position == bind("position", sa.BigInteger),
)
_CHANGING: Final = ("name", "deleted", "state")
_MAKE: Final = volumes.insert()
_CHANGE: Final = (
    volumes.update()
    .where(volumes.c.id == bind("of"))
    .values({name: bind(name, volumes.c[name].type) for name in _CHANGING})
)
_REMOVE: Final = volumes.delete().where(volumes.c.id == bind("of"))
_CLEAR_OWN: Final = volumes.delete()


def volumes_of(server: Server) -> list[ShownVolume]:
    """The volumes of a server, in the order they were given."""
    # What was not told of a volume is not the service's to know: it attaches nothing.
    return [
        ShownVolume(
            id=volume.id,
            name=volume.name,
            organization=server.organization,
            size_bytes=volume.size_bytes,
            kind=volume.kind or DEFAULT_VOLUME_KIND,
            created_at=server.created_at,
            modified_at=server.modified_at,
            server=(server.id, server.name),
        )
        for volume in server.configuration.volumes
    ]


def volume_alone(volume: StandaloneVolume) -> ShownVolume:
    """A volume that was made by itself, as long as no server has it."""
    return ShownVolume(
        id=volume.id,
        name=volume.name,
        organization=volume.organization,
        size_bytes=volume.size_bytes,
        kind=volume.kind,
        created_at=volume.created_at,
        modified_at=volume.modified_at,
        tags=volume.tags,
    )


class VolumeRowsWriter:
    """Writes the rows of servers' volumes (a `domain.ports.RowWriter`)."""

    def write(self, session: Session, batch: Batch) -> None:
        """Leave one row for each volume of each live server, in the order it was given."""
        removed, added = [], []
        for group in batch.by_server:
            before, after = group[0].before, group[-1].after
            assert after is not None
            had, has = _found_by(before), _found_by(after)
            if had == has:
                continue
            position = position_of(session, group[0])
            if had:
                removed.append({"organization": after.organization, "position": position})
            added += [
                {
                    "id": id_,
                    "organization": after.organization,
                    "position": position,
                    "ordinal": ordinal,
                    "name": name,
                }
                for ordinal, (id_, name) in enumerate(has)
            ]
        session.write(_DELETE, removed)
        session.write(_INSERT, added)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])


def _found_by(server: Server | None) -> list[tuple[str, str | None]]:
    """What a server's volumes are found by, in the order they were given."""
    if not lives(server):
        return []
    return [(volume.id, volume.name) for volume in server.configuration.volumes]


class StandaloneRowsWriter:
    """Writes the rows of volumes that were made by themselves (a `domain.ports.RowWriter`)."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._registry = registry

    def write(self, session: Session, batch: Batch) -> None:
        """Leave one row for each that is there, or of which there are restore points."""
        if not batch.of_storage:
            return
        made: dict[str, int] = {}
        left: dict[str, StandaloneVolume] = {}
        for entry in batch.of_storage:
            volume = entry.volume
            if volume is not None:
                left[volume.id] = volume
                if volume.version == 1:
                    made[volume.id] = entry.position
        inserts, updates, deletes = [], [], []
        for volume in left.values():
            gone = volume.deleted and not volume.backups
            if volume.id in made:
                if not gone:
                    inserts.append(self._row(volume) | {"position": made[volume.id]})
            elif gone:
                deletes.append({"of": volume.id})
            else:
                row = self._row(volume)
                updates.append({name: row[name] for name in _CHANGING} | {"of": volume.id})
        session.write(_MAKE, inserts)
        session.write(_CHANGE, updates)
        session.write(_REMOVE, deletes)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR_OWN, [{}])

    def _row(self, volume: StandaloneVolume) -> dict[str, Any]:
        return {
            "id": volume.id,
            "organization": volume.organization,
            "name": volume.name,
            "deleted": int(volume.deleted),
            "state": self._registry.encode_volume(volume),
        }
