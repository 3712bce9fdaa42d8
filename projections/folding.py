"""The fold over records as they come, of one server or of all: what each was before and after.

Derived rows are never asked. What would need a record that is missing, or cannot be read, is not
told: the past is never approximated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.events import (
    RequestRefused,
    RequestRepeated,
    RequestUnchanged,
    ServerEvent,
    VolumeEvent,
)
from domain.records import Record, UnreadableRow
from domain.server import Server, evolve
from projections.batches import lives
from projections.recall import About
from projections.stored import Stored
from projections.stored_folding import StoredFold, VolumeUntold


class PastUnknown(Exception):
    """What was cannot be told, for want of a record; the text says of which, in one line."""


class Step(NamedTuple):
    """A record at its position and what it was about; `why`, where that cannot be told whole."""

    position: int
    found: Record | UnreadableRow
    about: About
    why: str = ""

    @property
    def record(self) -> Record:
        """The record. Raises `PastUnknown` where it cannot be read."""
        if isinstance(self.found, UnreadableRow):
            raise PastUnknown(self.why)
        return self.found

    @property
    def own(self) -> bool:
        """Whether it is one of the server's events, and no more than a request about it."""
        return self.about.server_id == self.found.originator_id

    @property
    def server(self) -> Server | None:
        """The server after it; None where there is none, or none any more.

        Raises `PastUnknown`.
        """
        if self.why:
            raise PastUnknown(self.why)
        return self.about.after if lives(self.about.after) else None


class Fold:
    """The servers as of the last record that was taken in, in order of creation."""

    def __init__(self, first: int = 1) -> None:
        """Before the record at position `first`."""
        self.first = first
        self.states: dict[str, Server] = {}
        """Those that can be told, deleted ones too."""
        self.unknown: dict[str, str] = {}
        """Why each of the others cannot."""
        self._spent: dict[int, Step] = {}
        self._stored = StoredFold()

    def steps(self, records: Iterable[tuple[int, Record | UnreadableRow]]) -> Iterator[Step]:
        """Take in the next records, in order, as they are asked for."""
        for position, found in records:
            yield self.take(position, found)

    def take(self, position: int, found: Record | UnreadableRow) -> Step:
        """Take in the next record."""
        if isinstance(found, UnreadableRow):
            return self._unreadable(position, found)
        event = found.event
        if isinstance(event, ServerEvent):
            step = self._changed(position, found, event)
        elif isinstance(event, RequestRefused | RequestUnchanged):
            step = self._asked(position, found, event)
        elif isinstance(event, RequestRepeated):
            step = self._repeated(position, found, event)
        elif isinstance(event, VolumeEvent):
            step = self._of_volume(position, found, event)
        else:
            step = Step(position, found, About())
        if found.metadata.idempotency_key is not None and found.metadata.part == 1:
            self._spent[position] = step
        return step

    def living(self) -> list[Server]:
        """Every server that lives, in order of creation. Raises `PastUnknown`."""
        if self.first > 1:
            raise PastUnknown(f"the history here begins at position {self.first}: not all is known")
        for why in self.unknown.values():
            raise PastUnknown(why)
        return [server for server in self.states.values() if lives(server)]

    def _unreadable(self, position: int, row: UnreadableRow) -> Step:
        why = f"the record at position {position} cannot be read: {row.reason}"
        if not row.name.startswith("server."):
            return Step(position, row, About(), why)
        why = f"server {row.originator_id}: {why}"
        self._lose(row.originator_id, why)
        return Step(position, row, About(row.originator_id), why)

    def _lose(self, server_id: str, why: str) -> None:
        self.states.pop(server_id, None)
        self.unknown.setdefault(server_id, why)

    def _changed(self, position: int, record: Record, event: ServerEvent) -> Step:
        server_id, version = record.originator_id, record.originator_version
        before = self.states.get(server_id)
        if server_id not in self.unknown:
            expected = before.version + 1 if before is not None else 1
            if version != expected:
                self._lose(server_id, self._missing(server_id, expected))
        if server_id not in self.unknown:
            try:
                after = self.states[server_id] = evolve(before, event)
                stored = self._stored.of_server(record, before, after)
                return Step(position, record, About(server_id, before, after, stored))
            except TypeError as error:
                words = f"the record at position {position} does not fit what was before: {error}"
                self._lose(server_id, f"server {server_id}: {words}")
        return Step(position, record, About(server_id), self.unknown[server_id])

    def _missing(self, server_id: str, version: int) -> str:
        words = f"server {server_id}: its version {version} is missing"
        if self.first > 1:
            words += f": the history here begins at position {self.first}"
        return words

    def _of_volume(self, position: int, record: Record, event: VolumeEvent) -> Step:
        try:
            return Step(position, record, About(stored=self._stored.of_volume(record, event)))
        except VolumeUntold as error:
            return Step(position, record, About(), str(error))

    def _asked(
        self, position: int, record: Record, event: RequestRefused | RequestUnchanged
    ) -> Step:
        server_id = event.server_id
        if server_id is None:
            return Step(position, record, About(stored=self._stored.of_request(event)))
        if server_id in self.unknown:
            return Step(position, record, About(server_id), self.unknown[server_id])
        state = self.states.get(server_id)
        if state is None and self.first > 1:
            return Step(position, record, About(server_id), self._missing(server_id, 1))
        state = state if lives(state) else None
        return Step(position, record, About(server_id, state, state))

    def _repeated(self, position: int, record: Record, event: RequestRepeated) -> Step:
        first = self._spent.get(event.first_position)
        if first is None:
            words = f"position {position} repeats what position {event.first_position} was, which"
            return Step(position, record, About(), f"{words} is not known here")
        about = first.about
        state = about.before or about.after
        stored = Stored(about.stored.volume)
        return Step(position, record, About(about.server_id, state, state, stored), first.why)
