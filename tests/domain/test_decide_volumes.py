"""Volumes that were made by themselves: made, grown, backed up, removed."""

from __future__ import annotations

import msgspec
import pytest

from domain.commands import (
    CreateVolume,
    DeleteBackup,
    DeleteVolume,
    TakeBackup,
    UpdateBackup,
    UpdateVolume,
)
from domain.decide import decide
from domain.events import (
    Event,
    ServerUpdated,
    VolumeBackedUp,
    VolumeBackupDeleted,
    VolumeBackupUpdated,
    VolumeCreated,
    VolumeDeleted,
    VolumeUpdated,
)
from domain.refusals import BackupUnknown, VolumeAttached, VolumeSmaller, VolumeUnknown
from domain.values import Backup, Changes, Held, Holder, Volume, VolumeChanges
from domain.volumes import StandaloneVolume, evolve_volume, fold_volume
from tests.controls import EVENTS, HELD, HOME
from tests.domain.given import AT, LATER, given, when

CREATED = VolumeCreated(
    at=AT, volume_id="v-1", organization=HOME, name="data", size_bytes=20, kind="l_ssd"
)
HOLDS = Held(arch="x86_64", volume=Volume(id="v-1", name="data", size_bytes=20, kind="l_ssd"))
BACKED_UP = VolumeBackedUp(at=AT, backup_id="b-1", version=1, holds=HOLDS, name="nightly")


def volume(*events: Event) -> StandaloneVolume:
    """A volume after those events."""
    found = fold_volume((CREATED, *events))
    assert found is not None
    return found


def decided(present: StandaloneVolume | None, command: object) -> tuple[Event, ...]:
    return decide(present, command, LATER)  # type: ignore[call-overload,no-any-return]


def creating(**fields: object) -> CreateVolume:
    command = CreateVolume(organization=HOME, name="data", size_bytes=20, volume_id="v-1")
    return msgspec.structs.replace(command, **fields)


def test_a_new_one_is_of_the_size_and_kind_it_was_asked_for() -> None:
    assert decided(None, creating()) == (msgspec.structs.replace(CREATED, at=LATER),)
    (event,) = decided(None, creating(kind="b_ssd", tags=("t",)))
    assert event == msgspec.structs.replace(CREATED, at=LATER, kind="b_ssd", tags=("t",))


def test_one_of_a_restore_point_is_as_large_and_of_its_kind_unless_told() -> None:
    (event,) = decided(None, creating(size_bytes=0, base="b-1", held=HELD))
    assert isinstance(event, VolumeCreated)
    assert (event.size_bytes, event.kind, event.base) == (20_000_000_000, "b_ssd", "b-1")
    larger = creating(size_bytes=20_000_000_001, kind="l_ssd", base="b-1", held=HELD)
    (event,) = decided(None, larger)
    assert isinstance(event, VolumeCreated)
    assert (event.size_bytes, event.kind) == (20_000_000_001, "l_ssd")
    with pytest.raises(VolumeSmaller, match="19999999999 bytes: its base has 20000000000"):
        decided(None, creating(size_bytes=19_999_999_999, base="b-1", held=HELD))


def test_only_what_differs_is_recorded_and_nothing_where_nothing_does() -> None:
    changes = VolumeChanges(name="data", size_bytes=21, tags=())
    command = UpdateVolume("v-1", changes)
    (event,) = decided(volume(), command)
    assert event == VolumeUpdated(at=LATER, fields=VolumeChanges(size_bytes=21))
    assert decided(volume(event), command) == ()
    left = volume(event)
    assert (left.name, left.size_bytes, left.version, left.modified_at) == ("data", 21, 2, LATER)


def test_it_does_not_become_smaller() -> None:
    with pytest.raises(VolumeSmaller, match="19 bytes: the volume has 20"):
        decided(volume(), UpdateVolume("v-1", VolumeChanges(name="n", size_bytes=19)))


def test_it_is_removed_unless_a_live_server_has_it() -> None:
    assert decided(volume(), DeleteVolume("v-1")) == (VolumeDeleted(at=LATER),)
    with pytest.raises(VolumeAttached, match="server s-1 has the volume"):
        decided(volume(), DeleteVolume("v-1", Holder(id="s-1", name="web")))


def test_one_that_came_with_its_server_is_not_removed_from_it() -> None:
    server = given(volumes=(Volume(id="v-1"),))
    with pytest.raises(VolumeAttached, match=f"server {server.id} has the volume"):
        when(server, DeleteVolume("v-1"))


def test_one_that_came_with_its_server_is_renamed_and_grown_there() -> None:
    data, other = Volume(id="v-1", name="data", size_bytes=20), Volume(id="v-2")
    server = given(volumes=(other, data))
    grown = UpdateVolume("v-1", VolumeChanges(name="more", size_bytes=21, tags=()))
    left = (other, Volume(id="v-1", name="more", size_bytes=21))
    assert when(server, grown) == (ServerUpdated(at=LATER, changes=Changes(volumes=left)),)
    assert when(server, UpdateVolume("v-1", VolumeChanges(name="data"))) == ()
    with pytest.raises(VolumeSmaller):
        when(server, UpdateVolume("v-1", VolumeChanges(size_bytes=19)))
    with pytest.raises(VolumeAttached, match="has no tags there"):
        when(server, UpdateVolume("v-1", VolumeChanges(tags=("t",))))
    with pytest.raises(VolumeUnknown):
        when(server, UpdateVolume("v-3", VolumeChanges(name="n")))


def test_a_restore_point_holds_the_volume_as_it_was() -> None:
    grown = VolumeUpdated(at=AT, fields=VolumeChanges(size_bytes=30))
    command = TakeBackup(of="v-1", name="nightly", backup_id="b-2", tags=("t",))
    (event,) = decided(volume(BACKED_UP, grown), command)
    assert event == VolumeBackedUp(
        at=LATER,
        backup_id="b-2",
        version=3,
        name="nightly",
        tags=("t",),
        holds=Held(
            arch="x86_64", volume=Volume(id="v-1", name="data", size_bytes=30, kind="l_ssd")
        ),
    )
    command = TakeBackup(of="b-1", kind="image", backup_id="b-2", arch="arm64", held=HOLDS)
    (event,) = decided(volume(BACKED_UP, grown, VolumeDeleted(at=AT)), command)
    assert event == VolumeBackedUp(
        at=LATER,
        backup_id="b-2",
        version=1,
        kind="image",
        of_backup="b-1",
        holds=msgspec.structs.replace(HOLDS, arch="arm64"),
    )


def test_restore_points_are_changed_and_removed_once_the_volume_is_gone_too() -> None:
    for present in (volume(BACKED_UP), volume(BACKED_UP, VolumeDeleted(at=AT))):
        (event,) = decided(present, UpdateBackup("b-1", tags=("t",), made_version=2))
        assert event == VolumeBackupUpdated(
            at=LATER, backup_id="b-1", made_version=2, name="nightly", tags=("t",)
        )
        left = evolve_volume(present, event)
        assert left.backups == (
            Backup(id="b-1", name="nightly", version=1, kind="snapshot", tags=("t",)),
        )
        (event,) = decided(left, DeleteBackup("b-1"))
        assert event == VolumeBackupDeleted(at=LATER, backup_id="b-1")
        left = evolve_volume(left, event)
        assert (left.backups, left.deleted) == ((), present.deleted)
        with pytest.raises(BackupUnknown):
            decided(left, DeleteBackup("b-1"))


def test_a_volume_that_is_gone_is_not_changed() -> None:
    gone = volume(VolumeDeleted(at=AT))
    for command in (UpdateVolume("v-1", VolumeChanges(name="n")), DeleteVolume("v-1")):
        with pytest.raises(AssertionError, match="a command needs a volume that is there"):
            decided(gone, command)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_only_events_of_volumes_lead_to_another_state(event: Event) -> None:
    name = type(event).__name__
    if isinstance(event, VolumeCreated):
        assert evolve_volume(None, event).version == 1
        return
    with pytest.raises(TypeError, match=f"{name} before VolumeCreated"):
        evolve_volume(None, event)
    if name.startswith("Volume"):
        assert evolve_volume(volume(), event).version == 2
    else:
        with pytest.raises(TypeError, match=f"{name} after VolumeCreated"):
            evolve_volume(volume(), event)
