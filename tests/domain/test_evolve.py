"""Each event's effect on a state, whole: what it sets, and that it sets nothing else."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from domain.commands import ResetServer, RestoreServer, UpdateServer
from domain.events import (
    Event,
    RequestRefused,
    RequestRepeated,
    RequestUnchanged,
    ServerBackedUp,
    ServerDeleted,
    ServerPoweredOff,
    ServerPoweredOn,
    ServerRenamed,
    ServerReset,
    ServerRestored,
    ServerUpdated,
    StoreCreated,
    TokenIssued,
    TokenRevoked,
    VolumeEvent,
)
from domain.server import evolve
from domain.values import Backup, Changes, Configuration
from tests.controls import CONFIGURATION, EVENTS, SERVER
from tests.domain.given import AT, LATER, given, when

PAST = Configuration(name="before")
STOPPED = msgspec.structs.replace(SERVER, running=False)


@pytest.mark.parametrize(
    ("event", "assigned"),
    [
        (ServerRenamed(at=LATER, name="n"), {"name": "n"}),
        (
            ServerUpdated(at=LATER, changes=Changes(name="n", flavor=None, tags=())),
            {"name": "n", "flavor": None, "tags": ()},
        ),
    ],
)
def test_what_an_update_names_is_set_and_nothing_else(
    event: Event, assigned: dict[str, Any]
) -> None:
    assert evolve(SERVER, event) == msgspec.structs.replace(
        SERVER,
        version=4,
        modified_at=LATER,
        configuration=msgspec.structs.replace(CONFIGURATION, **assigned),
    )


@pytest.mark.parametrize("server", [SERVER, STOPPED], ids=["running", "stopped"])
@pytest.mark.parametrize(
    ("event", "assigned"),
    [
        (ServerPoweredOn(at=LATER), {"running": True}),
        (ServerPoweredOff(at=LATER), {"running": False}),
        (ServerReset(at=LATER, hard=True), {"running": True}),
        (ServerReset(at=LATER, hard=False), {}),
        (ServerDeleted(at=LATER), {"deleted": True}),
        (
            ServerBackedUp(at=LATER, backup_id="b", version=3),
            {"backups": (*SERVER.backups, Backup(id="b", name=None, version=3))},
        ),
        (
            ServerRestored(at=LATER, configuration=PAST, running=True, to_version=1),
            {"configuration": PAST, "running": True},
        ),
        (
            ServerRestored(at=LATER, configuration=PAST, running=False, to_version=1),
            {"configuration": PAST, "running": False},
        ),
    ],
)
def test_an_event_sets_what_it_says_and_nothing_else(
    server: Any, event: Event, assigned: dict[str, Any]
) -> None:
    assert evolve(server, event) == msgspec.structs.replace(
        server, version=4, modified_at=LATER, **assigned
    )


FOREIGN = (StoreCreated, TokenIssued, TokenRevoked, RequestRefused, RequestUnchanged)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_only_events_of_servers_lead_to_another_state(event: Event) -> None:
    if isinstance(event, (*FOREIGN, RequestRepeated, *get_args(VolumeEvent))):
        with pytest.raises(TypeError, match=type(event).__name__):
            evolve(SERVER, event)
    elif event is EVENTS[1]:
        assert evolve(None, event).version == 1
    else:
        assert evolve(SERVER, event).version == SERVER.version + 1


def test_a_running_server_is_updated_and_restored_as_a_stopped_one_is() -> None:
    server = given(ServerPoweredOn(at=AT))
    update = UpdateServer(changes=Changes(name="n", image="i"))
    assert when(server, update) == (ServerUpdated(at=LATER, changes=Changes(name="n", image="i")),)
    restore = RestoreServer(version=1, past=PAST, past_running=False)
    assert when(server, restore) == (
        ServerRestored(at=LATER, configuration=PAST, running=False, to_version=1),
    )


def test_a_clock_that_went_back_changes_times_alone() -> None:
    server = given(ServerPoweredOn(at=LATER))
    after = evolve(server, ServerReset(at=AT, hard=False))
    assert (after.version, after.modified_at, after.running) == (3, AT, True)
    assert when(server, ResetServer(hard=False)) == (ServerReset(at=LATER, hard=False),)
