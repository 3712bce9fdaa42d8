"""The log in our own terms: records in, records out, and any server as of any version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from eventsourcing.persistence import Mapper, StoredEvent

from commands.store.recorder import EventRecorder, select_stream
from commands.store.session import StoreSession
from commands.store.tables import events
from domain.ports import Session
from domain.records import Record, UnreadableRow
from domain.registry import REGISTRY, Registry, UnreadableRecord
from domain.server import Server, evolve

ROWS: Final = (
    sa.select(events)
    .where(
        events.c.position >= sa.bindparam("start", type_=sa.BigInteger),
        events.c.position <= sa.bindparam("stop", type_=sa.BigInteger),
    )
    .order_by(events.c.position)
)
"""Whole rows, from position `start` to `stop`."""
_RECORDS: Final = sa.select(
    events.c.position,
    events.c.originator_id,
    events.c.originator_version,
    events.c.name,
    events.c.state,
).limit(sa.bindparam("limit", type_=sa.BigInteger))
_FROM_POSITION: Final = _RECORDS.where(
    events.c.position >= sa.bindparam("start", type_=sa.BigInteger)
).order_by(events.c.position)
_POSITION: Final = sa.select(events.c.position).where(
    events.c.originator_id == sa.bindparam("originator_id", type_=sa.Text),
    events.c.originator_version == sa.bindparam("originator_version", type_=sa.BigInteger),
)
_OWN: Final = _RECORDS.where(
    events.c.originator_id == sa.bindparam("originator_id", type_=sa.Text),
    events.c.originator_version > sa.bindparam("after", type_=sa.BigInteger),
).order_by(events.c.originator_version)
_PLACE: Final = (events.c.originator_id, events.c.originator_version)
_BY_STREAM: Final = _RECORDS.where(
    sa.tuple_(*_PLACE)
    > sa.tuple_(
        sa.bindparam("originator_id", type_=sa.Text),
        sa.bindparam("originator_version", type_=sa.BigInteger),
    )
).order_by(*_PLACE)


class RecordMapper(Mapper[str]):
    """The library's mapper with explicit names: only registered ones load."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._registry = registry
        self.decode = registry.decode

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The stored form of a `Record`."""
        record: Record = domain_event
        return StoredEvent(
            record.originator_id,
            record.originator_version,
            self._registry.name_of(record.event),
            self._registry.encode(record),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Record:
        """The `Record` of a stored form. Raises `UnreadableRecord`."""
        return self.decode(
            str(stored_event.originator_id),
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
        )


class EventLog:
    """Appends and reads records within a caller's session (a `domain.ports.Log`)."""

    def __init__(self, recorder: EventRecorder, mapper: RecordMapper) -> None:
        self._recorder = recorder
        self._mapper = mapper

    def append(self, session: StoreSession, records: Sequence[Record]) -> list[int]:
        """Add records in the caller's write transaction; their positions, in order."""
        return self._recorder.append(session, list(map(self._mapper.to_stored_event, records)))

    def read(self, session: Session, start: int, limit: int) -> Iterator[tuple[int, Record]]:
        """At most `limit` records from position `start` on. Raises `UnreadableRecord`."""
        return self._read(session, _FROM_POSITION, {"start": start, "limit": limit})

    def scan(
        self, session: Session, start: int, limit: int
    ) -> Iterator[tuple[int, Record | UnreadableRow]]:
        """At most `limit` records from position `start` on; what cannot be read is told as such.

        A row's place and stored name are known whatever its bytes hold.
        """
        return self._scan(session, _FROM_POSITION, {"start": start, "limit": limit})

    def scan_own(
        self, session: Session, originator_id: str, after: int, limit: int
    ) -> Iterator[tuple[int, Record | UnreadableRow]]:
        """The same of one stream, past its version `after`."""
        return self._scan(
            session, _OWN, {"originator_id": originator_id, "after": after, "limit": limit}
        )

    def _scan(
        self, session: Session, statement: sa.Select[Any], parameters: dict[str, Any]
    ) -> Iterator[tuple[int, Record | UnreadableRow]]:
        decode = self._mapper.decode
        for position, originator_id, version, name, state in session.rows(statement, parameters):
            try:
                yield position, decode(originator_id, version, name, state)
            except UnreadableRecord as error:
                yield position, UnreadableRow(originator_id, version, name, str(error))

    def position_of(self, session: Session, originator_id: str, version: int) -> int | None:
        """Where a version of a stream stands, if there is one."""
        row = session.row(
            _POSITION, {"originator_id": originator_id, "originator_version": version}
        )
        return None if row is None else int(row[0])

    def read_by_stream(
        self, session: Session, after: tuple[str, int], limit: int
    ) -> Iterator[tuple[int, Record]]:
        """At most `limit` records with their positions, stream by stream and by version in each.

        `after` is the stream and the version where the last ones ended. Raises `UnreadableRecord`.
        """
        originator_id, originator_version = after
        return self._read(
            session,
            _BY_STREAM,
            {
                "originator_id": originator_id,
                "originator_version": originator_version,
                "limit": limit,
            },
        )

    def _read(
        self, session: Session, statement: sa.Select[Any], parameters: dict[str, Any]
    ) -> Iterator[tuple[int, Record]]:
        decode = self._mapper.decode
        for position, originator_id, version, name, state in session.rows(statement, parameters):
            try:
                record = decode(originator_id, version, name, state)
            except UnreadableRecord as error:
                raise UnreadableRecord(f"position {position}: {error}") from error
            yield position, record

    def read_own(
        self, session: Session, originator_id: str, to_version: int, chunk: int = 1_000
    ) -> Iterator[tuple[int, Record]]:
        """One stream's records with their positions, up to a version it has, a chunk at a time.

        Raises `UnreadableRecord`.
        """
        for version in range(0, to_version, chunk):
            limit = min(chunk, to_version - version)
            yield from self.read_by_stream(session, (originator_id, version), limit)

    def read_stream(
        self, session: StoreSession, originator_id: str, to_version: int | None = None
    ) -> Iterator[Record]:
        """One stream's records, by version. Raises `UnreadableRecord`."""
        for stored in select_stream(session, originator_id, lte=to_version):
            yield self._mapper.to_domain_event(stored)

    def holds(self, session: StoreSession, record: Record) -> bool:
        """Whether exactly this record stands in the log."""
        at = record.originator_version
        found = select_stream(session, record.originator_id, gt=at - 1, lte=at)
        return found == [self._mapper.to_stored_event(record)]

    def replay(self, session: StoreSession, server_id: str, version: int) -> Server | None:
        """A server as of `version`, from its events; None if it never had that version."""
        server = None
        for record in self.read_stream(session, server_id, version):
            server = evolve(server, record.event)
        return server if server is not None and server.version == version else None
