"""Tasks: what was done with an action. A task is its record, so it is always complete."""

from __future__ import annotations

from typing import Any, Final

from api.http.exchange import Exchange
from api.http.refusals import TaskUnknown
from api.http.schemas import record
from domain.events import RequestUnchanged, ServerBackedUp
from domain.ports import Session
from domain.records import Record
from domain.refusals import ServerUnreadable
from domain.registry import UnreadableRecord
from projections.tasks import find_task

_UUID: Final = {"type": "string", "format": "uuid"}
_POSITIVE: Final = {"type": "integer", "minimum": 1}
_OPTIONAL: Final = {"type": ["string", "null"]}
TASK: Final = record(
    {
        "id": _UUID,
        "description": {"type": "string", "pattern": "^server_[A-Za-z_-]+$"},
        "href_from": {"type": "string", "pattern": "^/servers/[^/]+/action$"},
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        "status": {"const": "success"},
        "position": _POSITIVE,
        "backup": record({"id": _UUID, "name": _OPTIONAL, "version": _POSITIVE}),
    },
    optional=("backup",),
)
"""What `task` shows."""


async def find_record(exchange: Exchange) -> tuple[int, Record]:
    """The record that the path's `id` means as a task, and its position. Raises `TaskUnknown`."""
    task_id = exchange.segment("id")
    return await exchange.service.ask(lambda session: _find(exchange, session, task_id))


def _find(exchange: Exchange, session: Session, task_id: str) -> tuple[int, Record]:
    position = find_task(session, task_id.lower(), exchange.caller.scope)
    if position is None:
        raise TaskUnknown(f"no task {task_id!r}")
    try:
        ((_, record),) = exchange.service.log.read(session, position, 1)
    except UnreadableRecord as error:
        raise ServerUnreadable(f"task {task_id} cannot be read: {error}") from error
    return position, record


def task(position: int, record: Record) -> dict[str, Any]:
    """A task as its callers see it; its paths are relative to the mount."""
    shown: dict[str, Any] = {
        "id": record.id,
        "description": f"server_{record.metadata.action}",
        "href_from": f"/servers/{server_of(record)}/action",
        "progress": 100,
        "status": "success",
        "position": position,
    }
    event = record.event
    if isinstance(event, ServerBackedUp):
        shown["backup"] = {"id": event.backup_id, "name": event.name, "version": event.version}
    return shown


def server_of(record: Record) -> str:
    """The id of the server that a record is about."""
    event = record.event
    if isinstance(event, RequestUnchanged) and event.server_id is not None:
        return event.server_id
    return record.originator_id
