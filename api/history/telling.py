"""Records as the audit and the events tell them: of then, never of today's state.

Principals' names and source addresses come from side rows, where they may have been erased.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.history.shapes import Shapes
from commands.store.side_rows import address_of, principal_name
from domain.ports import Session
from domain.records import Record, UnreadableRow
from domain.refusals import ServerUnreadable
from domain.registry import UnreadableRecord
from projections.blame import Blamed
from projections.recall import About
from projections.stored_recall import StoredRecall

if TYPE_CHECKING:
    from api.app import Service


class Teller:
    """Tells records within one snapshot."""

    def __init__(self, service: Service, session: Session) -> None:
        self._service = service
        self._session = session
        self._names: dict[str, str | None] = {}
        self._stored = StoredRecall(service.log, session)
        self._shapes = Shapes(
            self._name_of,
            lambda source: address_of(session, source),
            lambda: service.store_id(session),
        )

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
        return self._shapes.entry(position, record, self._about(position, record))

    def event(self, position: int, record: Record) -> dict[str, Any]:
        """A record as a CloudEvent."""
        return self._shapes.event(position, record, self._about(position, record))

    def leaf(self, field: str, blamed: Blamed) -> dict[str, Any]:
        """A leaf of a blame."""
        return self._shapes.leaf(field, blamed)

    def _about(self, position: int, record: Record) -> About:
        try:
            about = self._service.recall.about(self._session, position, record)
            return self._stored.add(record, about)
        except UnreadableRecord as error:
            raise ServerUnreadable(f"position {position} cannot be told: {error}") from error

    def _name_of(self, principal_id: str) -> str | None:
        if principal_id not in self._names:
            self._names[principal_id] = principal_name(self._session, principal_id)
        return self._names[principal_id]
