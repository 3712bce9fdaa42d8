"""Deriving every row anew from the log: the same writers, from nothing or from where they came to.

From nothing, stream by stream, so that a server is folded from its first event to its last and its
row written once. Runs within the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from operator import itemgetter
from typing import Final

from domain.events import ServerEvent, VolumeEvent
from domain.ports import Batch, Entry, Log, RowWriter, ServerRows, Session
from domain.records import Record
from domain.registry import UnreadableRecord
from domain.server import Server, evolve
from domain.volumes import StandaloneVolume, evolve_volume
from projections.recall import Recall
from projections.volume_queries import get_volume

BATCH_RECORDS: Final = 1_000
_position: Final = itemgetter(0)


class Rebuilder:
    """Derives rows with `writers`, `servers` being where those of servers are looked up."""

    def __init__(self, log: Log, servers: ServerRows, writers: Sequence[RowWriter]) -> None:
        self._log = log
        self._servers = servers
        self._writers = writers
        self._recall = Recall(log, servers)

    def rebuild(
        self, session: Session, advance: Callable[[int], None] = lambda records: None
    ) -> int:
        """Clear all rows and write them again from the whole log; the last position.

        `advance` is told of records as they are read. Raises `UnreadableRecord` for one that this
        release cannot read; nothing is changed then if the caller rolls back.
        """
        for writer in self._writers:
            writer.clear(session)
        last, after = 0, ("", 0)
        while batch := list(self._log.read_by_stream(session, after, BATCH_RECORDS)):
            after = _end_of(batch, after)
            self._write(session, batch)
            last = max(last, max(batch, key=_position)[0])
            advance(len(batch))
        return last

    def catch_up(self, session: Session, position: int, limit: int) -> int:
        """Derive the rows of the next records after `position`, `limit` at the most.

        The position of the last of them. Raises `UnreadableRecord`.
        """
        batch = list(self._log.read(session, position + 1, limit))
        if batch:
            self._write(session, batch)
        return batch[-1][0] if batch else position

    def _write(self, session: Session, records: Sequence[tuple[int, Record]]) -> None:
        states: dict[str, Server] = {}
        volumes: dict[str, StandaloneVolume] = {}
        batch = Batch(
            [
                self._of_volume(session, volumes, at, record)
                if isinstance(record.event, VolumeEvent)
                else self._entry(session, states, at, record)
                for at, record in records
            ]
        )
        for writer in self._writers:
            writer.write(session, batch)

    def _entry(
        self, session: Session, states: MutableMapping[str, Server], position: int, record: Record
    ) -> Entry:
        if not isinstance(record.event, ServerEvent):
            return Entry(position, record)
        server_id = record.originator_id
        before = None
        if record.originator_version > 1:
            before = (
                states.get(server_id)
                or self._servers.get_state(session, server_id)
                or self._servers.get_gone(session, server_id)
                or self._recall.before(session, position, record)
            )
        after = states[server_id] = evolve(before, record.event)
        return Entry(position, record, before, after)

    def _of_volume(
        self,
        session: Session,
        volumes: MutableMapping[str, StandaloneVolume],
        position: int,
        record: Record,
    ) -> Entry:
        volume_id = record.originator_id
        before = None
        if record.originator_version > 1:
            before = volumes.get(volume_id) or get_volume(session, volume_id)
        after = volumes[volume_id] = evolve_volume(before, record.event)
        return Entry(position, record, volume=after)


def _end_of(batch: Sequence[tuple[int, Record]], after: tuple[str, int]) -> tuple[str, int]:
    """Where a batch ends that was read from `after` on: the next one is read from there.

    Raises `UnreadableRecord` for a stream whose id is no text. What it is read as has another place
    than what it is stored as: the next batch would be of records that were read already, for ever.
    """
    for position, record in (batch[0], *batch[1:][-2:]):
        place = (record.originator_id, record.originator_version)
        if place <= after:
            raise UnreadableRecord(f"position {position}: its stream's id cannot be read")
        after = place
    return after
