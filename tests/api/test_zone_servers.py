"""Servers of a zone: what a create asks for, and what is shown of it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, recorded, refuses
from tests.api.zones import IMAGE, NEW, SERVERS, ZONE, act, get, make, path, root
from tests.support import ELSEWHERE, HOME, Api

FIRST: Final = "0.base_snapshot: make the volume of the snapshot first, then name it here by its id"
ROOT_VOLUME: Final = ("ubuntu-22.04-root", 25 * 10**9, "l_ssd")


def volumes(server: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {
        number: (volume["name"], volume["size"], volume["volume_type"])
        for number, volume in server["volumes"].items()
    }


def test_a_server_is_made_and_stands_still(api: Api) -> None:
    body = NEW | {"tags": ["a", "b", "a"], "dynamic_ip_required": True, "protected": False}
    answer, names = recorded(api, lambda: api.post(SERVERS, body))
    made = answer.json()["server"]
    assert (answer.status_code, names) == (201, ["server.created"])
    assert answer.headers["location"] == f"{SERVERS}/{made['id']}"
    assert answer.headers["etag"] == f'"{made["id"]}:1"'
    assert answer.headers["x-log-position"] == str(api.position)
    assert made == {
        "id": made["id"],
        "name": "web",
        "hostname": "web",
        "organization": HOME,
        "project": HOME,
        "tags": ["a", "b"],
        "state": "stopped",
        "state_detail": "",
        "allowed_actions": ["poweron", "terminate", "backup"],
        "commercial_type": "VC1S",
        "arch": "x86_64",
        "image": None,
        "volumes": {},
        "boot_type": "local",
        "protected": False,
        "dynamic_ip_required": True,
        "routed_ip_enabled": True,
        "enable_ipv6": False,
        "public_ip": None,
        "public_ips": [],
        "creation_date": made["creation_date"],
        "modification_date": made["creation_date"],
        "zone": "fr-par-1",
        "private_ip": None,
        "ipv6": None,
        "mac_address": None,
        "dns": None,
        "location": None,
        "security_group": None,
        "placement_group": None,
        "private_nics": [],
        "filesystems": [],
        "maintenances": [],
        "end_of_service": False,
        "admin_password_encryption_ssh_key_id": None,
        "admin_password_encrypted_value": None,
    }
    shown = root(api, made)
    assert (shown["name"], shown["tags"], shown["running"]) == ("web", ["a", "b"], False)
    assert (shown["commercial_type"], shown["dynamic_public_ip"]) == ("VC1S", True)
    assert (shown["creation_date"], shown["version"]) == (made["creation_date"], 1)


def test_a_server_is_got_with_its_tag_and_told_when_it_is_the_same(api: Api) -> None:
    made = make(api)
    answer = api.get(path(made))
    tag = f'"{made["id"]}:1"'
    assert (answer.status_code, answer.headers["etag"]) == (200, tag)
    assert answer.json() == {"server": made}
    assert api.request("GET", path(made), json={}).json() == {"server": made}
    again = api.get(path(made), headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert api.get(f"{SERVERS}/{made['id'].upper()}").json() == {"server": made}


def test_an_image_of_the_catalogue_is_shown_whole_by_its_id_or_its_name(api: Api) -> None:
    image = api.get(f"{ZONE}/images/{IMAGE}").json()["image"]
    assert make(api, image=IMAGE)["image"] == image
    named = api.create("b", image=image["name"])
    assert get(api, named)["image"] == image
    assert root(api, named)["image"] == image["name"]


def test_any_other_image_is_shown_as_what_was_sent(api: Api) -> None:
    made = make(api, image="ubuntu_jammy")
    assert (made["image"]["id"], made["image"]["zone"]) == ("ubuntu_jammy", "fr-par-1")
    unknown = ("name", "organization", "root_volume", "state", "creation_date")
    assert [made["image"][field] for field in unknown] == [None] * 5
    assert (root(api, made)["image"], made["volumes"]) == ("ubuntu_jammy", {})


def test_an_image_in_capitals_brings_its_root_volume_along_too(api: Api) -> None:
    made = make(api, image=IMAGE.upper())
    assert made["volumes"]["0"]["name"] == make(api, image=IMAGE)["volumes"]["0"]["name"]
    assert made["image"]["name"] is not None


def test_an_image_brings_its_root_volume_along(api: Api) -> None:
    made = make(api, image=IMAGE)
    assert volumes(made) == {"0": ROOT_VOLUME}
    volume = made["volumes"]["0"]
    assert (volume["server"], volume["boot"]) == ({"id": made["id"], "name": "web"}, False)
    assert volume["id"] not in (IMAGE, make(api, image=IMAGE)["volumes"]["0"]["id"])
    found = api.get(f"{ZONE}/volumes/{volume['id']}").json()["volume"]
    assert (found["name"], found["size"], found["volume_type"]) == ROOT_VOLUME


def test_a_backup_is_an_image_whose_root_volume_comes_along_too(api: Api) -> None:
    act(api, make(api, image=IMAGE), "backup", name="golden")
    (image,) = api.get(f"{ZONE}/images?public=false").json()["images"]
    made = make(api, "again", image=image["id"])
    assert (made["image"]["id"], volumes(made)) == (image["id"], {"0": ROOT_VOLUME})
    stranger = api.issue("member", ELSEWHERE)
    answer = api.post(SERVERS, NEW | {"image": image["id"]}, token=stranger)
    assert answer.json()["server"]["volumes"] == {}


def test_new_volumes_stand_by_their_numbers_after_the_images(api: Api) -> None:
    asked = {
        "10": {"name": "c", "size": 3_000, "volume_type": "b_ssd"},
        "2": {"name": "b", "size": 2_000},
        "3": {"id": "mine", "name": "d", "boot": False, "organization": HOME, "size": 0},
    }
    expected = [ROOT_VOLUME, ("b", 2_000, "l_ssd"), ("d", None, "l_ssd"), ("c", 3_000, "b_ssd")]
    made = make(api, image=IMAGE, volumes=asked)
    assert list(made["volumes"]) == ["0", "1", "2", "3"]
    assert list(volumes(made).values()) == expected
    assert made["volumes"]["2"]["id"] == "mine"
    bare = make(api, volumes=asked)
    assert list(volumes(bare).values()) == expected[1:]


def test_a_first_volume_that_is_asked_for_takes_the_place_of_the_images(api: Api) -> None:
    bigger = make(api, image=IMAGE, volumes={"0": {"size": 40 * 10**9}})
    assert volumes(bigger) == {"0": (ROOT_VOLUME[0], 40 * 10**9, "l_ssd")}
    named = make(api, image=IMAGE, volumes={"0": {"name": "mine", "volume_type": "b_ssd"}})
    assert volumes(named) == {"0": ("mine", 25 * 10**9, "b_ssd")}
    held = make(api, image=IMAGE, volumes={"0": {"id": "kept"}})
    assert [volume["id"] for volume in held["volumes"].values()] == ["kept"]


def test_an_address_is_named_by_its_id_in_either_field(api: Api) -> None:
    for fields in (
        {"public_ip": "ip"},
        {"public_ips": ["ip"]},
        {"public_ip": None, "public_ips": [{"id": "ip"}]},
        {"public_ip": {"id": "ip", "tags": []}, "public_ips": []},
        {"public_ip": "ip", "public_ips": ["ip"]},
    ):
        made = make(api, **fields)
        assert (made["public_ip"]["id"], made["public_ip"]["address"]) == ("ip", None)
        assert made["public_ips"] == [made["public_ip"]]
        assert root(api, made)["public_ip"] == {"id": "ip", "address": None, "dynamic": False}


@pytest.mark.parametrize(("address", "family"), [("192.0.2.1", "inet"), ("2001:db8::1", "inet6")])
def test_an_address_is_shown_with_its_family(api: Api, address: str, family: str) -> None:
    made = api.create(public_ip={"id": "ip", "address": address, "dynamic": True})
    shown = get(api, made)["public_ip"]
    assert (shown["address"], shown["family"], shown["dynamic"]) == (address, family, True)


def test_what_the_root_made_is_shown_in_zones(api: Api) -> None:
    made = api.create(flavor="2", volumes=["bare", {"name": "new"}], tags=["t"])
    shown = get(api, made)
    assert (shown["commercial_type"], shown["tags"]) == ("m1.small", ["t"])
    sizes = [(v["id"] == "bare", v["name"], v["size"]) for v in shown["volumes"].values()]
    assert sizes == [(True, None, None), (False, "new", None)]
    odd = api.create("odd", flavor="odd")
    assert get(api, odd)["commercial_type"] == "odd"
    assert get(api, api.create("none"))["commercial_type"] == ""


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"organization": ELSEWHERE}, ELSEWHERE),
        ({"project": ELSEWHERE}, ELSEWHERE),
        ({"organization": ELSEWHERE, "project": ELSEWHERE}, ELSEWHERE),
        ({}, HOME),
        ({"organization": None, "project": None}, HOME),
    ],
)
def test_the_owner_is_told_by_either_name_or_is_the_callers_home(
    api: Api, fields: dict[str, Any], told: str
) -> None:
    made = make(api, **fields)
    assert (made["organization"], made["project"]) == (told, told)
    assert root(api, made)["organization"] == told


def test_somebody_elses_organization_is_refused(api: Api) -> None:
    token = api.issue("member", HOME)
    for field in ("organization", "project"):
        body = NEW | {field: ELSEWHERE}
        refuses(api, (403, "organization.foreign"), "POST", SERVERS, token=token, json=body)
        # Told before what is wrong with the other fields.
        body = {field: ELSEWHERE}
        refuses(api, (403, "organization.foreign"), "POST", SERVERS, token=token, json=body)
    reader = api.issue("reader", HOME)
    refuses(api, (403, "right.missing"), "POST", SERVERS, token=reader, json=NEW)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"protected": True}, {"protected": ["no server here is protected from its deletion"]}),
        ({"protected": 0}, {"protected": ["no server here is protected from its deletion"]}),
        ({"enable_ipv6": True}, {"enable_ipv6": ["no IPv6 address is handed out here"]}),
        (
            {"routed_ip_enabled": False},
            {"routed_ip_enabled": ["servers here have no other kind of address"]},
        ),
        ({"boot_type": "rescue"}, {"boot_type": ["a server here boots from its first volume"]}),
        ({"security_group": "g"}, {"security_group": ["there are no such groups here"]}),
        ({"placement_group": "g"}, {"placement_group": ["there are no such groups here"]}),
        (
            {"admin_password_encryption_ssh_key_id": "k"},
            {"admin_password_encryption_ssh_key_id": ["no password is made for a server here"]},
        ),
        ({"bootscript": "b", "name": ""}, ("bootscript", "name")),
        ({"name": "x" * 256}, ("name",)),
        ({"commercial_type": None}, ("commercial_type",)),
        ({"image": ""}, ("image",)),
        ({"tags": "a"}, ("tags",)),
        ({"dynamic_ip_required": "yes"}, ("dynamic_ip_required",)),
        (
            {"organization": HOME, "project": ELSEWHERE},
            {"project": ["another than organization, which is the same here"]},
        ),
        (
            {"public_ip": "a", "public_ips": ["b"]},
            {"public_ip": ["another than that of public_ips, and a server has one"]},
        ),
        ({"public_ips": ["a", "b"]}, ("public_ips",)),
        ({"volumes": []}, ("volumes",)),
        ({"volumes": {"a": {"size": 512}}}, ("volumes",)),
        ({"volumes": {"-1": {"size": 512}}}, ("volumes",)),
        (
            {"volumes": {"1": {"name": "v"}}},
            {"volumes": ["1.size: required key not provided for a new volume"]},
        ),
        ({"volumes": {"1": {"size": -1}}}, ("volumes",)),
        (
            {"volumes": {"0": {"id": "v", "boot": True}}},
            {"volumes": ["0.boot: a server here boots from its first volume"]},
        ),
        (
            {"volumes": {"0": {"base_snapshot": MISSING}}},
            {
                "volumes": [FIRST],
            },
        ),
        (
            {"volumes": {"0": {"size": 512, "organization": ELSEWHERE}}},
            {"volumes": ["0: a volume is of the organization of its server"]},
        ),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(
    api: Api, fields: dict[str, Any], wrong: Any
) -> None:
    body = NEW | fields
    refuses(api, (400, "request.invalid"), "POST", SERVERS, wrong, json=body)


def test_what_is_missing_is_told_all_at_once(api: Api) -> None:
    missing = {name: ["required key not provided"] for name in ("name", "commercial_type")}
    refuses(api, (400, "request.invalid"), "POST", SERVERS, missing, json={})


def test_a_create_is_repeated_under_its_key(api: Api) -> None:
    keyed = {"headers": {"Idempotency-Key": "k"}}
    first = api.post(SERVERS, NEW | {"image": IMAGE}, **keyed)
    api.patch(path(first.json()["server"]), {"name": "changed"})
    again, names = recorded(api, lambda: api.post(SERVERS, NEW | {"image": IMAGE}, **keyed))
    assert names == ["request.repeated"]
    assert (again.status_code, again.content) == (201, first.content)
    for header in ("location", "etag"):
        assert again.headers[header] == first.headers[header]
    refuses(api, (422, "key.reused"), "POST", SERVERS, json=NEW | {"name": "other"}, **keyed)


def test_a_server_is_deleted(api: Api) -> None:
    made = make(api)
    answer, names = recorded(api, lambda: api.request("DELETE", path(made), json={}))
    assert (answer.status_code, answer.content, names) == (204, b"", ["server.deleted"])
    refuses(api, (404, "server.unknown"), "GET", path(made))
    refuses(api, (404, "server.unknown"), "DELETE", path(made))


@pytest.mark.parametrize("ref", ["web", MISSING, "x" * 300])
def test_only_an_id_means_a_server(api: Api, ref: str) -> None:
    make(api)
    unknown = (404, "server.unknown")
    refuses(api, unknown, "GET", f"{SERVERS}/{ref}")
    refuses(api, unknown, "DELETE", f"{SERVERS}/{ref}")
    refuses(api, unknown, "PATCH", f"{SERVERS}/{ref}", json={"name": "b"})
    refuses(api, unknown, "GET", f"{SERVERS}/{ref}/action")
    refuses(api, unknown, "POST", f"{SERVERS}/{ref}/action", json={"action": "poweron"})


def test_a_server_of_somebody_else_does_not_exist(api: Api) -> None:
    made = make(api)
    stranger = api.issue("member", ELSEWHERE)
    refuses(api, (404, "server.unknown"), "GET", path(made), token=stranger)
    refuses(api, (404, "server.unknown"), "DELETE", path(made), token=stranger)
    assert api.get(SERVERS, token=stranger).json() == {"servers": []}
