"""`/volumes`: made by themselves, shown with those of servers, changed, removed."""

from __future__ import annotations

import re
from functools import partial

import pytest

from tests.api.expecting import MISSING, UUID, recorded, refuses
from tests.api.storing import GB, ids, make_snapshot, make_volume, shown
from tests.support import ELSEWHERE, HOME, Api


def test_a_new_volume_is_shown_as_its_clients_read_it(api: Api) -> None:
    body = {"name": "data", "organization": HOME, "volume_type": "b_ssd", "size": 20 * GB}
    answer, left = recorded(api, lambda: api.post("/volumes", body | {"tags": ["a", "b", "a"]}))
    assert left == ["volume.created"]
    volume = answer.json()["volume"]
    assert re.fullmatch(UUID, volume["id"])
    assert volume == {
        "id": volume["id"],
        "name": "data",
        "organization": HOME,
        "project": HOME,
        "size": 20 * GB,
        "volume_type": "b_ssd",
        "state": "available",
        "tags": ["a", "b"],
        "creation_date": volume["creation_date"],
        "modification_date": volume["creation_date"],
        "server": None,
        "export_uri": None,
        "zone": None,
    }
    assert answer.headers["location"] == f"/volumes/{volume['id']}"
    assert answer.headers["x-log-position"] == str(api.position)
    assert shown(api, f"/volumes/{volume['id'].upper()}") == volume
    assert api.get("/volumes").json() == {"volumes": [volume]}


def test_it_is_of_the_organization_or_project_that_is_named_or_of_the_caller_s_home(
    api: Api,
) -> None:
    for owner in ({"organization": ELSEWHERE}, {"project": ELSEWHERE}):
        answer = api.post("/volumes", {"name": "v", "size": 1} | owner)
        assert answer.json()["volume"]["organization"] == ELSEWHERE
    assert api.post("/volumes", {"name": "v", "size": 1}).json()["volume"]["organization"] == HOME


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": "v"}, ["size"]),
        ({"name": "", "size": 0, "tags": [""]}, ["name", "size", "tags"]),
        ({"name": "v", "size": 1, "volume_type": 1}, ["volume_type"]),
        ({"name": "v", "size": "1"}, ["size"]),
        ({"name": "v", "size": 10**15 + 1}, ["size"]),
        ({"name": "v", "size": 1, "sise": 2, "id": "x"}, ["sise", "id"]),
        ({"name": "v", "size": 1, "organization": HOME, "project": ELSEWHERE}, ["project"]),
        ({"name": "v", "size": 1, "organization": 7}, ["organization"]),
    ],
)  # fmt: skip
def test_every_bad_field_is_named(api: Api, body: object, fields: list[str]) -> None:
    refuses(api, (400, "request.invalid"), "POST", "/volumes", fields, json=body)
    assert ids(api, "/volumes") == []


def test_one_of_a_snapshot_is_as_large_and_outlives_it(api: Api) -> None:
    snapshot = make_snapshot(api, make_volume(api, volume_type="b_ssd")["id"])
    volume = api.post("/volumes", {"name": "v", "base_snapshot": snapshot["id"]}).json()["volume"]
    assert (volume["size"], volume["volume_type"]) == (20 * GB, "b_ssd")
    body = {"name": "v", "base_snapshot": snapshot["id"], "size": 19 * GB}
    refuses(api, (409, "volume.smaller"), "POST", "/volumes", json=body)
    assert api.delete(f"/snapshots/{snapshot['id']}").status_code == 204
    assert shown(api, f"/volumes/{volume['id']}") == volume
    body = {"name": "v", "base_snapshot": snapshot["id"]}
    refuses(api, (404, "snapshot.unknown"), "POST", "/volumes", json=body)


def test_it_is_updated_and_only_what_is_sent_changes(api: Api) -> None:
    volume = make_volume(api, tags=["a"])
    path = f"/volumes/{volume['id']}"
    answer, left = recorded(api, lambda: api.patch(path, {"name": "more", "size": 30 * GB}))
    assert left == ["volume.updated"]
    changed = answer.json()["volume"]
    dates = {"modification_date": changed["modification_date"]}
    assert changed == volume | {"name": "more", "size": 30 * GB} | dates
    answer, left = recorded(api, lambda: api.patch(path, {"name": "more", "tags": ["a"]}))
    assert (answer.json(), left) == ({"volume": changed}, ["request.unchanged"])
    assert shown(api, path) == changed
    refuses(api, (409, "volume.smaller"), "PATCH", path, json={"size": 29 * GB})
    body = {"id": "x", "size": 0}
    refuses(api, (400, "request.invalid"), "PATCH", path, ["id", "size"], json=body)


def test_a_server_that_has_it_is_shown_and_keeps_it_from_removal(api: Api) -> None:
    volume = make_volume(api)
    path = f"/volumes/{volume['id']}"
    server = api.create("db", volumes=[{"id": volume["id"], "name": "called so"}])
    has_it = {"id": server["id"], "name": "db"}
    assert shown(api, path) == volume | {"server": has_it}
    assert ids(api, "/volumes") == [volume["id"]]
    body = refuses(api, (409, "volume.attached"), "DELETE", path)
    assert body["detail"] == f"server {server['id']} has the volume"
    assert api.patch(path, {"size": 30 * GB}).json()["volume"]["server"] == has_it
    assert shown(api, path)["server"] == has_it
    api.delete("/servers/db")
    assert shown(api, path)["server"] is None
    answer, left = recorded(api, lambda: api.delete(path))
    assert (answer.status_code, answer.content, left) == (204, b"", ["volume.deleted"])
    refuses(api, (404, "volume.unknown"), "DELETE", path)
    assert ids(api, "/volumes") == []


def test_a_volume_that_came_with_its_server_is_renamed_there_and_not_removed(api: Api) -> None:
    server = api.create("db", volumes=["v-1", {"name": "new"}])
    new = server["volumes"][1]["id"]
    for path in ("/volumes/v-1", f"/volumes/{new}"):
        answer, left = recorded(api, partial(api.patch, path, {"name": "root"}))
        assert (answer.status_code, left) == (200, ["server.updated"])
        assert answer.json()["volume"] == shown(api, path)
        refuses(api, (409, "volume.attached"), "DELETE", path)
    assert [volume["name"] for volume in shown(api, "/servers/db")["volumes"]] == ["root", "root"]
    refuses(api, (409, "volume.attached"), "PATCH", "/volumes/v-1", json={"tags": ["a"]})


@pytest.mark.parametrize("ref", [MISSING, "none", "%20", "x" * 500])
def test_an_unknown_volume_is_told_before_its_fields_are_looked_at(api: Api, ref: str) -> None:
    for method, body in (("GET", None), ("PATCH", {"size": 0}), ("DELETE", None)):
        refuses(api, (404, "volume.unknown"), method, f"/volumes/{ref}", json=body)


def test_what_has_no_etag_matches_none(api: Api) -> None:
    path = f"/volumes/{make_volume(api)['id']}"
    tag = {"If-Match": f'"{path[9:]}:1"'}
    refuses(api, (412, "version.stale"), "DELETE", path, headers=tag)
    assert api.delete(path, headers={"If-Match": "*"}).status_code == 204
    body = {"name": "v", "size": 1}
    refuses(api, (412, "version.stale"), "POST", "/volumes", json=body, headers=tag)
    assert api.post("/volumes", body, headers={"If-Match": "*"}).status_code == 201


def test_a_page_holds_servers_volumes_and_those_by_themselves_by_creation(api: Api) -> None:
    first = make_volume(api, "first")["id"]
    api.create("a", volumes=["v-1", "v-2"])
    second = make_volume(api, "second")["id"]
    api.create("b", volumes=["v-3", "v-1"])
    everything = [first, "v-1", "v-2", second, "v-3"]
    assert ids(api, "/volumes") == everything
    walked: list[str] = []
    for page in range(1, 5):
        answer = api.get(f"/volumes?page={page}&per_page=2")
        assert answer.headers["x-total-count"] == "5"
        assert answer.headers.get("link") == (
            f'</volumes?page={page + 1}&per_page=2>; rel="next"' if page < 3 else None
        )
        walked += [volume["id"] for volume in answer.json()["volumes"]]
    assert walked == everything
    assert ids(api, "/volumes?name=second") == [second]
    assert ids(api, "/volumes?name=s") == [first, second]
    assert ids(api, "/volumes?name=S") == []
    assert ids(api, "/volumes?name=") == everything
    assert ids(api, f"/volumes?organization={ELSEWHERE}") == []
    assert ids(api, f"/volumes?project={HOME}&name=first") == [first]
