"""Whether kept states follow from the log, looked at one record at a time.

A state is what its last event made of the state before, so where each pair of them fits, all do.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy as sa

from domain.events import ServerEvent
from domain.ports import Session
from domain.records import Record
from domain.registry import REGISTRY, UnreadableRecord
from domain.server import Server, evolve
from projections.batches import bind, events
from projections.differences import changed_fields
from projections.document import encode_document
from projections.past import columns
from projections.past_rows import find_state
from projections.recall import Recall
from projections.servers import ServerRowsWriter
from projections.tables import OPEN, past_servers, servers

_PRESENT: Final = sa.select(servers).where(servers.c.id == bind("server_id"))
_CREATED: Final = sa.select(events.c.position).where(
    events.c.originator_id == bind("server_id"), events.c.originator_version == sa.text("1")
)
_PAST: Final = sa.select(past_servers).where(past_servers.c.until == bind("until", sa.BigInteger))
_BYTES: Final = ("document", "state", "backups")
"""Columns that are looked at by what they hold, or, as backups, told by more than one event."""


def check_kept(
    session: Session, recall: Recall, rows: ServerRowsWriter, position: int, record: Record
) -> str | None:
    """What is wrong with the row that is kept of a server after a record; None for nothing.

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
        found = rows.get_past(session, server_id, position)
    except (UnreadableRecord, TypeError) as error:
        return f"a kept state cannot be read: {error}"
    if row is None or found is None:
        return None if wanted.deleted else "its state is not kept"
    if wanted.deleted:
        return "a state is kept of a server that it deleted"
    why = _why_different(wanted, found, row.document)
    if why is None:
        odd = _odd_columns(session, wanted, position, row.until)
        why = f"the row that is kept differs in {', '.join(odd)}" if odd else None
    return why


def _odd_columns(session: Session, wanted: Server, since: int, until: int) -> list[str]:
    """The columns of the row of a server as it was from `since` to `until` that do not fit it."""
    expected: dict[str, Any] = columns(wanted, REGISTRY) | {"since": since, "until": until}
    if until == OPEN:
        table, row = servers, session.row(_PRESENT, {"server_id": wanted.id})
        created = session.row(_CREATED, {"server_id": wanted.id})
        expected["position"] = created and created[0]
    else:
        table, row = past_servers, session.row(_PAST, {"until": until})
    assert row is not None, "it was found in this snapshot"
    return [
        column.name
        for column, value in zip(table.c, row, strict=True)
        if column.name not in _BYTES and value != expected[column.name]
    ]


def _why_different(wanted: Server, found: Server, document: bytes | None) -> str | None:
    wanted = msgspec.structs.replace(wanted, backups=())
    if found != wanted:
        fields = ", ".join(changed_fields(wanted, found)) or "what is not shown"
        return f"the kept state differs from what its events tell: {fields}"
    if document is not None and document != encode_document(wanted):
        return "the document that is shown differs from its state"
    return None
