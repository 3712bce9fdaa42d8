"""Random histories of one server: commands that were decided in turn, and what each left behind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import msgspec
from hypothesis import strategies as st

from domain.commands import (
    BackUpServer,
    CreateServers,
    DeleteServer,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    RestoreServer,
    ServerCommand,
    UpdateServer,
)
from domain.decide import decide
from domain.events import ServerEvent
from domain.refusals import Refusal
from domain.restoring import restore_version
from domain.server import Server, evolve
from domain.values import Changes, Configuration
from tests.properties.strategies import of

NAMES: Final = st.sampled_from(["a", "b", "c"])
START: Final = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)

likely_changes: Final = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "image": st.none() | NAMES,
        "tags": st.lists(NAMES, max_size=2).map(tuple),
        "dynamic_public_ip": st.booleans(),
    },
).map(lambda named: Changes(**named))  # type: ignore[arg-type]  # names and types are its own
updates: Final = st.builds(UpdateServer, changes=likely_changes | of(Changes))
restores: Final = (
    st.just(RestoreServer())
    | st.builds(RestoreServer, version=st.integers(0, 12))
    | st.builds(RestoreServer, backup=NAMES | st.integers(0, 9).map(lambda n: f"backup {n}"))
)
commands: Final = (
    updates
    | restores
    | st.just(PowerOnServer())
    | st.just(PowerOffServer())
    | st.builds(ResetServer, hard=st.booleans())
    | st.builds(BackUpServer, name=st.none() | NAMES)
)


@dataclass
class History:
    """A server's life so far. `states` holds it as of every version, the first at 0."""

    states: list[Server]
    events: list[ServerEvent] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    @property
    def server(self) -> Server:
        """The server now."""
        return self.states[-1]

    def as_of(self, version: int) -> Server:
        """The server as it was."""
        return self.states[version - 1]

    def complete(self, command: ServerCommand) -> ServerCommand:
        """What the write side adds to a command: a fresh id, the replayed past. May refuse."""
        if isinstance(command, BackUpServer):
            return msgspec.structs.replace(command, backup_id=f"backup {len(self.states)}")
        if isinstance(command, RestoreServer):
            version, _ = restore_version(self.server, command)
            past = self.as_of(version)
            return msgspec.structs.replace(
                command, past=past.configuration, past_running=past.running
            )
        return command

    def decide(self, command: ServerCommand) -> tuple[ServerEvent, ...]:
        """The events that a command leads to now; nothing is changed. May refuse."""
        at = START + dt.timedelta(seconds=len(self.states))
        return decide(self.server, self.complete(command), at)

    def play(self, command: ServerCommand) -> tuple[ServerEvent, ...]:
        """Decide a command and take over what came of it."""
        try:
            decided = self.decide(command)
        except Refusal as refusal:
            self.refused.append(refusal)
            return ()
        for event in decided:
            self.events.append(event)
            self.states.append(evolve(self.server, event))
        return decided


def begun(configuration: Configuration) -> History:
    """A server that was just created."""
    create = CreateServers("org", configuration, "x86_64", server_ids=("id",))
    (event,) = decide(None, create, START)
    return History([evolve(None, event)], [event])


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A live server with a past."""
    history = begun(draw(st.builds(Configuration, name=NAMES) | of(Configuration)))
    for command in draw(st.lists(commands, max_size=12)):
        history.play(command)
    return history


any_next: Final = commands | st.just(DeleteServer())
