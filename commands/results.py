"""What a request is answered of: what it left, then as when it is repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commands.request import Made, Target, WriteRequest, Written
from commands.unit import Unit
from domain.events import (
    RequestUnchanged,
    ServerBackedUp,
    ServerBackupUpdated,
    VolumeBackedUp,
    VolumeBackupUpdated,
    VolumeEvent,
)
from domain.records import Outcome, Record
from domain.server import Server
from domain.volumes import StandaloneVolume


def written(
    outcome: Outcome,
    position: int,
    records: Mapping[int, Record],
    left: Sequence[Target | None],
    made: tuple[Made, ...],
) -> Written:
    """What a request led to, of what it left."""
    servers = tuple([target for target in left if isinstance(target, Server)])
    volumes = tuple([target for target in left if isinstance(target, StandaloneVolume)])
    return Written(outcome, position, records, servers, volumes, made)


def made_by(unit: Unit, request: WriteRequest, records: Mapping[int, Record]) -> tuple[Made, ...]:
    """The restore points that a request about some made or changed."""
    if request.about == "server":
        return ()
    made = []
    for record in records.values():
        event, maker = record.event, record
        if isinstance(event, ServerBackupUpdated | VolumeBackupUpdated):
            maker = unit.read_version(record.originator_id, event.made_version)
        if isinstance(maker.event, ServerBackedUp | VolumeBackedUp):
            made.append(Made(maker, left_by(unit, maker)))
    return tuple(made)


def left_by(unit: Unit, record: Record) -> Target:
    """The server or volume as a record left it, or as it was where nothing changed."""
    event, id_, version = record.event, record.originator_id, record.originator_version
    left: Target | None
    if isinstance(event, VolumeEvent):
        left = unit.replay_volume(id_, version)
    elif not isinstance(event, RequestUnchanged):
        left = unit.replay(id_, version)
    elif event.volume_id is not None:
        left = unit.replay_volume(event.volume_id, event.volume_version or 0)
    else:
        left = unit.replay(event.server_id or "", event.server_version or 0)
    assert left is not None, "the log holds every version"
    return left
