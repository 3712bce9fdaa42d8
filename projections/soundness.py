"""Whether kept states follow from the log, looked at one record at a time.

A state is what its last event made of the state before, so where each pair of them fits, all do.
"""

from __future__ import annotations

import msgspec

from domain.events import ServerEvent
from domain.ports import Session
from domain.records import Record
from domain.registry import UnreadableRecord
from domain.server import Server, evolve
from projections.differences import changed_fields
from projections.document import encode_document
from projections.past_rows import find_state
from projections.recall import Recall
from projections.servers import ServerRowsWriter


def check_kept(
    session: Session, recall: Recall, servers: ServerRowsWriter, position: int, record: Record
) -> str | None:
    """What is wrong with the state that is kept of after a record; None for nothing.

    Of a record that changed no server there is none.
    """
    if not isinstance(record.event, ServerEvent):
        return None
    server_id = record.originator_id
    try:
        before = None
        if record.originator_version > 1:
            before = recall.before(session, position, record)
        wanted = evolve(before, record.event)
        row = find_state(session, server_id, position)
        found = servers.get_past(session, server_id, position)
    except (UnreadableRecord, TypeError) as error:
        return f"a kept state cannot be read: {error}"
    if row is None or found is None:
        return None if wanted.deleted else "its state is not kept"
    if wanted.deleted:
        return "a state is kept of a server that it deleted"
    return _why_different(wanted, found, row.document)


def _why_different(wanted: Server, found: Server, document: bytes | None) -> str | None:
    wanted = msgspec.structs.replace(wanted, backups=())
    if found != wanted:
        fields = ", ".join(changed_fields(wanted, found)) or "what is not shown"
        return f"the kept state differs from what its events tell: {fields}"
    if document is not None and document != encode_document(wanted):
        return "the document that is shown differs from its state"
    return None
