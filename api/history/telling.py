"""Records as the audit and the events tell them: of then, never of today's state.

Principals' names and source addresses come from side rows, where they may have been erased.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from commands.store.side_rows import address_of, principal_name
from domain.events import RequestRefused
from domain.ports import Session
from domain.records import Record, UnreadableRow
from domain.refusals import ServerUnreadable
from domain.registry import REGISTRY, UnreadableRecord
from projections.differences import changes
from projections.document import timestamp
from projections.recall import About
from projections.trail import action_of

if TYPE_CHECKING:
    from api.app import Service

_MILLISECOND: Final = dt.timedelta(milliseconds=1)


class Teller:
    """Tells records within one snapshot."""

    def __init__(self, service: Service, session: Session) -> None:
        self._service = service
        self._session = session
        self._names: dict[str, str | None] = {}

    def read(self, position: int) -> Record:
        """The record at a position that there is. Raises `ServerUnreadable`."""
        ((_, found),) = self._service.log.scan(self._session, position, 1)
        if isinstance(found, UnreadableRow):
            raise ServerUnreadable(
                f"{found.originator_id}: the record at position {position} cannot be read: "
                f"{found.reason}"
            )
        return found

    def entry(self, position: int, record: Record) -> dict[str, Any]:
        """An entry of the audit: the command that led to this record, and what it changed."""
        asked, event = record.metadata, record.event
        about = self._about(position, record)
        first = position - asked.part + 1
        return {
            "request_id": asked.request_id,
            "time": timestamp(event.at),
            "actor": self._actor(asked.principal_id),
            "organization": asked.organization,
            "source": asked.source and address_of(self._session, asked.source),
            "method": asked.method,
            "path": asked.path,
            "action": action_of(asked),
            "ref": asked.ref,
            "server": about.server_id and {"id": about.server_id, "name": about.name},
            "outcome": asked.outcome,
            "status": asked.status,
            "reason": event.reason if isinstance(event, RequestRefused) else None,
            "duration_ms": round((event.at - asked.received_at) / _MILLISECOND, 3),
            "positions": list(range(first, first + asked.parts)),
            "changes": _changes(about),
        }

    def event(self, position: int, record: Record) -> dict[str, Any]:
        """A record as a CloudEvent (1.0): attributes are text, and left out where there is none."""
        asked, event = record.metadata, record.event
        about = self._about(position, record)
        own = about.server_id == record.originator_id
        attributes = {
            "specversion": "1.0",
            "id": record.id,
            "source": f"urn:uuid:{self._service.store_id(self._session)}",
            "type": REGISTRY.name_of(event),
            "subject": about.server_id or record.originator_id,
            "time": timestamp(event.at),
            "datacontenttype": "application/json",
            "sequence": f"{position:020}",
            "actorid": asked.principal_id,
            "requestid": asked.request_id,
            "traceparent": asked.traceparent,
        }
        return {name: value for name, value in attributes.items() if value is not None} | {
            "data": {
                "position": position,
                "version": record.originator_version if own else None,
                "organization": asked.organization,
                "actor": self._actor(asked.principal_id),
                "changes": _changes(about),
                "outcome": asked.outcome,
                "reason": event.reason if isinstance(event, RequestRefused) else None,
            }
        }

    def author(self, position: int, record: Record) -> dict[str, Any]:
        """Who gave a value, when, and by which request."""
        return {
            "position": position,
            "version": record.originator_version,
            "time": timestamp(record.event.at),
            "actor": self._actor(record.metadata.principal_id),
            "request_id": record.metadata.request_id,
        }

    def _about(self, position: int, record: Record) -> About:
        try:
            return self._service.recall.about(self._session, position, record)
        except UnreadableRecord as error:
            raise ServerUnreadable(f"position {position} cannot be told: {error}") from error

    def _actor(self, principal_id: str | None) -> dict[str, Any] | None:
        if principal_id is None:
            return None
        if principal_id not in self._names:
            self._names[principal_id] = principal_name(self._session, principal_id)
        return {"id": principal_id, "name": self._names[principal_id]}


def _changes(about: About) -> list[dict[str, Any]]:
    # Of a request that changed nothing, both are the same.
    return changes(about.before, about.after) if about.before is not about.after else []
