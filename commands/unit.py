"""The unit of work: one write transaction, in which a batch of jobs decides and appends.

Records gather here and are written together, with the rows derived from them. What needs SQL over
those rows flushes first, so a job always sees the ones before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from commands.store.keys import SpentKey, find_key, spends_key
from commands.store.log import EventLog
from commands.store.recorder import last_position
from commands.store.session import StoreSession
from commands.store.side_rows import hash_address, hide_body, remember_origins
from commands.store.states import StateCache
from domain.events import Event, ServerCreated, VolumeCreated
from domain.ports import (
    Batch,
    Entry,
    Place,
    RowWriter,
    Scope,
    ServerRows,
    ShownAs,
    StorageRows,
)
from domain.records import Metadata, Record
from domain.refusals import ServerUnreadable
from domain.registry import UnreadableRecord
from domain.server import Server, evolve
from domain.volumes import StandaloneVolume, evolve_volume, fold_volume


@contextmanager
def _readable(server_id: str) -> Iterator[None]:
    try:
        yield
    except UnreadableRecord as error:
        raise ServerUnreadable(f"server {server_id} cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Resources:
    """What every unit works with."""

    log: EventLog
    servers: ServerRows
    storage: StorageRows
    row_writers: Sequence[RowWriter]
    cache: StateCache
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
    salt: bytes


class Unit:
    """A batch's transaction. Not for more than one thread."""

    def __init__(self, session: StoreSession, resources: Resources) -> None:
        self.session = session
        self.new_id = resources.new_id
        self.now = resources.now
        self._resources = resources
        self._position = last_position(session)
        self._pending: list[Entry] = []
        self._keys: set[tuple[str | None, str]] = set()
        self._addresses: dict[str, str] = {}
        self.states: dict[str, Server] = {}
        self._volumes: dict[str, StandaloneVolume] = {}
        self.last_record: Record | None = None
        self.torn = False
        """Whether a flush failed, so that what was pending is lost or half written."""

    def append(
        self,
        event: Event,
        metadata: Metadata,
        *,
        server: Server | None = None,
        volume: StandaloneVolume | None = None,
        stream: tuple[str, int] | None = None,
    ) -> Entry:
        """Add one event: to its server's or volume's stream, to `stream` (id, version), or alone.

        A server's event is one that has `server` as the state before it, or creates it; likewise a
        volume's.
        """
        record_id = self.new_id()
        after = left = None
        if stream is None and (server is not None or isinstance(event, ServerCreated)):
            after = evolve(server, event)
            stream = (after.id, after.version)
            self.states[after.id] = after
        elif stream is None and (volume is not None or isinstance(event, VolumeCreated)):
            left = evolve_volume(volume, event)
            stream = (left.id, left.version)
            self._volumes[left.id] = left
        self._position += 1
        record = Record(record_id, *(stream or (record_id, 1)), event, metadata)
        entry = Entry(self._position, record, server, after, left)
        self._pending.append(entry)
        if spends_key(metadata):
            self._keys.add((metadata.principal_id, str(metadata.idempotency_key)))
        self.last_record = record
        return entry

    @property
    def position(self) -> int:
        """The position of the last record, those not written yet included."""
        return self._position

    def get_server(self, server_id: str, scope: Scope) -> Server | None:
        """A live server in `scope` as this unit left it. Raises `ServerUnreadable`."""
        server = self.states.get(server_id) or self._resources.cache.get(server_id)
        if server is None:
            with _readable(server_id):
                server = self._resources.servers.get_state(self.session, server_id, scope)
            if server is not None:
                self.states[server_id] = server
        if server is None or server.deleted:
            return None
        return server if scope is None or server.organization in scope else None

    def list_ids(self, name: str, scope: Scope) -> tuple[str, ...]:
        """The ids of the live servers of that name, oldest first."""
        self.flush()
        return self._resources.servers.list_ids(self.session, name, scope)

    def get_deleted(self, server_id: str, scope: Scope) -> Server | None:
        """A deleted server in `scope`, its backups included. Raises `ServerUnreadable`."""
        self.flush()
        with _readable(server_id):
            gone = self._resources.servers.get_gone(self.session, server_id)
            if gone is not None:
                return gone if scope is None or gone.organization in scope else None
            ended = self._resources.servers.get_last(self.session, server_id, scope)
            if ended is None or self._resources.servers.get_state(self.session, server_id):
                return None
            before, position = ended
            return self._left_by(before, position)

    def replay(self, server_id: str, version: int) -> Server | None:
        """A server as of `version`, without its backups, or with `deleted` set.

        None if it never had that version. Raises `ServerUnreadable`.
        """
        present = self.states.get(server_id) or self._resources.cache.get(server_id)
        if present is not None and present.version == version:
            return present
        self.flush()
        with _readable(server_id):
            position = self._resources.log.position_of(self.session, server_id, version)
            if position is None:
                return None
            server = self._resources.servers.get_past(self.session, server_id, position)
            if server is not None:
                return server
            before = self._resources.servers.get_past(self.session, server_id, position - 1)
            if before is None:  # what was done to a deleted server
                before = self._resources.servers.get_before(self.session, position)
            return self._left_by(before, position)

    def get_volume(self, volume_id: str, scope: Scope) -> StandaloneVolume | None:
        """A volume that was made by itself, as this unit left it; deleted, if it has backups.

        Raises `ServerUnreadable`.
        """
        volume = self._volumes.get(volume_id)
        if volume is None:
            with _readable(volume_id):
                volume = self._resources.storage.get_volume(self.session, volume_id)
        if volume is None or (volume.deleted and not volume.backups):
            return None
        return volume if scope is None or volume.organization in scope else None

    def find_holder(self, volume_id: str, scope: Scope) -> str | None:
        """The id of the live server that has the volume; of several the oldest."""
        self.flush()
        return self._resources.storage.find_holder(self.session, volume_id, scope)

    def find_place(
        self, backup_id: str, scope: Scope, shown_as: ShownAs | None = None
    ) -> Place | None:
        """Where the restore point of that id is kept, if `scope` sees it, shown as that."""
        self.flush()
        return self._resources.storage.find_place(self.session, backup_id, scope, shown_as)

    def replay_volume(self, volume_id: str, version: int) -> StandaloneVolume | None:
        """A volume as of `version`. Raises `ServerUnreadable`."""
        present = self._volumes.get(volume_id)
        if present is not None and present.version == version:
            return present
        return fold_volume(record.event for record in self.read_stream(volume_id)[:version])

    def read_version(self, originator_id: str, version: int) -> Record:
        """The record of a version that there is. Raises `ServerUnreadable`."""
        self.flush()
        position = self._resources.log.position_of(self.session, originator_id, version)
        assert position is not None, "the log holds every version"
        ((_, record),) = self.read(position, 1)
        return record

    def state_at(self, server_id: str, position: int) -> Server | None:
        """A server as of a position, without its backups; None where it did not live then.

        Raises `ServerUnreadable`.
        """
        self.flush()
        with _readable(server_id):
            return self._resources.servers.get_past(self.session, server_id, position)

    def _left_by(self, before: Server | None, position: int) -> Server:
        ((_, record),) = self._resources.log.read(self.session, position, 1)
        return evolve(before, record.event)

    def find_key(self, principal_id: str, key: str) -> SpentKey | None:
        """What the idempotency key was spent on, if it was."""
        if (principal_id, key) in self._keys:
            self.flush()
        return find_key(self.session, principal_id, key)

    def read(self, start: int, count: int) -> list[tuple[int, Record]]:
        """Records by position. Raises `ServerUnreadable`."""
        self.flush()
        try:
            return list(self._resources.log.read(self.session, start, count))
        except UnreadableRecord as error:
            raise ServerUnreadable(f"the record cannot be read: {error}") from error

    def read_stream(self, originator_id: str) -> list[Record]:
        """One stream's records, by version. Raises `ServerUnreadable`."""
        self.flush()
        try:
            return list(self._resources.log.read_stream(self.session, originator_id))
        except UnreadableRecord as error:
            raise ServerUnreadable(f"the records of {originator_id} cannot be read") from error

    def body_hmac(self, sha256: str | None) -> str | None:
        """What the log holds in place of a body's SHA-256."""
        return None if sha256 is None else hide_body(self._resources.salt, sha256)

    def source(self, address: str | None) -> str | None:
        """The hash that stands for an address, which is kept in a side row."""
        if address is None:
            return None
        source = hash_address(self._resources.salt, address)
        self._addresses[source] = address
        return source

    def flush(self) -> None:
        """Write what is pending into the transaction."""
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        self.torn = True
        positions = self._resources.log.append(self.session, [entry.record for entry in pending])
        assert positions[-1] == pending[-1].position, "positions are assigned under the write lock"
        batch = Batch(pending)
        for writer in self._resources.row_writers:
            writer.write(self.session, batch)
        remember_origins(self.session, self._addresses)
        self._addresses = {}
        self.torn = False
