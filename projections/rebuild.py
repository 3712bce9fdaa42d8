"""Deriving every row anew from the log: the same writers, from nothing.

Runs within the caller's write transaction, so readers see the old rows until it commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain.events import ServerEvent
from domain.ports import Entry, Log, RowWriter, ServerRows, Session
from domain.records import Record
from domain.server import Server, evolve

BATCH_RECORDS: Final = 5_000


def rebuild(session: Session, log: Log, servers: ServerRows, writers: Sequence[RowWriter]) -> int:
    """Clear all rows and write them again from the whole log; the last position.

    Raises `UnreadableRecord` for a record that this release cannot read; nothing is changed then
    if the caller rolls back.
    """
    for writer in writers:
        writer.clear(session)
    position = 0
    while batch := list(log.read(session, position + 1, BATCH_RECORDS)):
        states: dict[str, Server] = {}
        entries = [_entry(session, servers, states, at, record) for at, record in batch]
        for writer in writers:
            writer.write(session, entries)
        position = batch[-1][0]
    return position


def _entry(
    session: Session, servers: ServerRows, states: dict[str, Server], position: int, record: Record
) -> Entry:
    if not isinstance(record.event, ServerEvent):
        return Entry(position, record)
    server_id = record.originator_id
    before = None
    if record.originator_version > 1:
        before = states.get(server_id) or servers.get_state(session, server_id)
    after = states[server_id] = evolve(before, record.event)
    return Entry(position, record, before, after)
