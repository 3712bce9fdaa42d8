"""The rules of servers, state by state."""

from __future__ import annotations

import pytest

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
from domain.events import (
    Event,
    ServerBackedUp,
    ServerCreated,
    ServerDeleted,
    ServerPoweredOff,
    ServerPoweredOn,
    ServerRenamed,
    ServerReset,
    ServerRestored,
    ServerUpdated,
)
from domain.refusals import BackupUnknown, ServerStopped, VersionUnknown
from domain.restoring import restore_version
from domain.values import Changes, Configuration, Volume
from tests.controls import CONFIGURATION, HOME
from tests.domain.given import AT, LATER, given, when

ON = ServerPoweredOn(at=AT)


def creating(count: int) -> CreateServers:
    return CreateServers(
        organization=HOME,
        configuration=CONFIGURATION,
        arch="x86_64",
        count=count,
        server_ids=tuple(f"id-{n}" for n in range(count)),
        reservation_id="r-1" if count > 1 else None,
    )


def test_one_server_is_made_under_its_name() -> None:
    assert when(None, creating(1)) == (
        ServerCreated(
            at=LATER,
            server_id="id-0",
            organization=HOME,
            configuration=CONFIGURATION,
            arch="x86_64",
        ),
    )


def test_several_are_numbered_and_share_their_reservation() -> None:
    events = when(None, creating(3))
    assert [event.configuration.name for event in events if isinstance(event, ServerCreated)] == [
        "my_server-1",
        "my_server-2",
        "my_server-3",
    ]
    assert {event.reservation_id for event in events if isinstance(event, ServerCreated)} == {"r-1"}


@pytest.mark.parametrize(
    ("command", "events"),
    [
        (PowerOnServer(), (ServerPoweredOn(at=LATER),)),
        (PowerOffServer(), ()),
        (ResetServer(hard=True), (ServerReset(at=LATER, hard=True),)),
        (DeleteServer(), (ServerDeleted(at=LATER),)),
        (
            BackUpServer(name="b", backup_id="x"),
            (ServerBackedUp(at=LATER, backup_id="x", version=1, name="b"),),
        ),
    ],
)
def test_when_stopped(command: ServerCommand, events: tuple[Event, ...]) -> None:
    assert when(given(), command) == events


def test_a_stopped_server_is_not_restarted_softly() -> None:
    with pytest.raises(ServerStopped):
        when(given(), ResetServer(hard=False))


@pytest.mark.parametrize(
    ("command", "events"),
    [
        (PowerOnServer(), ()),
        (PowerOffServer(), (ServerPoweredOff(at=LATER),)),
        (ResetServer(hard=True), (ServerReset(at=LATER, hard=True),)),
        (ResetServer(hard=False), (ServerReset(at=LATER, hard=False),)),
        (DeleteServer(), (ServerDeleted(at=LATER),)),
        (BackUpServer(backup_id="x"), (ServerBackedUp(at=LATER, backup_id="x", version=2),)),
    ],
)
def test_when_running(command: ServerCommand, events: tuple[Event, ...]) -> None:
    assert when(given(ON), command) == events


def test_a_hard_reset_starts_a_stopped_server_and_leaves_a_running_one_so() -> None:
    for server in (given(), given(ON)):
        assert given(*when(server, ResetServer(hard=True))).running


def test_a_new_name_alone_is_a_rename() -> None:
    update = UpdateServer(changes=Changes(name="n", tags=()))
    assert when(given(), update) == (ServerRenamed(at=LATER, name="n"),)


def test_an_update_is_one_event_of_what_differs() -> None:
    server = given(tags=("a",), flavor="f")
    volumes = (Volume(id="v"),)
    asked = Changes(name="n", tags=("a",), flavor=None, volumes=volumes)
    assert when(server, UpdateServer(changes=asked)) == (
        ServerUpdated(at=LATER, changes=Changes(name="n", flavor=None, volumes=volumes)),
    )


@pytest.mark.parametrize("changes", [Changes(), Changes(name="my_server", tags=(), image=None)])
def test_an_update_that_changes_nothing_is_no_event(changes: Changes) -> None:
    assert when(given(), UpdateServer(changes=changes)) == ()


BACKED_UP = (
    ServerBackedUp(at=AT, backup_id="id-a", version=1, name="a"),
    ServerBackedUp(at=AT, backup_id="id-b", version=2, name="b"),
    ServerBackedUp(at=AT, backup_id="id-a2", version=3, name="a"),
    ServerBackedUp(at=AT, backup_id="id-c", version=4, name=None),
)


@pytest.mark.parametrize(
    ("command", "point"),
    [
        (RestoreServer(), (4, "id-c")),
        (RestoreServer(backup="id-a"), (1, "id-a")),
        (RestoreServer(backup="a"), (3, "id-a2")),
        (RestoreServer(backup="b"), (2, "id-b")),
        (RestoreServer(version=1), (1, None)),
        (RestoreServer(version=5), (5, None)),
    ],
)
def test_a_restore_goes_back_to(command: RestoreServer, point: tuple[int, str | None]) -> None:
    assert restore_version(given(*BACKED_UP), command) == point


@pytest.mark.parametrize("version", [0, -1, 6, 10**12])
def test_a_version_that_never_was_cannot_be_restored(version: int) -> None:
    with pytest.raises(VersionUnknown):
        when(given(*BACKED_UP), RestoreServer(version=version, past=CONFIGURATION))


def test_a_backup_that_is_not_there_cannot_be_restored() -> None:
    for server, backup in ((given(), None), (given(), "a"), (given(*BACKED_UP), "z")):
        with pytest.raises(BackupUnknown):
            when(server, RestoreServer(backup=backup, past=CONFIGURATION))


def test_a_restore_carries_the_whole_state_and_keeps_the_backups() -> None:
    server = given(*BACKED_UP)
    past = Configuration(name="before", tags=("t",))
    events = when(server, RestoreServer(backup="a", past=past, past_running=True))
    assert events == (
        ServerRestored(at=LATER, configuration=past, running=True, to_version=3, backup_id="id-a2"),
    )
    restored = given(*BACKED_UP, *events)
    assert (restored.configuration, restored.running, restored.version) == (past, True, 6)
    assert restored.backups == server.backups


def test_a_command_needs_a_live_server() -> None:
    for server in (None, given(ServerDeleted(at=AT))):
        with pytest.raises(AssertionError):
            when(server, PowerOnServer())
