"""When backed up: which point a restore means, and what it leaves alone."""

from __future__ import annotations

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
from domain.events import (
    Event,
    ServerBackedUp,
    ServerDeleted,
    ServerPoweredOn,
    ServerRenamed,
    ServerReset,
    ServerRestored,
    ServerUpdated,
)
from domain.refusals import BackupUnknown, ServerStopped, VersionUnknown
from domain.server import Server, evolve
from domain.values import Backup, Changes, Configuration
from tests.domain.given import AT, LATER, given, when

FIRST = ServerBackedUp(at=AT, backup_id="id-1", version=1, name="nightly")
PAST = Configuration(name="my_server")


def restored(to_version: int, backup_id: str | None) -> ServerRestored:
    return ServerRestored(
        at=LATER, configuration=PAST, running=False, to_version=to_version, backup_id=backup_id
    )


@pytest.mark.parametrize(
    ("command", "events"),
    [
        (PowerOnServer(), (ServerPoweredOn(at=LATER),)),
        (PowerOffServer(), ()),
        (ResetServer(hard=True), (ServerReset(at=LATER, hard=True),)),
        (UpdateServer(changes=Changes()), ()),
        (UpdateServer(changes=Changes(name="n")), (ServerRenamed(at=LATER, name="n"),)),
        (
            UpdateServer(changes=Changes(tags=("t",))),
            (ServerUpdated(at=LATER, changes=Changes(tags=("t",))),),
        ),
        (
            BackUpServer(name="nightly", backup_id="id-2"),
            (ServerBackedUp(at=LATER, backup_id="id-2", version=2, name="nightly"),),
        ),
        (RestoreServer(past=PAST), (restored(1, "id-1"),)),
        (RestoreServer(backup="id-1", past=PAST), (restored(1, "id-1"),)),
        (RestoreServer(backup="nightly", past=PAST), (restored(1, "id-1"),)),
        (RestoreServer(version=1, past=PAST), (restored(1, None),)),
        (RestoreServer(version=2, past=PAST), (restored(2, None),)),
        (DeleteServer(), (ServerDeleted(at=LATER),)),
    ],
)
def test_when_backed_up(command: ServerCommand, events: tuple[Event, ...]) -> None:
    assert when(given(FIRST), command) == events


def test_when_backed_up_and_stopped_a_soft_reset_is_refused_still() -> None:
    with pytest.raises(ServerStopped, match="start it first"):
        when(given(FIRST), ResetServer(hard=False))


def two_of_one_name() -> Server:
    second = ServerBackedUp(at=AT, backup_id="id-2", version=3, name="nightly")
    return given(FIRST, ServerPoweredOn(at=AT), second)


def test_of_two_backups_of_one_name_the_newer_is_restored_and_the_older_by_its_id() -> None:
    server = two_of_one_name()
    assert when(server, RestoreServer(backup="nightly", past=PAST)) == (restored(3, "id-2"),)
    assert when(server, RestoreServer(backup="id-1", past=PAST)) == (restored(1, "id-1"),)


def test_an_id_goes_before_a_newer_backup_that_bears_it_as_its_name() -> None:
    server = given(FIRST, ServerBackedUp(at=AT, backup_id="id-2", version=2, name="id-1"))
    assert when(server, RestoreServer(backup="id-1", past=PAST)) == (restored(1, "id-1"),)


def test_a_backup_without_a_name_is_found_by_no_name() -> None:
    server = given(ServerBackedUp(at=AT, backup_id="id-1", version=1))
    for name in ("", "None", "null"):
        with pytest.raises(BackupUnknown, match=repr(name)):
            when(server, RestoreServer(backup=name, past=PAST))


def test_a_version_needs_no_backup() -> None:
    assert when(given(), RestoreServer(version=1, past=PAST)) == (restored(1, None),)


def test_a_restore_of_the_present_state_is_recorded_all_the_same() -> None:
    server = given()
    again = RestoreServer(version=1, past=server.configuration, past_running=server.running)
    assert when(server, again) == (restored(1, None),)


def test_a_restore_can_be_undone_by_restoring_the_version_before_it() -> None:
    server = given(FIRST, ServerPoweredOn(at=AT), tags=("kept",))
    gone = evolve(server, restored(1, "id-1"))
    assert (gone.configuration, gone.running, gone.version) == (PAST, False, 4)
    undo = RestoreServer(
        version=server.version, past=server.configuration, past_running=server.running
    )
    (event,) = when(gone, undo)
    back = evolve(gone, event)
    assert (back.configuration, back.running, back.version) == (
        server.configuration,
        server.running,
        5,
    )


def test_backups_of_every_age_survive_a_restore() -> None:
    server = two_of_one_name()
    (event,) = when(server, RestoreServer(version=1, past=PAST))
    after = evolve(server, event)
    assert after.backups == (
        Backup(id="id-1", name="nightly", version=1),
        Backup(id="id-2", name="nightly", version=3),
    )
    assert when(after, RestoreServer(past=PAST)) == (restored(3, "id-2"),)


def test_a_version_yet_to_come_is_refused_by_its_number() -> None:
    with pytest.raises(VersionUnknown, match="version 3 is unknown: the server is at version 2"):
        when(given(FIRST), RestoreServer(version=3, past=PAST))
