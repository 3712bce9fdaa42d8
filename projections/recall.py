"""What a record of the past was about: the server it named, before and after, as it was then."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import NamedTuple

import msgspec

from domain.events import RequestRefused, RequestRepeated, RequestUnchanged, ServerEvent
from domain.ports import Log, ServerRows, Session
from domain.records import Record, UnreadableRow
from domain.registry import UnreadableRecord
from domain.server import Server, evolve
from projections.stored import NOTHING, Stored


class About(NamedTuple):
    """The server that a record is about, if one, and what it was before and after.

    `stored` is what else it was about, and did, where that is told as well.
    """

    server_id: str | None = None
    before: Server | None = None
    after: Server | None = None
    stored: Stored = NOTHING

    @property
    def name(self) -> str | None:
        """The server's name before, of a new one its name."""
        bound = self.before or self.after
        return None if bound is None else bound.name


class Recall:
    """Answers what records were about, from the rows that keep what servers were."""

    def __init__(self, log: Log, servers: ServerRows) -> None:
        self._log = log
        self._servers = servers

    def about(
        self,
        session: Session,
        position: int,
        record: Record,
        states: MutableMapping[str, Server] | None = None,
    ) -> About:
        """The server that a record is about. `states` are as earlier records of a batch left them.

        Raises `UnreadableRecord`, or `TypeError` where an event does not fit its server.
        """
        event, states = record.event, {} if states is None else states
        if isinstance(event, ServerEvent):
            server_id = record.originator_id
            before = states.get(server_id)
            if before is None and record.originator_version > 1:
                before = self.before(session, position, record)
            after = states[server_id] = evolve(before, event)
            return About(server_id, before, after)
        match event:
            case (
                RequestRefused(server_id=str(server_id))
                | RequestUnchanged(server_id=str(server_id))
            ):
                state = self._servers.get_past(session, server_id, position)
                return About(server_id, state, state)
            case RequestRepeated(first_position=first):
                of = self.about(session, first, self._repeated(session, position, first))
                state = of.before or of.after
                return About(of.server_id, state, state)
        return About()

    def about_unreadable(self, session: Session, position: int, row: UnreadableRow) -> About:
        """What a record that cannot be read did to its server, by the states that were kept.

        Raises `UnreadableRecord` where those cannot be read either.
        """
        if not row.name.startswith("server."):
            return About()
        before = self._servers.get_before(session, position)
        after = self._servers.get_past(session, row.originator_id, position)
        if after is None and before is not None:
            after = msgspec.structs.replace(before, deleted=True)
        elif before is None and after is not None and row.originator_version > 1:
            before = msgspec.structs.replace(after, deleted=True)
        return About(row.originator_id, before, after)

    def _repeated(self, session: Session, position: int, first: int) -> Record:
        found = dict(self._log.read(session, first, 1))
        if first >= position or first not in found:  # itself, and so on for ever
            raise UnreadableRecord(f"it repeats position {first}, where it cannot have been before")
        return found[first]

    def before(self, session: Session, position: int, record: Record) -> Server | None:
        """The server before one of its events, deleted as it may be; None for its first.

        Raises `UnreadableRecord`.
        """
        state = self._servers.get_before(session, position)
        if state is not None:
            return state
        # A deletion leaves no state behind: it is told by what it found, and by itself.
        server_id, version = record.originator_id, record.originator_version
        deleted_at = self._log.position_of(session, server_id, version - 1)
        if deleted_at is None:
            return None
        ((_, deleted),) = self._log.read(session, deleted_at, 1)
        return evolve(self._servers.get_before(session, deleted_at), deleted.event)
