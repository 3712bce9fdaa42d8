"""Everything that can have happened, as frozen values named in the past tense.

Stored names stand in `domain.registry`; they are explicit and never contain an import path. `at`
is the time of the decision (UTC). Times are for people: order is by position.
"""

from __future__ import annotations

import datetime as dt

from domain.access import Role
from domain.values import BackupKind, Changes, Configuration, Items, Value


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
    `properties` are what its maker noted on it.
    """

    backup_id: str
    version: int
    name: str | None = None
    kind: BackupKind = "backup"
    series: str | None = None
    dropped: tuple[str, ...] = ()
    properties: Items = ()


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

    `server_id` is None where the reference was foreign or missing.
    """

    code: str
    reason: str
    server_id: str | None = None
    server_version: int | None = None


class RequestUnchanged(Event, frozen=True):
    """A command was accepted and had no effect on the server it named."""

    server_id: str
    server_version: int


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
    | ServerRestored
    | ServerDeleted
    | ServerReverted
)
TokenEvent = TokenIssued | TokenRevoked
RequestEvent = RequestRefused | RequestUnchanged | RequestRepeated
