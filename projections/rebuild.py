"""Deriving every row anew from the log: the same writers, from nothing.

Stream by stream, so that a server is folded from its first event to its last and its row written
once. Runs within the caller's write transaction, so readers see the old rows until it commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from domain.events import ServerEvent
from domain.ports import Batch, Entry, Log, RowWriter, ServerRows, Session
from domain.records import Record
from domain.server import Server, evolve
from projections.recall import Recall

BATCH_RECORDS: Final = 5_000
_position: Final = itemgetter(0)


def rebuild(session: Session, log: Log, servers: ServerRows, writers: Sequence[RowWriter]) -> int:
    """Clear all rows and write them again from the whole log; the last position.

    Raises `UnreadableRecord` for a record that this release cannot read; nothing is changed then
    if the caller rolls back.
    """
    for writer in writers:
        writer.clear(session)
    recall = Recall(log, servers)
    last, after = 0, ("", 0)
    while batch := list(log.read_by_stream(session, after, BATCH_RECORDS)):
        states: dict[str, Server] = {}
        entries = [_entry(session, recall, servers, states, at, record) for at, record in batch]
        gathered = Batch(entries)
        for writer in writers:
            writer.write(session, gathered)
        record = batch[-1][1]
        after = (record.originator_id, record.originator_version)
        last = max(last, max(batch, key=_position)[0])
    return last


def _entry(
    session: Session,
    recall: Recall,
    servers: ServerRows,
    states: dict[str, Server],
    position: int,
    record: Record,
) -> Entry:
    if not isinstance(record.event, ServerEvent):
        return Entry(position, record)
    server_id = record.originator_id
    before = None
    if record.originator_version > 1:
        before = (
            states.get(server_id)
            or servers.get_state(session, server_id)
            or recall.before(session, position, record)
        )
    after = states[server_id] = evolve(before, record.event)
    return Entry(position, record, before, after)
