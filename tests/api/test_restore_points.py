"""`/snapshots` and `/images`: what backups are shown as, and those made as one of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.api.expecting import MISSING, recorded, refuses
from tests.api.storing import (
    GB,
    PUBLIC_IMAGE,
    back_up,
    ids,
    make_image,
    make_snapshot,
    make_volume,
    shown,
)
from tests.support import ELSEWHERE, HOME, Api

NO_VOLUME = {"id": None, "name": None}


def test_a_backup_is_shown_as_a_snapshot_and_as_an_image(api: Api) -> None:
    server = api.create("db", volumes=[{"name": "root"}, "v-2"])
    id_ = back_up(api, "db", name="nightly")
    snapshot, image = shown(api, f"/snapshots/{id_}"), shown(api, f"/images/{id_.upper()}")
    at = {name: snapshot[name] for name in ("creation_date", "modification_date")}
    common = {"id": id_, "name": "nightly", "organization": HOME, "project": HOME, **at}
    common |= {"state": "available", "tags": [], "zone": None}
    root = server["volumes"][0]
    assert snapshot == common | {
        "size": 0,
        "volume_type": "l_ssd",
        "base_volume": {"id": root["id"], "name": "root"},
        "error_reason": None,
    }
    assert image == common | {
        "arch": "x86_64",
        "root_volume": {"id": id_, "name": "root", "size": 0, "volume_type": "l_ssd"},
        "default_bootscript": None,
        "extra_volumes": {},
        "from_server": server["id"],
        "public": False,
    }
    assert api.get("/snapshots").json() == {"snapshots": [snapshot]}
    assert api.get("/images?public=false").json() == {"images": [image]}
    assert api.get("/images?public=False").json() == {"images": [image]}  # as Python's clients do


def test_a_server_without_volumes_has_snapshots_of_none(api: Api) -> None:
    api.create("bare")
    id_ = back_up(api, "bare")
    assert shown(api, f"/snapshots/{id_}")["base_volume"] == NO_VOLUME
    assert shown(api, f"/snapshots/{id_}")["name"] is None


def test_a_volume_by_itself_is_snapshot_as_large_as_it_is(api: Api) -> None:
    volume = make_volume(api, volume_type="b_ssd")
    body = {"name": "s", "organization": HOME, "volume_id": volume["id"], "tags": ["a"]}
    answer, left = recorded(api, lambda: api.post("/snapshots", body))
    assert left == ["volume.backed_up"]
    snapshot = answer.json()["snapshot"]
    assert (snapshot["size"], snapshot["volume_type"]) == (20 * GB, "b_ssd")
    assert snapshot["base_volume"] == {"id": volume["id"], "name": "data"}
    api.patch(f"/volumes/{volume['id']}", {"name": "more", "size": 30 * GB})
    api.delete(f"/volumes/{volume['id']}")
    assert shown(api, f"/snapshots/{snapshot['id']}") == snapshot
    assert ids(api, f"/snapshots?base_volume_id={volume['id']}") == [snapshot["id"]]
    assert ids(api, "/images") == []


def test_a_volume_that_a_server_has_is_snapshot_with_it_and_restored_with_it(api: Api) -> None:
    volume = make_volume(api)
    server = api.create("db", volumes=["v-1", volume["id"]], tags=["then"])
    answer = api.post("/snapshots", {"name": "s", "volume_id": volume["id"]})
    snapshot = answer.json()["snapshot"]
    assert snapshot["base_volume"] == {"id": volume["id"], "name": "data"}
    assert snapshot["size"] == 20 * GB
    api.put("/servers/db", {"tags": ["now"]})
    assert api.act("db", "restore", backup=snapshot["id"]).status_code == 202
    assert shown(api, "/servers/db")["tags"] == ["then"]
    assert api.names()[-2:] == ["server.updated", "server.restored"]
    assert make_image(api, "v-1")["from_server"] == server["id"]


def test_an_image_of_a_snapshot_holds_what_that_holds_and_outlives_it(api: Api) -> None:
    api.create("db", image="i", volumes=[{"name": "root"}], tags=["then"])
    snapshot = back_up(api, "db", name="nightly")
    api.put("/servers/db", {"tags": ["now"], "volumes": []})
    image = make_image(api, snapshot, arch="x86_64", extra_volumes={}, public=False)
    assert image["root_volume"]["id"] == snapshot
    assert image["root_volume"]["name"] == "root"
    assert api.delete(f"/snapshots/{snapshot}").status_code == 204
    assert ids(api, "/snapshots") == []
    assert ids(api, "/images") == [image["id"]]
    api.act("db", "restore", backup=image["id"])
    assert shown(api, "/servers/db")["tags"] == ["then"]
    assert [volume["name"] for volume in shown(api, "/servers/db")["volumes"]] == ["root"]


def test_they_outlive_their_server_and_go_with_it_when_it_comes_back(api: Api) -> None:
    server = api.create("db")
    kept, removed = back_up(api, "db", name="kept"), back_up(api, "db", name="removed")
    api.delete("/servers/db")
    assert ids(api, "/snapshots") == [kept, removed]
    image = make_image(api, kept)
    assert image["from_server"] == server["id"]
    answer, left = recorded(api, lambda: api.delete(f"/images/{removed}"))
    assert (answer.status_code, left) == (204, ["server.backup_deleted"])
    assert (ids(api, "/snapshots"), ids(api, "/images")) == ([kept], [kept, image["id"]])
    path = f"/servers/{server['id']}"
    assert api.get(path).status_code == 404
    assert api.post(f"{path}/revert", {"to_version": 1}).status_code == 200
    assert api.act("db", "restore", backup=kept).status_code == 202
    refuses(
        api,
        (409, "backup.unknown"),
        "POST",
        f"{path}/action",
        json={"action": "restore", "backup": removed},
    )


def test_removing_a_backup_from_one_list_removes_it_from_the_other(api: Api) -> None:
    server = api.create("db")
    for path in ("/snapshots", "/images"):
        version = shown(api, "/servers/db")["version"]
        id_ = back_up(api, "db")
        assert api.delete(f"{path}/{id_}").status_code == 204
        assert (ids(api, "/snapshots"), ids(api, "/images")) == ([], [])
        assert shown(api, "/servers/db")["version"] == version + 2
    refuses(
        api,
        (409, "backup.unknown"),
        "POST",
        f"/servers/{server['id']}/action",
        json={"action": "restore"},
    )


def test_either_is_renamed_and_tagged_and_always_recorded(api: Api) -> None:
    api.create("db")
    id_ = back_up(api, "db", name="nightly")
    for path in (f"/snapshots/{id_}", f"/images/{id_}"):
        before = shown(api, path)
        bodies: tuple[dict[str, Any], ...] = ({"name": "weekly", "tags": ["a"]}, {"tags": []}, {})
        for body in bodies:
            answer, left = recorded(api, partial(api.patch, path, body))
            assert left == ["server.backup_updated"]
            (left_so,) = answer.json().values()
            date = {"modification_date": left_so["modification_date"]}
            assert left_so == before | body | date
            assert shown(api, path) == left_so
            before = left_so
    assert shown(api, "/tasks/" + api.records()[3][1].id)["backup"]["name"] == "nightly"
    api.act("db", "restore", backup="weekly")
    assert api.names()[-1] == "server.restored"


@pytest.mark.parametrize("kind", ["snapshots", "images"])
@pytest.mark.parametrize("ref", [MISSING, "none", "x" * 500])
def test_an_unknown_one_is_told_before_its_fields_are_looked_at(
    api: Api, kind: str, ref: str
) -> None:
    code = f"{kind.removesuffix('s')}.unknown"
    for method, body in (("GET", None), ("PATCH", {"name": 7}), ("DELETE", None)):
        refuses(api, (404, code), method, f"/{kind}/{ref}", json=body)


def test_a_snapshot_is_no_image_and_an_image_no_snapshot(api: Api) -> None:
    volume = make_volume(api)["id"]
    snapshot, image = make_snapshot(api, volume)["id"], make_image(api, volume)["id"]
    for method in ("GET", "DELETE"):
        refuses(api, (404, "image.unknown"), method, f"/images/{snapshot}")
        refuses(api, (404, "snapshot.unknown"), method, f"/snapshots/{image}")


def test_images_of_the_catalogue_are_listed_first_and_cannot_be_changed(api: Api) -> None:
    public = api.get("/images?public=true").json()["images"]
    volume = make_volume(api)["id"]
    own = [make_image(api, volume, f"image {n}")["id"] for n in range(3)]
    everything = [image["id"] for image in public] + own
    walked: list[str] = []
    for page in range(1, len(everything) + 2):
        answer = api.get(f"/images?page={page}&per_page=2")
        assert answer.headers["x-total-count"] == str(len(everything))
        walked += [image["id"] for image in answer.json()["images"]]
    assert walked == everything
    assert [image["id"] for image in api.get("/images").json()["images"]] == everything
    assert ids(api, f"/images?organization={ELSEWHERE}") == []
    assert ids(api, "/images?name=image 1&arch=x86_64") == own[1:2]
    assert ids(api, "/images?arch=arm64") == []
    path = f"/images/{PUBLIC_IMAGE}"
    refuses(api, (403, "image.of_catalogue"), "DELETE", path)
    refuses(api, (403, "image.of_catalogue"), "PATCH", path, json={"name": "mine"})
    body = {"name": "n", "root_volume": PUBLIC_IMAGE}
    refuses(api, (404, "snapshot.unknown"), "POST", "/images", json=body)


STRANGE = {"1": {"id": "x"}}
BAD: list[tuple[str, dict[str, Any], list[str]]] = [
    ("/snapshots", {}, ["name", "volume_id"]),
    ("/snapshots", {"name": "s", "volume_id": 7}, ["volume_id"]),
    ("/snapshots", {"name": "s", "volume_id": "V", "bucket": "b", "size": 1}, ["bucket", "size"]),
    ("/snapshots", {"name": "s", "volume_id": "V", "volume_type": "b_ssd"}, ["volume_type"]),
    ("/snapshots", {"name": "s", "volume_id": "V", "organization": ELSEWHERE}, ["organization"]),
    ("/images", {}, ["name", "root_volume"]),
    ("/images", {"name": "", "root_volume": {"id": "V"}}, ["name", "root_volume"]),
    ("/images", {"name": "i", "root_volume": "V", "public": True}, ["public"]),
    ("/images", {"name": "i", "root_volume": "V", "extra_volumes": {"1": {}}}, ["extra_volumes"]),
    ("/images", {"name": "i", "root_volume": "V", "extra_volumes": STRANGE}, ["extra_volumes"]),
    ("/images", {"name": "i", "root_volume": "S", "arch": "arm64"}, ["arch"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "fields"), BAD)
def test_every_bad_field_is_named(
    api: Api, path: str, body: dict[str, Any], fields: list[str]
) -> None:
    volume = make_volume(api)["id"]
    api.create("db", volumes=["v-1"])
    meant = {"V": volume, "S": "v-1"}
    sent = {
        name: meant.get(value, value) if isinstance(value, str) else value
        for name, value in body.items()
    }
    refuses(api, (400, "request.invalid"), "POST", path, fields, json=sent)
    assert (ids(api, "/snapshots"), ids(api, "/images")) == ([], [])


def test_an_image_s_extra_volumes_are_those_of_the_same_server(api: Api) -> None:
    api.create("db", volumes=["v-1", "v-2"])
    id_ = back_up(api, "db")
    extra = {"1": {"id": "v-2", "name": "n", "size": 7, "volume_type": "l_ssd"}, "2": {"id": id_}}
    assert make_image(api, id_, extra_volumes=extra)["root_volume"]["id"] == id_


def test_a_missing_volume_is_told_before_fields(api: Api) -> None:
    body = {"volume_id": MISSING, "size": 1}
    refuses(api, (404, "volume.unknown"), "POST", "/snapshots", json=body)
    body = {"root_volume": MISSING, "public": True}
    refuses(api, (404, "snapshot.unknown"), "POST", "/images", json=body)


@pytest.mark.parametrize("path", ["/snapshots", "/images", "/volumes"])
def test_parameters_are_strict(api: Api, path: str) -> None:
    for query, named in (
        ("page=0", ["page"]),
        ("per_page=101", ["per_page"]),
        ("nmae=x", ["nmae"]),
        ("name=x&name=y", ["name"]),
    ):
        refuses(api, (400, "request.invalid"), "GET", f"{path}?{query}", named)
    refuses(api, (400, "request.invalid"), "GET", "/images?public=maybe", ["public"])


def test_a_backup_is_restored_by_its_id_in_capitals(api: Api) -> None:
    api.create()
    api.act("my_server", "backup")
    (backup,) = api.get("/snapshots").json()["snapshots"]
    assert api.act("my_server", "restore", backup=backup["id"].upper()).status_code == 202


def test_an_image_of_the_catalogue_is_found_in_capitals_too(api: Api) -> None:
    path = f"/images/{PUBLIC_IMAGE.upper()}"
    assert shown(api, path) == shown(api, f"/images/{PUBLIC_IMAGE}")
    refuses(api, (403, "image.of_catalogue"), "DELETE", path)
    refuses(api, (403, "image.of_catalogue"), "PATCH", path, json={"name": "mine"})
