"""What this code base makes of a history: a line for each of its records.

Whatever the code under test raises is told as what it is: a failure of that step alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from api.replaying.answers import answer_to
from api.replaying.jobs import FAILED, Line, Stored
from api.replaying.shapes import (
    NO_SERVER,
    Decided,
    attempted,
    told_decision,
    told_record,
    told_state,
    told_volume,
    words_of,
)
from commands.replaying import BEFORE_THE_RULES, Place, Replay
from domain.commands import (
    CreateServers,
    CreateVolume,
    IssueToken,
    RevokeToken,
    TokenCommand,
    WriteCommand,
)
from domain.decide import decide
from domain.events import (
    Event,
    RequestRefused,
    RequestUnchanged,
    ServerEvent,
    TokenEvent,
    VolumeEvent,
)
from domain.records import Record
from domain.refusals import Refusal
from domain.registry import REGISTRY
from domain.server import Server, evolve
from domain.tokens import Principal, decide_token, evolve_principal
from domain.volumes import StandaloneVolume, evolve_volume


class Teller:
    """Goes through one history. On a branch, what is decided is what happens, not what was."""

    def __init__(self, subject: str, branch: bool = False) -> None:
        self.replay = Replay(subject)
        self._principal: Principal | None = None
        self._volume: StandaloneVolume | None = None
        self._branch = branch
        self._lost: str | None = None

    def tell(self, stored: Stored) -> Line:
        """The next record's line."""
        place = (stored.position, 0)
        try:
            record = REGISTRY.decode(
                stored.originator_id, stored.originator_version, stored.name, stored.state
            )
        except Exception as error:  # noqa: BLE001  # the code under test may raise anything
            why = words_of(error)
            if not stored.name.startswith("request."):
                self._lost = self._lost or f"position {stored.position}: {why}"
            event = {"unreadable": why}
            return Line(
                position=stored.position, name=stored.name, event=event, lost=self._lost or why
            )
        command, decided = self._decide(place, record)
        if self._branch and decided is not None and not isinstance(decided, str):
            record = self._happened(record, decided)
        state = self._take(place, record.event)
        return Line(
            position=stored.position,
            name=stored.name,
            command=record.metadata.command,
            event=attempted(lambda: told_record(record)),
            decision=None if decided is None else attempted(lambda: told_decision(decided)),
            state=state,
            answer=self._answer(place, record, command, decided),
            lost=self._lost,
        )

    def insert(
        self, place: Place, command: WriteCommand, at: dt.datetime
    ) -> tuple[ServerEvent, ...]:
        """Decide a command that is in no log, and take what it leads to. Raises a `Refusal`."""
        decided = self.replay.decide(place, command, at)
        for event in decided:
            self.replay.take(place, event)
        return decided

    def _decide(
        self, place: Place, record: Record
    ) -> tuple[WriteCommand | TokenCommand | None, Decided | None]:
        """The recorded command and what it leads to here; None where nothing is to be decided."""
        event, arguments = record.event, record.metadata.arguments
        if self._lost or isinstance(arguments, msgspec.UnsetType):
            return None, None
        if isinstance(event, RequestRefused) and (
            (event.server_id or event.volume_id) is None or event.code in BEFORE_THE_RULES
        ):
            return None, None
        command = None
        try:
            command = REGISTRY.decode_command(arguments)
            if isinstance(command, IssueToken | RevokeToken):
                return command, decide_token(self._principal, command, event.at)
            if self._volume is not None or isinstance(command, CreateVolume):
                return command, decide(self._volume, command, event.at)
            return command, self.replay.decide(place, command, event.at)
        except Refusal as refusal:
            return command, refusal
        except Exception as error:  # noqa: BLE001  # the code under test may raise anything
            return command, words_of(error)

    def _happened(self, record: Record, decided: tuple[Event, ...] | Refusal) -> Record:
        """The record as it stands on the branch."""
        at, server = record.event.at, self.replay.server
        subject, version = record.originator_id, server.version if server else 0
        if isinstance(record.event, RequestRefused | RequestUnchanged):
            subject = str(record.event.server_id)
        event: Event
        if isinstance(decided, Refusal):
            event = RequestRefused(at, decided.code, decided.reason, subject, version or None)
        elif not decided:
            event = RequestUnchanged(at, subject, version)
        else:
            event = decided[0]  # of several servers made at once, the first part's is the first
        return msgspec.structs.replace(record, event=event, originator_id=subject)

    def _take(self, place: Place, event: Event) -> Any | None:
        """The state after `event`."""
        if self._lost:
            return None
        try:
            if isinstance(event, TokenEvent):
                self._principal = evolve_principal(self._principal, event)
                return msgspec.to_builtins(self._principal)
            if isinstance(event, VolumeEvent):
                self._volume = evolve_volume(self._volume, event)
                return told_volume(self._volume)
            if isinstance(event, ServerEvent):
                return told_state(self.replay.take(place, event))
        except Exception as error:  # noqa: BLE001  # the code under test may raise anything
            self._lost = f"position {place[0]}: {words_of(error)}"
            return {FAILED: words_of(error)}
        server, volume = self.replay.server, self._volume
        if server is not None:
            return attempted(lambda: told_state(server))
        if volume is not None:
            return attempted(lambda: told_volume(volume))
        about = isinstance(event, RequestRefused | RequestUnchanged) and event.server_id
        return NO_SERVER if about else None

    def _answer(
        self, place: Place, record: Record, command: Any, decided: Decided | None
    ) -> Any | None:
        if self._lost or record.metadata.part > 1:
            return None
        server = self.replay.server
        servers: Sequence[Server] = () if server is None else (server,)

        def answer() -> Any | None:
            made = servers
            if isinstance(command, CreateServers) and isinstance(decided, tuple):
                made = [evolve(None, event) for event in decided]
            return answer_to(place[0], record, command, made)

        return attempted(answer)
