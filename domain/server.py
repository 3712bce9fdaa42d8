"""The Server aggregate: its state, and the one fold that builds it.

`evolve` is the only way from an event to a state: commands, projections, restore, replay and every
tool call it. It assigns only; the rules are in `domain.decide`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from domain.events import (
    Event,
    ServerBackedUp,
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
    if isinstance(event, ServerCreated):
        if server is not None:
            raise TypeError("ServerCreated after ServerCreated")
        return Server(
            id=event.server_id,
            organization=event.organization,
            configuration=event.configuration,
            arch=event.arch,
            created_at=event.at,
            modified_at=event.at,
            version=1,
            reservation_id=event.reservation_id,
        )
    if server is None:
        raise TypeError(f"{type(event).__name__} before ServerCreated")
    return msgspec.structs.replace(
        server, version=server.version + 1, modified_at=event.at, **_assignments(server, event)
    )


def _assignments(server: Server, event: Event) -> dict[str, object]:
    match event:
        case ServerRenamed(name=name):
            return {"configuration": msgspec.structs.replace(server.configuration, name=name)}
        case ServerUpdated(changes=changes):
            return {"configuration": changes.applied_to(server.configuration)}
        case ServerPoweredOn():
            return {"running": True}
        case ServerPoweredOff():
            return {"running": False}
        case ServerReset(hard=hard):
            return {"running": server.running or hard}
        case ServerBackedUp(backup_id=id_, name=name, version=version):
            return {"backups": (*server.backups, Backup(id=id_, name=name, version=version))}
        case ServerRestored(configuration=configuration, running=running):
            return {"configuration": configuration, "running": running}
        case ServerDeleted():
            return {"deleted": True}
        case ServerReverted(configuration=configuration, running=running):
            return {"configuration": configuration, "running": running, "deleted": False}
        case _:
            raise TypeError(f"not an event of a server: {type(event).__name__}")


def fold(events: Iterable[Event], server: Server | None = None) -> Server | None:
    """The state after `events`, oldest first, from `server` on; None where there are none."""
    for event in events:
        server = evolve(server, event)
    return server
