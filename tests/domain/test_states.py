"""What every command comes to in every state of a server, and that it is one event at the most."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from domain.commands import (
    BackUpServer,
    DeleteServer,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    RestoreServer,
    ServerCommand,
    UpdateServer,
)
from domain.events import ServerBackedUp, ServerEvent, ServerPoweredOn
from domain.refusals import Refusal
from domain.registry import REGISTRY
from domain.server import Server, evolve
from domain.values import Changes, Configuration, Volume
from tests.domain.given import AT, LATER, given, when

ON = ServerPoweredOn(at=AT)
BACKED_UP = ServerBackedUp(at=AT, backup_id="id", version=1, name="b")
PAST = Configuration(name="past")

STATES: Final[dict[str, tuple[ServerEvent, ...]]] = {
    "stopped": (),
    "running": (ON,),
    "stopped and backed up": (BACKED_UP,),
    "running and backed up": (BACKED_UP, ON),
}
TABLE: Final[dict[ServerCommand, tuple[str, str, str, str]]] = {
    UpdateServer(Changes()): ("", "", "", ""),
    UpdateServer(Changes(name="my_server", tags=())): ("", "", "", ""),
    UpdateServer(Changes(name="n")): ("server.renamed",) * 4,
    UpdateServer(Changes(name="n", tags=("t",))): ("server.updated",) * 4,
    UpdateServer(Changes(volumes=(Volume(id="v"),))): ("server.updated",) * 4,
    DeleteServer(): ("server.deleted",) * 4,
    PowerOnServer(): ("server.powered_on", "", "server.powered_on", ""),
    PowerOffServer(): ("", "server.powered_off", "", "server.powered_off"),
    ResetServer(hard=True): ("server.reset",) * 4,
    ResetServer(hard=False): ("server.stopped", "server.reset") * 2,
    BackUpServer(backup_id="new"): ("server.backed_up",) * 4,
    BackUpServer(backup_id="new", name="b"): ("server.backed_up",) * 4,
    RestoreServer(past=PAST): ("backup.unknown",) * 2 + ("server.restored",) * 2,
    RestoreServer(past=PAST, backup="id"): ("backup.unknown",) * 2 + ("server.restored",) * 2,
    RestoreServer(past=PAST, backup="b"): ("backup.unknown",) * 2 + ("server.restored",) * 2,
    RestoreServer(past=PAST, backup="B"): ("backup.unknown",) * 4,
    RestoreServer(past=PAST, version=1): ("server.restored",) * 4,
    RestoreServer(past=PAST, version=9): ("version.unknown",) * 4,
}
CASES: Final = [
    pytest.param(state, command, outcome, id=f"{state}: {command}")
    for command, outcomes in TABLE.items()
    for state, outcome in zip(STATES, outcomes, strict=True)
]


def outcome_of(server: Server, command: ServerCommand) -> str:
    """The stored name of the event, the code of the refusal, or nothing."""
    try:
        return " ".join(map(REGISTRY.name_of, when(server, command)))
    except Refusal as refusal:
        return refusal.code


@pytest.mark.parametrize(("state", "command", "outcome"), CASES)
def test_every_command_in_every_state(state: str, command: ServerCommand, outcome: str) -> None:
    server = given(*STATES[state])
    before = msgspec.json.encode(server)
    assert outcome_of(server, command) == outcome
    assert msgspec.json.encode(server) == before, "a decision changes no state"


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_a_command_left_is_what_the_next_meets(state: str) -> None:
    server = given(*STATES[state])
    for command in (PowerOnServer(), PowerOnServer(), ResetServer(hard=False), PowerOffServer()):
        for event in when(server, command):
            server = evolve(server, event)
        assert server.running is not isinstance(command, PowerOffServer)
    assert server.modified_at == LATER


def test_the_id_of_a_backup_goes_before_another_ones_name() -> None:
    newer = ServerBackedUp(at=AT, backup_id="other", version=2, name="id")
    (event,) = when(given(BACKED_UP, newer), RestoreServer(past=PAST, backup="id"))
    assert (event.to_version, event.backup_id) == (1, "id")  # type: ignore[attr-defined]
