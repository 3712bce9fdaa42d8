"""Restore points of a server: made of a volume or of an earlier one, renamed, removed."""

from __future__ import annotations

import msgspec
import pytest

from domain.commands import DeleteBackup, RestoreServer, TakeBackup, UpdateBackup
from domain.events import (
    ServerBackedUp,
    ServerBackupDeleted,
    ServerBackupUpdated,
    ServerDeleted,
    ServerRenamed,
    ServerReverted,
)
from domain.refusals import BackupUnknown, InvalidRequest, VolumeUnknown
from domain.server import Server
from domain.values import Backup, Configuration, Held, Volume
from tests.controls import HELD
from tests.domain.given import AT, LATER, given, when

ROOT = Volume(id="v-1", name="root")
DATA = Volume(id="v-2", name="data", size_bytes=7)
BACKED_UP = ServerBackedUp(at=AT, backup_id="b-1", version=1, name="nightly", tags=("kept",))
KEPT = Backup(id="b-1", name="nightly", version=1, tags=("kept",))


def backed_up(*after: ServerDeleted | ServerRenamed) -> Server:
    """A server with two volumes and one restore point, after those events."""
    return given(BACKED_UP, *after, volumes=(ROOT, DATA))


def test_one_of_a_volume_is_of_the_server_as_it_is_and_remembers_the_volume() -> None:
    command = TakeBackup(of="v-2", name="n", backup_id="b-2", tags=("t",))
    assert when(backed_up(), command) == (
        ServerBackedUp(
            at=LATER,
            backup_id="b-2",
            version=2,
            name="n",
            kind="snapshot",
            tags=("t",),
            held=Held(volume=DATA),
        ),
    )


def test_a_volume_that_was_made_by_itself_is_remembered_as_it_is_there() -> None:
    volume = Volume(id="v-1", name="its own", size_bytes=9, kind="b_ssd")
    command = TakeBackup(of="v-1", backup_id="b-2", held=Held(volume=volume))
    (event,) = when(backed_up(), command)
    assert isinstance(event, ServerBackedUp)
    assert event.held == Held(volume=volume)


def test_one_of_an_earlier_one_has_its_version_and_holds_the_same() -> None:
    command = TakeBackup(of="b-1", kind="image", backup_id="b-2", held=HELD)
    assert when(backed_up(ServerRenamed(at=AT, name="n")), command) == (
        ServerBackedUp(
            at=LATER, backup_id="b-2", version=1, kind="image", of_backup="b-1", held=HELD
        ),
    )


def test_a_deleted_server_s_restore_points_are_made_into_others_changed_and_removed() -> None:
    server = backed_up(ServerDeleted(at=AT))
    made = ServerBackedUp(
        at=LATER, backup_id="b-2", version=1, kind="image", of_backup="b-1", held=HELD
    )
    command = TakeBackup(of="b-1", kind="image", backup_id="b-2", held=HELD)
    assert when(server, command) == (made,)
    assert when(server, DeleteBackup("b-1")) == (ServerBackupDeleted(at=LATER, backup_id="b-1"),)
    (event,) = when(server, UpdateBackup("b-1", name="n", made_version=2))
    assert isinstance(event, ServerBackupUpdated)
    with pytest.raises(VolumeUnknown):
        when(server, TakeBackup(of="v-1", backup_id="b-2"))


def test_a_volume_that_the_server_has_not_is_unknown() -> None:
    with pytest.raises(VolumeUnknown, match="no volume 'v-3'"):
        when(backed_up(), TakeBackup(of="v-3", backup_id="b-2"))


def test_an_image_is_of_its_server_s_architecture() -> None:
    assert when(backed_up(), TakeBackup(of="v-1", backup_id="b-2", arch="x86_64"))
    with pytest.raises(InvalidRequest, match="arch: the server is of x86_64"):
        when(backed_up(), TakeBackup(of="v-1", backup_id="b-2", arch="arm64"))


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ({}, ("nightly", ("kept",))),
        ({"name": "n"}, ("n", ("kept",))),
        ({"name": None}, (None, ("kept",))),
        ({"tags": ()}, ("nightly", ())),
        ({"name": "n", "tags": ("t",)}, ("n", ("t",))),
    ],
)
def test_an_update_always_records_both_the_name_and_the_tags(
    named: dict[str, object], left: tuple[str | None, tuple[str, ...]]
) -> None:
    command = msgspec.structs.replace(UpdateBackup("b-1", made_version=2), **named)
    name, tags = left
    (event,) = when(backed_up(), command)
    assert event == ServerBackupUpdated(
        at=LATER, backup_id="b-1", made_version=2, name=name, tags=tags
    )
    server = given(BACKED_UP, event)
    assert server.backups == (msgspec.structs.replace(KEPT, name=name, tags=tags),)
    assert (server.version, server.modified_at) == (3, LATER)


@pytest.mark.parametrize("command", [DeleteBackup("b-9"), UpdateBackup("b-9", name="n")])
def test_one_that_is_not_there_cannot_be_changed(command: DeleteBackup | UpdateBackup) -> None:
    with pytest.raises(BackupUnknown, match="there is no backup 'b-9'"):
        when(backed_up(), command)


def test_one_that_was_removed_cannot_be_restored_and_the_others_can() -> None:
    second = ServerBackedUp(at=AT, backup_id="b-2", version=2)
    server = given(BACKED_UP, second, ServerBackupDeleted(at=AT, backup_id="b-2"))
    assert server.backups == (KEPT,)
    past = Configuration(name="past")
    with pytest.raises(BackupUnknown):
        when(server, RestoreServer(backup="b-2", past=past))
    (event,) = when(server, RestoreServer(past=past))
    assert getattr(event, "backup_id", None) == "b-1"


def test_what_was_done_to_a_deleted_server_s_comes_back_with_it() -> None:
    past = Configuration(name="past")
    server = given(
        BACKED_UP,
        ServerDeleted(at=AT),
        ServerBackupDeleted(at=AT, backup_id="b-1"),
        ServerReverted(at=AT, configuration=past, running=False, past_version=1),
    )
    assert (server.backups, server.deleted, server.version) == ((), False, 5)
