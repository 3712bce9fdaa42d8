"""What the audit and the events tell of restore points: each as it was and as it is."""

from __future__ import annotations

import pytest

from projections import mentions
from tests.api.nova.expecting import act as nova_act
from tests.api.nova.expecting import create as nova_create
from tests.api.storing import back_up, make_image, make_snapshot, make_volume
from tests.api.telling import last, point, told, told_alike_from_either_end
from tests.api.zones import ZONE
from tests.support import HOME, Api


def test_a_volume_s_restore_points_are_told_with_it(api: Api) -> None:
    volume = make_volume(api)["id"]
    snapshot = make_snapshot(api, volume, "s", tags=["t"])["id"]
    was = point("s", "snapshot", volume=volume, tags=["t"])
    assert told(api) == {f"backups/{snapshot}": (None, was)}
    assert last(api)["volume"] == {"id": volume, "name": "data"}
    image = make_image(api, snapshot, "i")["id"]
    made = point("i", "image", volume=volume, of_backup=snapshot)
    assert told(api) == {f"backups/{image}": (None, made)}
    api.patch(f"/snapshots/{snapshot}", {"name": "n", "tags": ["a", "b"]})
    is_ = was | {"name": "n", "tags": ["a", "b"]}
    assert told(api) == {f"backups/{snapshot}": (was, is_)}
    api.delete(f"/volumes/{volume}")
    api.delete(f"/snapshots/{snapshot}")
    assert told(api) == {f"backups/{snapshot}": (is_, None)}
    assert last(api)["volume"] == {"id": volume, "name": "data"}


@pytest.mark.parametrize("step", [1, 64])
def test_a_server_s_restore_points_are_told_with_it(
    api: Api, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentions, "MENTIONS_A_STEP", step)
    server = api.create("db")["id"]
    backup = back_up(api, "db", name="b")
    was = point("b", "backup")
    assert told(api) == {f"backups/{backup}": (None, was)}
    image = make_image(api, backup, "i")["id"]
    made = point("i", "image", of_backup=backup)
    assert told(api) == {f"backups/{image}": (None, made)}
    first = was | {"name": "n"}
    api.patch(f"/images/{backup}", {"name": "n"})
    assert told(api) == {f"backups/{backup}": (was, first)}
    second = first | {"tags": ["t"]}
    api.patch(f"/snapshots/{backup}", {"tags": ["t"]})
    assert told(api) == {f"backups/{backup}": (first, second)}
    api.delete("/servers/db")
    api.delete(f"/images/{backup}")
    assert told(api) == {f"backups/{backup}": (second, None)}
    assert last(api)["server"] == {"id": server, "name": "db"}
    told_alike_from_either_end(api, f"/servers/{server}/audit")


def test_a_rotation_tells_each_image_that_it_removed(api: Api) -> None:
    server = nova_create(api)
    made = []
    for number in range(3):
        asked = {"name": f"b{number}", "backup_type": "daily", "rotation": 2}
        answer = nova_act(api, server, "createBackup", asked | {"metadata": {"k": "v"}})
        assert answer.status_code == 202, answer.text
        made.append(answer.headers["location"].rpartition("/")[2])
    changes = told(api)
    assert list(changes) == [f"backups/{made[2]}", f"backups/{made[0]}"]
    (none, new), (old, gone) = changes.values()
    assert (none, gone) == (None, None)
    assert [(each["name"], each["series"]) for each in (new, old)] == [
        ("b2", "daily"),
        ("b0", "daily"),
    ]
    assert new["properties"]["k"] == "v"
    nova_act(api, server, "createBackup", {"name": "c", "backup_type": "daily", "rotation": 0})
    assert {field: after for field, (_, after) in told(api).items()} == {
        f"backups/{made[1]}": None,
        f"backups/{made[2]}": None,
    }
    answer = nova_act(api, server, "createImage", {"name": "i", "metadata": {"k": "v"}})
    ((field, (before, image)),) = told(api).items()
    assert field == f"backups/{answer.headers['location'].rpartition('/')[2]}"
    assert (before, image["name"], image["kind"]) == (None, "i", "image")
    told_alike_from_either_end(api, f"/servers/{server}/audit")


def test_a_zone_s_image_and_snapshot_are_told_by_their_ids(api: Api) -> None:
    volume = make_volume(api)["id"]
    body = {"name": "s", "volume_id": volume, "organization": HOME}
    snapshot = api.post(f"{ZONE}/snapshots", body).json()["snapshot"]["id"]
    assert told(api)[f"backups/{snapshot}"] == (None, point("s", "snapshot", volume=volume))
    api.patch(f"{ZONE}/snapshots/{snapshot}", {"name": "n"})
    before, after = told(api)[f"backups/{snapshot}"]
    assert (before["name"], after["name"]) == ("s", "n")
    server = api.create("db", volumes=["v-1"])["id"]
    backup = back_up(api, "db", name="b")
    api.patch(f"{ZONE}/images/{backup}", {"name": "n"})
    before, after = told(api)[f"backups/{backup}"]
    assert (before["name"], after["name"]) == ("b", "n")
    assert last(api)["server"]["id"] == server


def test_what_a_server_was_shows_no_restore_point(api: Api) -> None:
    server = api.create("db")["id"]
    back_up(api, "db", name="b")
    compared = api.get(f"/servers/{server}/diff?from=1").json()["changes"]
    assert [change["field"] for change in compared] == ["modification_date", "version"]
    blame = api.get(f"/servers/{server}/blame").json()["blame"]
    assert not [leaf for leaf in blame if leaf["field"].startswith("backups")]
