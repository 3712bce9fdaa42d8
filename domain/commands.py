"""What can be asked for, as frozen values in the imperative.

A command carries everything a decision needs besides the state and the time: ids and chance are in
it, so the same state, command and time always give the same events. Commands are recorded with the
first event they led to.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from domain.access import Role
from domain.values import (
    BackupKind,
    Changes,
    Configuration,
    Held,
    Holder,
    Items,
    Value,
    Volume,
    VolumeChanges,
)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Command(Value, frozen=True, tag_field="command", tag=_snake):
    """A request to change something; its tag is its stored name."""


class CreateServers(Command, frozen=True):
    """Make one server, or several at once: as many as there are `server_ids`, all or none.

    Of several, each bears the name with its number behind it.
    """

    organization: str
    configuration: Configuration
    arch: str
    count: int = 1
    reserve: bool = False
    """Whether to give a reservation id, which several at once always get."""
    server_ids: tuple[str, ...] = ()
    reservation_id: str | None = None
    running: bool = False
    """Whether they are started at once."""


class UpdateServer(Command, frozen=True):
    """Set the fields that `changes` names."""

    changes: Changes
    names_kept: bool = False
    """Whether a volume that is named by its id alone keeps the name that it has."""
    address_kept: bool = False
    """Whether the public address, named by its id alone, stays as it is where that is its id."""


class ChangeMetadata(Command, frozen=True):
    """Set some items of the metadata and remove others; what it does not name stays."""

    items: Items = ()
    removed: tuple[str, ...] = ()


class AttachVolume(Command, frozen=True):
    """Give the server a volume that is there; without effect where it has it already.

    `volume` is what was found of it, and `holder` the server that has it, looked up before.
    """

    volume_id: str
    volume: Volume | None = None
    holder: Holder | None = None


class DetachVolume(Command, frozen=True):
    """Take a volume from the server: one that came with it is gone then."""

    volume_id: str


class DeleteServer(Command, frozen=True):
    """Remove the server."""


class PowerOnServer(Command, frozen=True):
    """Start it; on a running one without effect, or refused where `strict`."""

    strict: bool = False


class PowerOffServer(Command, frozen=True):
    """Stop it; on a stopped one without effect, or refused where `strict`."""

    strict: bool = False


class ResetServer(Command, frozen=True):
    """Restart it; `hard` also starts a stopped one."""

    hard: bool


class BackUpServer(Command, frozen=True):
    """Record a restore point; `keep` is how many of its series are kept, all if None.

    `held` has the server's first volume, looked up before, where that was made by itself.
    """

    name: str | None = None
    backup_id: str = ""
    """The id of the new backup."""
    kind: BackupKind = "backup"
    series: str | None = None
    keep: int | None = None
    properties: Items = ()
    held: Held | None = None


class RestoreServer(Command, frozen=True):
    """Bring back the configuration and power state of a backup (by id or name) or of a version.

    Without either, of the newest backup. `past` and `past_running` are that point's state, replayed
    from its events before the decision.
    """

    backup: str | None = None
    version: int | None = None
    past: Configuration | None = None
    past_running: bool = False


class RevertServer(Command, frozen=True):
    """Bring a server, a deleted one too, back to what it was at a version or a position.

    `past` and `past_running` are that point's state, and `past_version` its version.
    """

    to_version: int | None = None
    to_position: int | None = None
    past: Configuration | None = None
    past_running: bool = False
    past_version: int = 0


class TakeBackup(Command, frozen=True):
    """Record a restore point of `of`: a volume, or an earlier restore point, whose version it has.

    That of a volume is one of the server that has it, else of the volume by itself. `held` is what
    the rows tell of `of` before the decision.
    """

    of: str
    name: str | None = None
    kind: BackupKind = "snapshot"
    backup_id: str = ""
    """The id of the new restore point."""
    arch: str | None = None
    tags: tuple[str, ...] = ()
    properties: Items = ()
    held: Held | None = None


class UpdateBackup(Command, frozen=True):
    """Set the name or the tags of a restore point, which `made_version` of its origin made."""

    backup_id: str
    name: str | msgspec.UnsetType | None = msgspec.UNSET
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    made_version: int = 0


class DeleteBackup(Command, frozen=True):
    """Remove a restore point, of a deleted server or volume too."""

    backup_id: str


class CreateVolume(Command, frozen=True):
    """Make a volume that no server has, as large as the restore point `base` unless told.

    `held` is what that one holds, looked up before the decision.
    """

    organization: str
    name: str
    size_bytes: int = 0
    kind: str | None = None
    tags: tuple[str, ...] = ()
    base: str | None = None
    held: Held | None = None
    volume_id: str = ""
    """The id of the new volume."""


class UpdateVolume(Command, frozen=True):
    """Set the fields that `changes` names: of a volume by itself, or of one that a server has.

    `holder` is the server that has one that was made by itself, looked up before.
    """

    volume_id: str
    changes: VolumeChanges
    holder: Holder | None = None


class DeleteVolume(Command, frozen=True):
    """Remove a volume; `holder` is the live server that has it, looked up before."""

    volume_id: str
    holder: Holder | None = None


class IssueToken(Command, frozen=True):
    """Give a principal a token."""

    principal_id: str
    token_sha256: str
    role: Role
    organization: str
    organizations: tuple[str, ...] = ()
    expires_at: dt.datetime | None = None


class RevokeToken(Command, frozen=True):
    """Stop honouring a principal's token."""

    principal_id: str


BackupCommand = TakeBackup | UpdateBackup | DeleteBackup
"""What is decided on a server or a volume, whichever a restore point is of."""
VolumeCommand = CreateVolume | UpdateVolume | DeleteVolume
ServerCommand = (
    CreateServers
    | UpdateServer
    | ChangeMetadata
    | AttachVolume
    | DetachVolume
    | DeleteServer
    | PowerOnServer
    | PowerOffServer
    | ResetServer
    | BackUpServer
    | RestoreServer
    | RevertServer
)
WriteCommand = ServerCommand | VolumeCommand | BackupCommand
"""What a request can ask for."""
TokenCommand = IssueToken | RevokeToken
