"""Everything that can have happened, as frozen values named in the past tense.

Stored names stand in `domain.registry`; they are explicit and never contain an import path. `at`
is the time of the decision (UTC). Times are for people: order is by position.
"""

from __future__ import annotations

import datetime as dt

from domain.access import Role
from domain.values import BackupKind, Changes, Configuration, Held, Items, Value, VolumeChanges


class Event(Value, frozen=True):
    """What happened, and when it was decided."""

    at: dt.datetime


class StoreCreated(Event, frozen=True):
    """The first record of every log: the store's own id."""

    store_id: str


class ServerCreated(Event, frozen=True):
    """A server came to be, stopped unless it was asked to run at once."""

    server_id: str
    organization: str
    configuration: Configuration
    arch: str
    reservation_id: str | None = None
    running: bool = False


class ServerRenamed(Event, frozen=True):
    """The name, and nothing else, changed."""

    name: str


class ServerUpdated(Event, frozen=True):
    """Fields of the configuration changed; only those that differ are named."""

    changes: Changes


class ServerPoweredOn(Event, frozen=True):
    """A stopped server was started."""


class ServerPoweredOff(Event, frozen=True):
    """A running server was stopped."""


class ServerReset(Event, frozen=True):
    """A server was restarted; a hard reset also starts a stopped one."""

    hard: bool


class ServerBackedUp(Event, frozen=True):
    """A restore point was recorded: `version` is the version backed up.

    `dropped` are the backups that it took the place of, itself among them where none is kept.
    `properties` are what its maker noted on it. `of_backup` is the earlier one that it was made of;
    `held` is what it holds as far as the server's present state does not tell.
    """

    backup_id: str
    version: int
    name: str | None = None
    kind: BackupKind = "backup"
    series: str | None = None
    dropped: tuple[str, ...] = ()
    properties: Items = ()
    tags: tuple[str, ...] = ()
    of_backup: str | None = None
    held: Held | None = None


class ServerBackupUpdated(Event, frozen=True):
    """A restore point, made at `made_version`, has this name and these tags now."""

    backup_id: str
    made_version: int
    name: str | None = None
    tags: tuple[str, ...] = ()


class ServerBackupDeleted(Event, frozen=True):
    """A restore point was removed, of a deleted server too."""

    backup_id: str


class ServerRestored(Event, frozen=True):
    """Configuration and power state were brought back to those of `to_version`, here whole."""

    configuration: Configuration
    running: bool
    to_version: int
    backup_id: str | None = None


class ServerDeleted(Event, frozen=True):
    """The server ceased to be."""


class ServerReverted(Event, frozen=True):
    """A server, a deleted one too, was brought back to `past_version`, whose state this is."""

    configuration: Configuration
    running: bool
    past_version: int


class VolumeCreated(Event, frozen=True):
    """A volume came to be that no server has; `base` is the restore point it was made of."""

    volume_id: str
    organization: str
    name: str
    size_bytes: int
    kind: str
    tags: tuple[str, ...] = ()
    base: str | None = None


class VolumeUpdated(Event, frozen=True):
    """Fields of a volume changed; only those that differ are named."""

    fields: VolumeChanges


class VolumeBackedUp(Event, frozen=True):
    """A restore point of a volume was recorded, which holds this."""

    backup_id: str
    version: int
    holds: Held
    name: str | None = None
    kind: BackupKind = "snapshot"
    properties: Items = ()
    tags: tuple[str, ...] = ()
    of_backup: str | None = None


class VolumeBackupUpdated(Event, frozen=True):
    """A restore point, made at `made_version`, has this name and these tags now."""

    backup_id: str
    made_version: int
    name: str | None = None
    tags: tuple[str, ...] = ()


class VolumeBackupDeleted(Event, frozen=True):
    """A restore point was removed, of a deleted volume too."""

    backup_id: str


class VolumeDeleted(Event, frozen=True):
    """The volume ceased to be."""


class TokenIssued(Event, frozen=True):
    """A principal was given a token. Its SHA-256 alone is kept; its name lives in a side row."""

    principal_id: str
    token_sha256: str
    role: Role
    organization: str
    organizations: tuple[str, ...] = ()
    expires_at: dt.datetime | None = None


class TokenRevoked(Event, frozen=True):
    """A principal's token ceased to be honoured."""


class RequestRefused(Event, frozen=True):
    """A command was refused: `code` is the stable name of why, `reason` its words.

    `server_id` is None where the reference was foreign or missing, or meant a volume by itself.
    """

    code: str
    reason: str
    server_id: str | None = None
    server_version: int | None = None
    volume_id: str | None = None
    volume_version: int | None = None


class RequestUnchanged(Event, frozen=True):
    """A command was accepted and had no effect on the server, or the volume, that it named."""

    server_id: str | None = None
    server_version: int | None = None
    volume_id: str | None = None
    volume_version: int | None = None


class RequestRepeated(Event, frozen=True):
    """A command came again under its idempotency key; `first_position` is the first's."""

    first_position: int


ServerEvent = (
    ServerCreated
    | ServerRenamed
    | ServerUpdated
    | ServerPoweredOn
    | ServerPoweredOff
    | ServerReset
    | ServerBackedUp
    | ServerBackupUpdated
    | ServerBackupDeleted
    | ServerRestored
    | ServerDeleted
    | ServerReverted
)
VolumeEvent = (
    VolumeCreated
    | VolumeUpdated
    | VolumeBackedUp
    | VolumeBackupUpdated
    | VolumeBackupDeleted
    | VolumeDeleted
)
TokenEvent = TokenIssued | TokenRevoked
RequestEvent = RequestRefused | RequestUnchanged | RequestRepeated
