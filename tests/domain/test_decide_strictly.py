"""Where it is asked strictly, a power state is not asked for twice; and what servers begin with."""

from __future__ import annotations

import pytest

from domain.commands import (
    CreateServers,
    PowerOffServer,
    PowerOnServer,
    ServerCommand,
    UpdateServer,
)
from domain.events import Event, ServerPoweredOff, ServerPoweredOn
from domain.refusals import Refusal, ServerRunning, ServerStopped
from domain.server import evolve
from domain.values import Changes, Configuration, Volume
from tests.controls import HOME, SERVER_ID
from tests.domain.given import AT, LATER, given, when

ON = ServerPoweredOn(at=AT)
SIZED = Volume(id="v-1", name="root", size_bytes=10**9, kind="l_ssd")


@pytest.mark.parametrize(
    ("events", "command", "event"),
    [
        ((), PowerOnServer(strict=True), ServerPoweredOn(at=LATER)),
        ((ON,), PowerOffServer(strict=True), ServerPoweredOff(at=LATER)),
    ],
)
def test_the_other_state_is_reached(
    events: tuple[Event, ...], command: ServerCommand, event: Event
) -> None:
    assert when(given(*events), command) == (event,)


@pytest.mark.parametrize(
    ("events", "command", "refusal"),
    [
        ((ON,), PowerOnServer(strict=True), ServerRunning),
        ((), PowerOffServer(strict=True), ServerStopped),
    ],
)
def test_the_state_it_is_in_is_refused(
    events: tuple[Event, ...], command: ServerCommand, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        when(given(*events), command)


@pytest.mark.parametrize("running", [False, True])
def test_a_new_server_runs_if_it_is_asked_to(running: bool) -> None:
    command = CreateServers(
        organization=HOME,
        configuration=Configuration(name="a"),
        arch="x86_64",
        server_ids=(SERVER_ID,),
        running=running,
    )
    (event,) = when(None, command)
    server = evolve(None, event)
    assert (server.running, server.version) == (running, 1)


def test_a_volume_that_is_named_again_stays_as_large_as_it_is() -> None:
    server = given(volumes=(SIZED,))
    again = Changes(volumes=(Volume(id="v-1", name="root"),))
    assert when(server, UpdateServer(changes=again)) == ()
    renamed = Changes(volumes=(Volume(id="v-1", name="data"), Volume(id="v-2")))
    (event,) = when(server, UpdateServer(changes=renamed))
    assert evolve(server, event).configuration.volumes == (
        Volume(id="v-1", name="data", size_bytes=10**9, kind="l_ssd"),
        Volume(id="v-2"),
    )
