"""Updates of servers in a zone: what is named changes, what is repeated may be."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.api.expecting import recorded, refuses
from tests.api.zones import IMAGE, get, make, path, root
from tests.support import ELSEWHERE, HOME, Api

METHODS = ("PATCH", "PUT")


@pytest.mark.parametrize("method", METHODS)
def test_what_is_named_changes_and_the_rest_stays(api: Api, method: str) -> None:
    made = make(api, image=IMAGE, tags=["a"])
    body = {"name": "db", "commercial_type": "VC1M", "dynamic_ip_required": True}
    answer, names = recorded(api, lambda: api.request(method, path(made), json=body))
    assert (answer.status_code, names) == (200, ["server.updated"])
    changed = answer.json()["server"]
    assert changed == get(api, made)
    assert (changed["name"], changed["hostname"], changed["tags"]) == ("db", "db", ["a"])
    assert (changed["commercial_type"], changed["dynamic_ip_required"]) == ("VC1M", True)
    assert changed["volumes"].keys() == made["volumes"].keys()
    assert answer.headers["etag"] == f'"{made["id"]}:2"'


@pytest.mark.parametrize("method", METHODS)
def test_a_whole_server_sent_back_changes_nothing(api: Api, method: str) -> None:
    api.create(tags=["a"], public_ip={"id": "ip", "address": "192.0.2.1"}, volumes=["v"])
    made = make(api, image=IMAGE, public_ip="ip", volumes={"1": {"size": 512, "name": "data"}})
    (other,) = (s for s in api.get("/servers").json()["servers"] if s["id"] != made["id"])
    for server in (made, get(api, other) | {"commercial_type": ""}):
        sent = get(api, server)
        answer, names = recorded(api, partial(api.request, method, path(sent), json=sent))
        assert (answer.status_code, names) == (200, ["request.unchanged"])
        assert answer.json()["server"] == sent


@pytest.mark.parametrize("field", ["public_ip", "public_ips"])
@pytest.mark.parametrize("named", ["ip", {"id": "ip"}])
def test_an_address_named_by_its_id_alone_stays_as_it_is(api: Api, field: str, named: Any) -> None:
    made = make(api, public_ip={"id": "ip", "address": "192.0.2.1"})
    asked = {field: [named] if field == "public_ips" else named}
    answer, names = recorded(api, lambda: api.patch(path(made), asked))
    assert (answer.status_code, names) == (200, ["request.unchanged"])
    asked = {field: ["other"] if field == "public_ips" else "other"}
    assert api.patch(path(made), asked).json()["server"]["public_ip"]["address"] is None


@pytest.mark.parametrize(
    "named", [{"address": None}, {"dynamic": False}, {"dynamic": False, "address": None}]
)
def test_what_is_said_of_an_address_holds(api: Api, named: dict[str, Any]) -> None:
    address = {"id": "ip", "address": "192.0.2.1", "dynamic": True}
    made = make(api, public_ip=address)
    assert api.patch(path(made), {"public_ip": {"id": "ip"} | named}).status_code == 200
    bare = {"id": "ip", "address": None, "dynamic": False}
    assert root(api, made)["public_ip"] == bare


def test_a_whole_server_is_sent_back_as_clients_do(api: Api) -> None:
    """Without what is null, times written otherwise, and null for owners that nobody set."""
    made = make(api, image=IMAGE)
    sent = {name: value for name, value in made.items() if value is not None}
    sent["image"] = {name: value for name, value in made["image"].items() if value is not None}
    sent |= {"creation_date": made["creation_date"].replace("+00:00", "Z"), "project": None}
    sent |= {"organization": None, "name": "db", "hostname": "db"}
    answer, names = recorded(api, lambda: api.put(path(made), sent))
    assert (answer.status_code, names) == (200, ["server.renamed"])
    assert answer.json()["server"]["name"] == "db"


def test_volumes_are_replaced_and_known_ones_stay_as_large_as_they_are(api: Api) -> None:
    made = make(api, image=IMAGE)
    first = made["volumes"]["0"]
    asked = {"0": {"id": first["id"], "name": "renamed"}, "1": {"name": "new", "size": 512}}
    changed = api.patch(path(made), {"volumes": asked}).json()["server"]["volumes"]
    assert [(v["name"], v["size"]) for v in changed.values()] == [
        ("renamed", first["size"]),
        ("new", 512),
    ]
    assert api.patch(path(made), {"volumes": {}}).json()["server"]["volumes"] == {}


def test_a_volume_by_its_id_alone_keeps_its_name(api: Api) -> None:
    made = make(api, image=IMAGE, volumes={"1": {"size": 512, "name": "data"}})
    asked = {number: {"id": volume["id"]} for number, volume in made["volumes"].items()}
    answer, names = recorded(api, lambda: api.patch(path(made), {"volumes": asked}))
    assert (answer.status_code, names) == (200, ["request.unchanged"])
    assert answer.json()["server"]["volumes"] == made["volumes"]
    turned = {"0": asked["1"], "1": asked["0"]}
    shown = api.patch(path(made), {"volumes": turned}).json()["server"]["volumes"]
    assert [volume["name"] for volume in shown.values()] == ["data", made["volumes"]["0"]["name"]]


def test_a_volume_of_another_owner_than_the_server_is_refused(api: Api) -> None:
    made = make(api, image=IMAGE)
    volume = {"id": made["volumes"]["0"]["id"]}
    for owner in ({"organization": ELSEWHERE}, {"project": ELSEWHERE, "organization": HOME}):
        body = {"volumes": {"0": volume | owner}}
        wanted = {"volumes": ["0: a volume is of the organization of its server"]}
        refuses(api, (400, "request.invalid"), "PATCH", path(made), wanted, json=body)
    sent = {"volumes": {"0": volume | {"organization": HOME, "project": HOME}}}
    assert api.patch(path(made), sent).status_code == 200


def test_an_address_is_given_and_taken(api: Api) -> None:
    made = make(api)
    assert api.patch(path(made), {"public_ips": ["ip"]}).json()["server"]["public_ip"]["id"] == "ip"
    assert api.patch(path(made), {"public_ips": []}).json()["server"]["public_ip"] is None
    assert (
        api.patch(path(made), {"public_ip": "ip"}).json()["server"]["public_ips"][0]["id"] == "ip"
    )
    assert api.patch(path(made), {"public_ip": None}).json()["server"]["public_ips"] == []


def test_a_body_without_fields_changes_nothing(api: Api) -> None:
    made = make(api)
    answer, names = recorded(api, lambda: api.patch(path(made), {}))
    assert (answer.status_code, names) == (200, ["request.unchanged"])


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": ""}, ("name",)),
        ({"name": None}, ("name",)),
        ({"id": "other"}, {"id": ["read-only"]}),
        ({"zone": "nl-ams-1"}, {"zone": ["read-only"]}),
        ({"state": "running", "arch": "arm"}, ("state", "arch")),
        ({"organization": ELSEWHERE}, {"organization": ["read-only"]}),
        ({"project": ELSEWHERE}, {"project": ["read-only"]}),
        ({"hostname": "other"}, {"hostname": ["read-only"]}),
        ({"image": {"id": "other"}}, {"image": ["read-only"]}),
        ({"image": None}, {"image": ["read-only"]}),
        ({"creation_date": "2020-01-01T00:00:00Z"}, {"creation_date": ["read-only"]}),
        ({"creation_date": 1}, {"creation_date": ["read-only"]}),
        ({"end_of_service": 0}, {"end_of_service": ["read-only"]}),
        ({"allowed_actions": ["poweron"]}, {"allowed_actions": ["read-only"]}),
        ({"private_nics": ["n"]}, {"private_nics": ["there are no private networks here"]}),
        ({"protected": True}, {"protected": ["no server here is protected from its deletion"]}),
        ({"security_group": {"id": "g", "name": "n"}}, ("security_group",)),
        ({"server": {"name": "b"}, "new_name": "b"}, ("server", "new_name")),
        ({"volumes": {"0": {"name": "new"}}}, ("volumes",)),
        ({"id": "other", "name": ""}, ("id", "name")),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_what_cannot_be_changed_is_refused_by_name(
    api: Api, method: str, body: dict[str, Any], wrong: Any
) -> None:
    made = make(api, image=IMAGE)
    refuses(api, (400, "request.invalid"), method, path(made), wrong, json=body)


def test_a_version_that_is_expected_is_judged_first(api: Api) -> None:
    made = make(api)
    stale = {"headers": {"If-Match": f'"{made["id"]}:7"'}}
    refuses(api, (412, "version.stale"), "PATCH", path(made), json={"name": ""}, **stale)
    fresh = {"headers": {"If-Match": f'"{made["id"]}:1"'}}
    assert api.patch(path(made), {"name": "db"}, **fresh).status_code == 200
    assert root(api, made)["version"] == 2


def test_a_reader_changes_nothing(api: Api) -> None:
    made = make(api)
    reader = api.issue("reader", HOME)
    refuses(api, (403, "right.missing"), "PATCH", path(made), token=reader, json={"name": "b"})
