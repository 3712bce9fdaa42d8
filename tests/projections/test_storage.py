"""Volumes and restore points as rows: who sees which, in which order, and what outlives what."""

from __future__ import annotations

from typing import Any

import pytest

from commands.unit import Unit
from domain.commands import (
    BackUpServer,
    DeleteBackup,
    DeleteServer,
    DeleteVolume,
    PowerOnServer,
    RevertServer,
    TakeBackup,
    UpdateBackup,
    UpdateVolume,
)
from domain.events import ServerCreated
from domain.ports import Scope, ShownAs
from domain.refusals import Refusal
from domain.values import Configuration, Volume, VolumeChanges
from projections.restore_point_queries import (
    Wanted,
    count_restore_points,
    find_restore_point,
    list_restore_points,
    page_restore_points,
)
from projections.restore_points import RestorePoint
from projections.volume_queries import VolumesWanted, count_volumes, find_volume, list_volumes
from projections.volumes import ShownVolume
from tests.commands.asked import metadata
from tests.commands.batches import answers_together
from tests.commands.stores import START, Kept
from tests.projections.histories import batch, make_volume, rebuilt, take
from tests.support import ELSEWHERE, HOME


def listed(
    store: Kept, shown_as: ShownAs = "snapshot", scope: Scope = None, **equal: str
) -> list[RestorePoint]:
    """Restore points, asked for in each of the ways there are."""
    wanted = Wanted(scope, shown_as, **equal)
    with store.store.database.reading() as session:
        whole = page_restore_points(session, wanted, 0, 100)
        assert count_restore_points(session, wanted) == len(whole)
        walked, after = [], 0
        while found := list_restore_points(session, wanted, after, 1):
            ((after, point),) = found
            walked.append(point)
        assert walked == whole
        assert page_restore_points(session, wanted, 1, 1) == whole[1:2]
        for point in whole:
            assert find_restore_point(session, point.id, (point.organization,)) == point
    return whole


def volumes(store: Kept, scope: Scope = None, name: str | None = None) -> list[ShownVolume]:
    """Volumes, by page and counted."""
    wanted = VolumesWanted(scope, name)
    with store.store.database.reading() as session:
        whole = list_volumes(session, wanted, 0, 100)
        assert count_volumes(session, wanted) == len(whole)
        assert list_volumes(session, wanted, 1, 1) == whole[1:2]
        for volume in whole:
            assert find_volume(session, volume.id, (volume.organization,)) == volume
    return whole


def backup(store: Kept, server_id: str, **fields: Any) -> str:
    ((_, record),) = store.write(BackUpServer(**fields), server_id).records.items()
    return str(record.event.backup_id)  # type: ignore[attr-defined]


def test_a_backup_is_a_snapshot_and_an_image_and_others_are_one_of_them(store: Kept) -> None:
    server = store.create("web", volumes=(Volume(id="v-1", name="root", size_bytes=7),), image="i")
    ids = {kind: backup(store, server, kind=kind) for kind in ("backup", "image", "snapshot")}
    assert [point.id for point in listed(store, "image")] == [ids["backup"], ids["image"]]
    assert [point.id for point in listed(store)] == [ids["backup"], ids["snapshot"]]
    (point, _) = listed(store)
    assert (point.origin, point.origin_id, point.origin_name) == ("server", server, "web")
    assert (point.version, point.made_version, point.image, point.arch) == (1, 2, "i", "x86_64")
    assert point.volume == Volume(id="v-1", name="root", size_bytes=7)
    assert (point.size_bytes, point.volume_type) == (7, "l_ssd")
    with store.store.database.reading() as session:
        assert find_restore_point(session, ids["image"], None, "snapshot") is None
        assert find_restore_point(session, ids["image"], (ELSEWHERE,)) is None
        assert find_restore_point(session, ids["image"], (HOME,), "image") is not None


def test_those_in_scope_are_listed_and_by_what_they_are_named_and_of(store: Kept) -> None:
    here = make_volume(store, "here")
    there = make_volume(store, "there", ELSEWHERE)
    one, two, three = (take(store, of) for of in (here, there, here))
    assert [point.id for point in listed(store)] == [one, two, three]
    assert [point.id for point in listed(store, scope=(ELSEWHERE,))] == [two]
    assert [point.id for point in listed(store, scope=(ELSEWHERE, HOME))] == [one, two, three]
    assert listed(store, scope=()) == []
    assert [point.id for point in listed(store, volume_id=there)] == [two]
    assert [point.id for point in listed(store, name=f"of {here}", arch="x86_64")] == [one, three]
    assert listed(store, arch="arm64") == []


def test_those_of_a_volume_are_found_by_its_id_in_capitals_and_as_old_logs_have_it(
    store: Kept,
) -> None:
    low = make_volume(store, "data")
    of_low = take(store, low)
    old = Volume("F56AF4C9-D902-4A17-88D6-A0A03F2C28C0")

    def before(unit: Unit) -> None:
        chosen = Configuration(name="a", volumes=(old,))
        event = ServerCreated(
            at=START, server_id="s", organization=HOME, configuration=chosen, arch="x86_64"
        )
        unit.append(event, metadata("create_servers", status=201))

    store.store.writer.run(before)
    of_old = backup(store, "s")
    for volume_id, found in ((low, of_low), (low.upper(), of_low), (old.id, of_old)):
        assert [point.id for point in listed(store, volume_id=volume_id)] == [found]


def test_they_outlive_what_they_are_of_until_they_are_removed(store: Kept) -> None:
    server, volume = store.create("web"), make_volume(store, "data")
    of_server, of_volume = backup(store, server, name="b"), take(store, volume)
    store.write(DeleteServer(), server)
    store.write(DeleteVolume(volume), volume, about="volume")
    assert [point.id for point in listed(store)] == [of_server, of_volume]
    assert len(store.rows("gone_servers")["gone_servers"]) == 1
    for id_ in (of_server, of_volume):
        store.write(DeleteBackup(id_), id_, about="snapshot")
    assert listed(store) == []
    assert store.rows("gone_servers", "volumes") == {"gone_servers": [], "volumes": []}
    assert volumes(store) == []


def test_a_server_that_comes_back_has_what_was_left_of_its_restore_points(store: Kept) -> None:
    server = store.create("web")
    kept, removed = (backup(store, server, name=name) for name in ("kept", "removed"))
    store.write(DeleteServer(), server)
    store.write(DeleteBackup(removed), removed, about="snapshot")
    store.write(UpdateBackup(kept, name="renamed"), kept, about="image")
    copied = take(store, kept, "image", about="backed")
    before = store.rows()
    rebuilt(store)
    assert store.rows() == before
    (back,) = store.write(RevertServer(to_version=1), server).servers
    assert [(backup.id, backup.name) for backup in back.backups] == [
        (kept, "renamed"),
        (copied, f"of {kept}"),
    ]
    assert store.rows("gone_servers")["gone_servers"] == []
    before = store.rows()
    rebuilt(store)
    assert store.rows() == before


def test_a_series_drops_the_rows_of_those_whose_place_was_taken(store: Kept) -> None:
    server = store.create("web")
    ids = [backup(store, server, kind="image", series="daily", keep=2) for _ in range(4)]
    assert [point.id for point in listed(store, "image")] == ids[2:]
    backup(store, server, kind="image", series="daily", keep=0)
    assert listed(store, "image") == []


def test_a_renamed_one_stays_where_it_stood(store: Kept) -> None:
    volume = make_volume(store, "data")
    first, second = take(store, volume), take(store, volume)
    store.clock.advance(1)
    store.write(UpdateBackup(first, name="n", tags=("t",)), first, about="snapshot")
    one, two = listed(store)
    assert (one.id, one.name, one.tags, two.id) == (first, "n", ("t",), second)
    assert one.modified_at > one.created_at == two.created_at


def test_rows_are_the_same_however_the_requests_come_together(store: Kept) -> None:
    server, volume = store.create("web", volumes=VOLUME), make_volume(store, "data")
    first = backup(store, server, name="b")
    gone = take(store, volume)
    batch(
        store,
        store.job(TakeBackup(of="v-1", name="n"), ref="v-1", about="backed_volume"),
        store.job(UpdateBackup(first, name="twice"), ref=first, about="image"),
        store.job(UpdateBackup(first, tags=("t",)), ref=first, about="image"),
        store.job(UpdateVolume(volume, VolumeChanges(size_bytes=30)), ref=volume, about="volume"),
        store.job(TakeBackup(of=volume, name="m"), ref=volume, about="backed_volume"),
        store.job(DeleteVolume(volume), ref=volume, about="volume"),
        store.job(DeleteBackup(gone), ref=gone, about="snapshot"),
        store.job(DeleteServer(), ref=server),
        store.job(TakeBackup(of=first, name="o", kind="image"), ref=first, about="backed"),
    )
    shown = [(point.name, point.tags, point.size_bytes) for point in listed(store)]
    assert shown == [("twice", ("t",), 0), ("n", (), 0), ("m", (), 30)]
    assert [point.name for point in listed(store, "image")] == ["twice", "o"]


VOLUME = (Volume(id="v-1"),)


def test_a_volume_is_shown_once_and_as_its_own_with_the_server_that_has_it(store: Kept) -> None:
    data, spare = make_volume(store, "data"), make_volume(store, "spare", tags=("t",))
    assert [volume.server for volume in volumes(store)] == [None, None]
    web = store.create("web", volumes=(Volume(id=data, name="called so"), *VOLUME, *VOLUME))
    store.create("too", volumes=(Volume(id=data), Volume(id="v-2")))
    store.create("there", ELSEWHERE, volumes=(Volume(id=data), Volume(id="v-1")))
    here = volumes(store, (HOME,))
    assert [(volume.id, volume.name, volume.size_bytes) for volume in here] == [
        (spare, "spare", 20),
        (data, "data", 20),
        ("v-1", None, 0),
        ("v-2", None, 0),
    ]
    assert [volume.server and volume.server[1] for volume in here] == [None, "web", "web", "too"]
    assert (here[0].tags, here[1].server) == (("t",), (web, "web"))
    assert [volume.id for volume in volumes(store, (ELSEWHERE,))] == [data, "v-1"]
    assert [volume.id for volume in volumes(store, (HOME,), "data")] == [data]
    assert volumes(store, (HOME,), "called so") == []
    assert volumes(store, ()) == []
    store.write(DeleteServer(), web)
    assert [volume.id for volume in volumes(store, (HOME,))] == [spare, data, "v-2"]
    with pytest.raises(Refusal, match="has the volume"):
        store.write(DeleteVolume(data), data, about="volume")


def test_what_is_done_to_one_server_s_restore_points_writes_no_row_of_another(store: Kept) -> None:
    server, other = store.create("web"), store.create("other")
    for _ in range(3):
        backup(store, server)
    before = store.rows("restore_points", "gone_servers", "volumes")
    answers_together(store, store.job(PowerOnServer(), ref=other))
    assert store.rows("restore_points", "gone_servers", "volumes") == before
