"""The Server aggregate: its state, and the one fold that builds it.

`evolve` is the only way from an event to a state: commands, projections, restore, replay and every
tool call it. It assigns only; the rules are in `domain.decide`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from domain.backups import with_updated, without
from domain.events import (
    Event,
    ServerBackedUp,
    ServerBackupDeleted,
    ServerBackupUpdated,
    ServerCreated,
    ServerDeleted,
    ServerPoweredOff,
    ServerPoweredOn,
    ServerRenamed,
    ServerReset,
    ServerRestored,
    ServerReverted,
    ServerUpdated,
)
from domain.values import Backup, Configuration, PowerState, Value


class Server(Value, frozen=True):
    """A server as of `version`, the number of its events."""

    id: str
    organization: str
    configuration: Configuration
    arch: str
    created_at: dt.datetime
    modified_at: dt.datetime
    version: int
    running: bool = False
    reservation_id: str | None = None
    backups: tuple[Backup, ...] = ()
    deleted: bool = False

    @property
    def name(self) -> str:
        """The name it bears, which need not be unique."""
        return self.configuration.name

    @property
    def state(self) -> PowerState:
        """The power state in a word."""
        return "running" if self.running else "stopped"


def evolve(server: Server | None, event: Event) -> Server:
    """The state after `event`, which must be the next one of this server.

    Raises `TypeError` for an event that is not a server's, or that does not fit the state.
    """
    if server is None:
        return _created(event)
    changed = _CHANGED.get(type(event))
    if changed is None:
        raise TypeError(f"{type(event).__name__} after ServerCreated")
    return msgspec.structs.replace(
        server, version=server.version + 1, modified_at=event.at, **changed(server, event)
    )


def _created(event: Event) -> Server:
    if not isinstance(event, ServerCreated):
        raise TypeError(f"{type(event).__name__} before ServerCreated")
    return Server(
        id=event.server_id,
        organization=event.organization,
        configuration=event.configuration,
        arch=event.arch,
        created_at=event.at,
        modified_at=event.at,
        version=1,
        reservation_id=event.reservation_id,
        running=event.running,
    )


def _renamed(server: Server, event: ServerRenamed) -> dict[str, object]:
    return {"configuration": msgspec.structs.replace(server.configuration, name=event.name)}


def _updated(server: Server, event: ServerUpdated) -> dict[str, object]:
    return {"configuration": event.changes.applied_to(server.configuration)}


def _powered_on(server: Server, event: ServerPoweredOn) -> dict[str, object]:
    return {"running": True}


def _powered_off(server: Server, event: ServerPoweredOff) -> dict[str, object]:
    return {"running": False}


def _reset(server: Server, event: ServerReset) -> dict[str, object]:
    return {"running": server.running or event.hard}


def _backed_up(server: Server, event: ServerBackedUp) -> dict[str, object]:
    backup = Backup(
        id=event.backup_id,
        name=event.name,
        version=event.version,
        kind=event.kind,
        series=event.series,
        tags=event.tags,
    )
    kept = (*server.backups, backup)
    if event.dropped:
        kept = tuple(backup for backup in kept if backup.id not in event.dropped)
    return {"backups": kept}


def _backup_updated(server: Server, event: ServerBackupUpdated) -> dict[str, object]:
    return {"backups": with_updated(server.backups, event.backup_id, event.name, event.tags)}


def _backup_deleted(server: Server, event: ServerBackupDeleted) -> dict[str, object]:
    return {"backups": without(server.backups, event.backup_id)}


def _restored(server: Server, event: ServerRestored) -> dict[str, object]:
    return {"configuration": event.configuration, "running": event.running}


def _deleted(server: Server, event: ServerDeleted) -> dict[str, object]:
    return {"deleted": True}


def _reverted(server: Server, event: ServerReverted) -> dict[str, object]:
    return {"configuration": event.configuration, "running": event.running, "deleted": False}


# By type: a `match` asks for one class after the other, which takes longer than all the rest.
_CHANGED: Final[Mapping[type[Event], Callable[[Server, Any], dict[str, object]]]] = {
    ServerRenamed: _renamed,
    ServerUpdated: _updated,
    ServerPoweredOn: _powered_on,
    ServerPoweredOff: _powered_off,
    ServerReset: _reset,
    ServerBackedUp: _backed_up,
    ServerBackupUpdated: _backup_updated,
    ServerBackupDeleted: _backup_deleted,
    ServerRestored: _restored,
    ServerDeleted: _deleted,
    ServerReverted: _reverted,
}


def fold(events: Iterable[Event], server: Server | None = None) -> Server | None:
    """The state after `events`, oldest first, from `server` on; None where there are none."""
    for event in events:
        server = evolve(server, event)
    return server
