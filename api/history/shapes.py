"""The shapes that the past is told in: an entry of the audit, an event, who gave a value.

They are of records and of what those were about then. Principals' names and source addresses are
looked up by what is given; where they were erased, they are null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from domain.events import RequestRefused, RequestUnchanged, VolumeEvent
from domain.records import Record
from domain.registry import REGISTRY
from projections.blame import Blamed
from projections.differences import changes
from projections.document import timestamp
from projections.recall import About
from projections.trail import action_of

_MILLISECOND: Final = dt.timedelta(milliseconds=1)
LookUp = Callable[[str], str | None]


class Shapes:
    """Tells records, by principals' names, addresses and the store's id."""

    def __init__(self, name_of: LookUp, address_of: LookUp, store_id: Callable[[], str]) -> None:
        self._name_of = name_of
        self._address_of = address_of
        self._store_id = store_id

    def entry(self, position: int, record: Record, about: About) -> dict[str, Any]:
        """An entry of the audit: the command that led to this record, and what it changed."""
        asked, event = record.metadata, record.event
        first = position - asked.part + 1
        return {
            "request_id": asked.request_id,
            "time": timestamp(event.at),
            "actor": self.actor(asked.principal_id),
            "organization": asked.organization,
            "source": asked.source and self._address_of(asked.source),
            "method": asked.method,
            "path": asked.path,
            "dialect": asked.dialect,
            "action": action_of(asked),
            "ref": asked.ref,
            "server": about.server_id and {"id": about.server_id, "name": about.name},
            "volume": _volume(about),
            "outcome": asked.outcome,
            "status": asked.status,
            "reason": event.reason if isinstance(event, RequestRefused) else None,
            "duration_ms": round((event.at - asked.received_at) / _MILLISECOND, 3),
            "positions": list(range(first, first + asked.parts)),
            "changes": changes_of(about),
        }

    def event(self, position: int, record: Record, about: About) -> dict[str, Any]:
        """A record as a CloudEvent (1.0): attributes are text, and left out where there is none."""
        asked, event = record.metadata, record.event
        own = about.server_id == record.originator_id or isinstance(event, VolumeEvent)
        store_id = self._store_id()
        attributes = {
            "specversion": "1.0",
            "id": record.id,
            "source": f"urn:uuid:{store_id}" if store_id else None,
            "type": REGISTRY.name_of(event),
            "subject": about.server_id or _volume_of(record) or record.originator_id,
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
                "actor": self.actor(asked.principal_id),
                "dialect": asked.dialect,
                "changes": changes_of(about),
                "outcome": asked.outcome,
                "reason": event.reason if isinstance(event, RequestRefused) else None,
            }
        }

    def leaf(self, field: str, blamed: Blamed) -> dict[str, Any]:
        """A leaf of a blame: its value and who gave it, the value before and who gave that."""
        before = blamed.previous
        return {
            "field": field,
            "value": blamed.value,
            "event": REGISTRY.name_of(blamed.cause.record.event),
            **self._author(*blamed.cause),
            "previous": before and {"value": before.value, **self._author(*before.cause)},
        }

    def actor(self, principal_id: str | None) -> dict[str, Any] | None:
        """A principal: its id and its name."""
        if principal_id is None:
            return None
        return {"id": principal_id, "name": self._name_of(principal_id)}

    def _author(self, position: int, record: Record) -> dict[str, Any]:
        return {
            "position": position,
            "version": record.originator_version,
            "time": timestamp(record.event.at),
            "actor": self.actor(record.metadata.principal_id),
            "request_id": record.metadata.request_id,
        }


def _volume_of(record: Record) -> str | None:
    """The volume that a request in a stream of its own was about."""
    event = record.event
    if isinstance(event, RequestRefused | RequestUnchanged):
        return event.volume_id
    return None


def _volume(about: About) -> dict[str, Any] | None:
    """The volume by itself that a record was about."""
    if about.stored.volume is None:
        return None
    volume_id, name = about.stored.volume
    return {"id": volume_id, "name": name}


def changes_of(about: About) -> list[dict[str, Any]]:
    """What a record changed."""
    # Of a request that changed nothing, both are the same.
    found = changes(about.before, about.after) if about.before is not about.after else []
    return [*found, *about.stored.changes] if about.stored.changes else found
