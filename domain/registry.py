"""Stored names and shapes: the one place that turns records into bytes and bytes into records.

Only names registered here load. Each event type has a schema version and, for every older one, an
upcaster that lifts its plain data one version up; states at rest (snapshots) are read here as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import msgspec

from domain import events
from domain.commands import TokenCommand, WriteCommand
from domain.events import Event
from domain.records import Metadata, Record
from domain.server import Server
from domain.values import Backup
from domain.volumes import StandaloneVolume

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class UnreadableRecord(Exception):
    """Stored bytes that this release cannot read: an unknown name, a newer schema, or damage."""


@dataclass(frozen=True)
class EventType:
    """How one kind of event is stored: its class, its schema version, and lifts from older ones."""

    type: type[Event]
    schema: int = 1
    upcasters: Mapping[int, Upcaster] = field(default_factory=dict)


EVENT_TYPES: Final[Mapping[str, EventType]] = {
    "store.created": EventType(events.StoreCreated),
    "server.created": EventType(events.ServerCreated),
    "server.renamed": EventType(events.ServerRenamed),
    "server.updated": EventType(events.ServerUpdated),
    "server.powered_on": EventType(events.ServerPoweredOn),
    "server.powered_off": EventType(events.ServerPoweredOff),
    "server.reset": EventType(events.ServerReset),
    "server.backed_up": EventType(events.ServerBackedUp),
    "server.backup_updated": EventType(events.ServerBackupUpdated),
    "server.backup_deleted": EventType(events.ServerBackupDeleted),
    "server.restored": EventType(events.ServerRestored),
    "server.deleted": EventType(events.ServerDeleted),
    "server.reverted": EventType(events.ServerReverted),
    "volume.created": EventType(events.VolumeCreated),
    "volume.updated": EventType(events.VolumeUpdated),
    "volume.backed_up": EventType(events.VolumeBackedUp),
    "volume.backup_updated": EventType(events.VolumeBackupUpdated),
    "volume.backup_deleted": EventType(events.VolumeBackupDeleted),
    "volume.deleted": EventType(events.VolumeDeleted),
    "token.issued": EventType(events.TokenIssued),
    "token.revoked": EventType(events.TokenRevoked),
    "request.refused": EventType(events.RequestRefused),
    "request.unchanged": EventType(events.RequestUnchanged),
    "request.repeated": EventType(events.RequestRepeated),
}

STATE_SCHEMA: Final = 1

_DAMAGE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError)
"""What decoding raises for no known shape: wrong, not text, nested without end, or no bytes."""


_Event = TypeVar("_Event")


class _Stored(
    msgspec.Struct, Generic[_Event], omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """The stored bytes of a record: JSON."""

    id: str
    schema: int
    metadata: Metadata
    event: _Event


class _StoredState(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    schema: int
    state: Server


class _StoredBackups(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    schema: int
    backups: tuple[Backup, ...]


class _StoredVolume(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    schema: int
    volume: StandaloneVolume


_AtRest = TypeVar("_AtRest", _StoredState, _StoredBackups, _StoredVolume)


class Registry:
    """Encodes and decodes by registered names. The default one is `REGISTRY`."""

    def __init__(self, event_types: Mapping[str, EventType] = EVENT_TYPES) -> None:
        self._types = event_types
        self._names = {entry.type: name for name, entry in event_types.items()}
        self._encoder = msgspec.json.Encoder()
        self._todays: dict[str, msgspec.json.Decoder[_Stored[Any]]] = {
            name: msgspec.json.Decoder(_Stored[entry.type])  # type: ignore[name-defined]
            for name, entry in event_types.items()
        }
        self._any = msgspec.json.Decoder(_Stored[msgspec.Raw])
        self._states = msgspec.json.Decoder(_StoredState)
        self._backups = msgspec.json.Decoder(_StoredBackups)
        self._volumes = msgspec.json.Decoder(_StoredVolume)
        self._commands: msgspec.json.Decoder[WriteCommand | TokenCommand] = msgspec.json.Decoder(
            WriteCommand | TokenCommand
        )

    def name_of(self, event: Event) -> str:
        """The stored name of an event. Raises `KeyError` for a type that is not registered."""
        return self._names[type(event)]

    def encode(self, record: Record) -> bytes:
        """The bytes to store for `record`, its place in its stream left out (the row has it)."""
        schema = self._types[self._names[type(record.event)]].schema
        return self._encoder.encode(_Stored(record.id, schema, record.metadata, record.event))

    def decode(
        self, originator_id: str, originator_version: int, name: str, state: bytes
    ) -> Record:
        """The record behind stored bytes, lifted to today's shapes.

        Raises `UnreadableRecord` naming what is wrong.
        """
        entry = self._types.get(name)
        if entry is None:
            raise UnreadableRecord(f"no event is registered as {name!r}")
        try:
            # As of today's shape first, which nearly all are of.
            stored = self._todays[name].decode(state)
        except _DAMAGE:
            stored = None
        if stored is None or stored.schema != entry.schema:
            stored = self._lifted(name, entry, state)
        return Record(stored.id, originator_id, originator_version, stored.event, stored.metadata)

    def _lifted(self, name: str, entry: EventType, state: bytes) -> _Stored[Event]:
        """What is of an older shape, or says what is wrong with it."""
        try:
            stored = self._any.decode(state)
            event = self._event(name, entry, stored)
        except _DAMAGE as error:
            raise UnreadableRecord(f"{name}: {error}") from error
        return _Stored(stored.id, stored.schema, stored.metadata, event)

    def _event(self, name: str, entry: EventType, stored: _Stored[msgspec.Raw]) -> Event:
        if stored.schema == entry.schema:
            return msgspec.json.decode(stored.event, type=entry.type)
        if not 1 <= stored.schema < entry.schema:
            raise UnreadableRecord(
                f"{name}: schema {stored.schema} is unknown; this release reads to {entry.schema}"
            )
        data = msgspec.json.decode(stored.event, type=dict[str, Any])
        try:
            for schema in range(stored.schema, entry.schema):
                data = entry.upcasters[schema](data)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # An upcaster trusts its shape; what does not have it is damaged, not our mistake.
            raise UnreadableRecord(f"{name}: not of schema {stored.schema}: {error!r}") from error
        return msgspec.convert(data, entry.type)

    def encode_command(self, command: WriteCommand | TokenCommand) -> msgspec.Raw:
        """A command as it is recorded with its first event."""
        return msgspec.Raw(self._encoder.encode(command))

    def decode_command(self, arguments: msgspec.Raw) -> WriteCommand | TokenCommand:
        """A recorded command. Raises `UnreadableRecord`."""
        try:
            return self._commands.decode(arguments)
        except _DAMAGE as error:
            raise UnreadableRecord(f"command: {error}") from error

    def encode_state(self, server: Server) -> bytes:
        """A server's state, to stand beside its row."""
        return self._encoder.encode(_StoredState(STATE_SCHEMA, server))

    def decode_state(self, state: bytes) -> Server:
        """A state at rest. Raises `UnreadableRecord`: such a row must be rebuilt from the log."""
        return self._at_rest(self._states, state).state

    def encode_backups(self, backups: tuple[Backup, ...]) -> bytes:
        """A server's backups, to stand by themselves: unlike the rest of a state, they grow."""
        return self._encoder.encode(_StoredBackups(STATE_SCHEMA, backups))

    def decode_backups(self, stored: bytes) -> tuple[Backup, ...]:
        """Backups at rest. Raises `UnreadableRecord`."""
        return self._at_rest(self._backups, stored).backups

    def encode_volume(self, volume: StandaloneVolume) -> bytes:
        """A volume's state, its restore points included, to stand beside its row."""
        return self._encoder.encode(_StoredVolume(STATE_SCHEMA, volume))

    def decode_volume(self, state: bytes) -> StandaloneVolume:
        """Such a state at rest. Raises `UnreadableRecord`."""
        return self._at_rest(self._volumes, state).volume

    def _at_rest(self, decoder: msgspec.json.Decoder[_AtRest], stored: bytes) -> _AtRest:
        try:
            found = decoder.decode(stored)
        except _DAMAGE as error:
            raise UnreadableRecord(f"state: {error}") from error
        if found.schema != STATE_SCHEMA:
            raise UnreadableRecord(f"state: schema {found.schema} is unknown")
        return found


REGISTRY: Final = Registry()
