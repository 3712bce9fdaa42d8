"""Nova's servers, one at a time: shown, updated, deleted, wherever they were made."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, recorded
from tests.api.nova.expecting import BASE, IMAGE, SERVERS, create, refused, show
from tests.nova_schemas import conforms
from tests.support import ELSEWHERE, HOME, SEED_B, Api

CIRROS: Final = "c2b7d1a4-95e3-4f60-8d27-1b6a0e4f7c93"


def test_a_server_is_shown_as_nova_does(api: Api) -> None:
    server_id = create(api, metadata={"b": "2", "a": "1"}, key_name="k", networks="auto")
    answer = api.get(f"{SERVERS}/{server_id}")
    shown = conforms("server", answer)["server"]
    root = api.get(f"/servers/{server_id}").json()["server"]
    created = root["creation_date"][:19] + "Z"
    assert shown == {
        "id": server_id,
        "name": "web-1",
        "status": "ACTIVE",
        "tenant_id": HOME,
        "user_id": HOME,
        "metadata": {"a": "1", "b": "2"},
        "hostId": "",
        "image": {"id": IMAGE, "links": [bookmark("images", IMAGE)]},
        "flavor": {"id": "2", "links": [bookmark("flavors", "2")]},
        "created": created,
        "updated": created,
        "addresses": {},
        "accessIPv4": "",
        "accessIPv6": "",
        "links": [
            {"rel": "self", "href": f"{BASE}{SERVERS}/{server_id}"},
            bookmark("servers", server_id),
        ],
        "OS-DCF:diskConfig": "MANUAL",
        "progress": 0,
        "OS-EXT-AZ:availability_zone": "nova",
        "config_drive": "",
        "key_name": "k",
        "OS-SRV-USG:launched_at": None,
        "OS-SRV-USG:terminated_at": None,
        "security_groups": [{"name": "default"}],
        "OS-EXT-STS:task_state": None,
        "OS-EXT-STS:vm_state": "active",
        "OS-EXT-STS:power_state": 1,
        "os-extended-volumes:volumes_attached": [],
    }
    assert answer.headers["etag"] == f'"{server_id}:1"'
    assert answer.headers["x-log-position"] == str(api.position)
    detailed = conforms("servers detail", api.get(f"{SERVERS}/detail"))["servers"]
    assert detailed == [shown]


def bookmark(kind: str, id_: str) -> dict[str, str]:
    return {"rel": "bookmark", "href": f"{BASE}/{kind}/{id_}"}


# Fields at the root, and what of them is shown.
ELSEWHERE_MADE: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({}, {"status": "SHUTOFF", "OS-EXT-STS:vm_state": "stopped", "OS-EXT-STS:power_state": 4}),
    ({"flavor": "m1.small"}, {"flavor": {"id": "2", "links": [bookmark("flavors", "2")]}}),
    (
        {"commercial_type": "DEV1-S"},
        {"flavor": {"id": "DEV1-S", "links": [bookmark("flavors", "DEV1-S")]}},
    ),
    ({"flavor": None}, {"flavor": {"id": "", "links": [bookmark("flavors", "")]}}),
    (
        {"image": "cirros-0.3.4-x86_64-uec"},
        {"image": {"id": CIRROS, "links": [bookmark("images", CIRROS)]}},
    ),
    (
        {"image": "unheard-of"},
        {"image": {"id": "unheard-of", "links": [bookmark("images", "unheard-of")]}},
    ),
    (
        {"volumes": ["v1", {"id": "v2", "name": "x"}]},
        {"os-extended-volumes:volumes_attached": [{"id": "v1"}, {"id": "v2"}]},
    ),
    (
        {"public_ip": {"id": "ip", "address": "192.0.2.1"}, "network": "private"},
        {
            "addresses": {
                "private": [{"version": 4, "addr": "192.0.2.1", "OS-EXT-IPS:type": "floating"}]
            },
            "accessIPv4": "192.0.2.1",
        },
    ),
    (
        {"public_ip": {"id": "ip", "address": "2001:db8::1"}},
        {
            "addresses": {
                "public": [{"version": 6, "addr": "2001:db8::1", "OS-EXT-IPS:type": "floating"}]
            },
            "accessIPv4": "",
        },
    ),
    ({"public_ip": "ip"}, {"addresses": {}, "accessIPv4": ""}),
    ({"public_ip": {"id": "ip", "address": "pending"}}, {"addresses": {}, "accessIPv4": ""}),
]


@pytest.mark.parametrize(("fields", "expected"), ELSEWHERE_MADE)
def test_a_server_made_at_the_root_is_shown(
    api: Api, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    server_id = api.create(**fields)["id"]
    shown = conforms("server", api.get(f"{SERVERS}/{server_id}"))["server"]
    assert {name: shown[name] for name in expected} == expected
    assert "progress" not in shown


def test_a_server_of_document_b_is_shown(api: Api) -> None:
    made = api.post("/servers", SEED_B).json()["server"]["id"]
    shown = conforms("server", api.get(f"{SERVERS}/{made}"))["server"]
    assert (shown["flavor"]["id"], shown["image"]["id"]) == ("2", CIRROS)
    assert (shown["key_name"], shown["addresses"]) == ("admin-key", {})


def test_a_server_without_an_image_shows_an_empty_text(api: Api) -> None:
    server_id = api.create()["id"]
    api.put(f"/servers/{server_id}", {"image": None})
    assert show(api, server_id)["image"] == ""


@pytest.mark.parametrize("ref", ["web-1", MISSING, "detail2", "WEB-1", "%C3%A9"])
def test_names_do_not_stand_for_ids(api: Api, ref: str) -> None:
    create(api, "web-1")
    refused(api, lambda: api.get(f"{SERVERS}/{ref}"), 404)
    refused(api, lambda: api.delete(f"{SERVERS}/{ref}"), 404, "server.unknown")
    body = {"server": {"name": "x"}}
    refused(api, lambda: api.put(f"{SERVERS}/{ref}", body), 404, "server.unknown")


def test_a_foreign_server_is_told_as_a_missing_one_is(api: Api) -> None:
    foreign = create(api, token=api.issue("member", ELSEWHERE))
    member = api.issue("member", HOME)
    words = [
        refused(api, lambda ref=ref: api.get(f"{SERVERS}/{ref}", token=member), 404)  # type: ignore[misc]
        for ref in (foreign, MISSING)
    ]
    assert words[0].replace(foreign, MISSING) == words[1]


def test_a_version_that_the_caller_has_is_not_sent_again(api: Api) -> None:
    server_id = create(api)
    tag = {"If-None-Match": f'"{server_id}:1"'}
    answer = api.get(f"{SERVERS}/{server_id}", headers=tag)
    assert (answer.status_code, answer.content) == (304, b"")
    api.put(f"{SERVERS}/{server_id}", {"server": {"name": "web-2"}})
    assert api.get(f"{SERVERS}/{server_id}", headers=tag).status_code == 200


def test_an_update_sets_the_name_and_shows_less_than_a_get_does(api: Api) -> None:
    server_id = create(api, networks=[{"uuid": "private"}], accessIPv4="192.0.2.1")
    body = {"server": {"name": "web-2", "OS-DCF:diskConfig": "AUTO", "accessIPv6": ""}}
    answer, left = recorded(api, lambda: api.put(f"{SERVERS}/{server_id}", body))
    updated = conforms("server updated", answer)["server"]
    assert left == ["server.renamed"]
    assert updated["name"] == "web-2"
    assert updated["addresses"] == {"private": [{"version": 4, "addr": "192.0.2.1"}]}
    shown = show(api, server_id)
    assert {name: shown[name] for name in updated if name != "addresses"} == {
        name: value for name, value in updated.items() if name != "addresses"
    }
    assert answer.headers["etag"] == f'"{server_id}:2"'


def test_an_address_can_be_set_and_taken_away(api: Api) -> None:
    server_id = create(api)
    for address in ("192.0.2.9", ""):
        answer = api.put(f"{SERVERS}/{server_id}", {"server": {"accessIPv4": address}})
        assert conforms("server updated", answer)["server"]["accessIPv4"] == address
    assert api.get(f"/servers/{server_id}").json()["server"]["public_ip"] is None


def test_an_update_without_fields_changes_nothing(api: Api) -> None:
    server_id = create(api)
    answer, left = recorded(api, lambda: api.put(f"{SERVERS}/{server_id}", {"server": {}}))
    conforms("server updated", answer)
    assert left == ["request.unchanged"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"server": {"name": ""}}, "name: "),
        ({"server": {"name": "x" * 256}}, "name: "),
        ({"server": {"name": None}}, "name: "),
        ({"server": {"status": "ACTIVE"}}, "status: unknown field"),
        ({"server": {"name": 1, "zap": 2}}, "zap: unknown field"),
        ({"server": {"accessIPv4": "x"}}, "accessIPv4: "),
        ({"server": {"accessIPv6": "::1"}}, "accessIPv6: "),
        ({"server": []}, "server: "),
        ({"name": "x"}, "server: required key not provided"),
        ({}, "server: required key not provided"),
    ],
)
def test_what_cannot_be_set_is_refused(api: Api, body: Any, words: str) -> None:
    server_id = create(api)
    assert words in refused(api, lambda: api.put(f"{SERVERS}/{server_id}", body), 400)


def test_a_delete_leaves_nothing_to_show(api: Api) -> None:
    server_id = create(api)
    answer, left = recorded(api, lambda: api.delete(f"{SERVERS}/{server_id}"))
    conforms("server deleted", answer)
    assert (left, answer.headers["x-log-position"]) == (["server.deleted"], str(api.position))
    refused(api, lambda: api.get(f"{SERVERS}/{server_id}"), 404)
    refused(api, lambda: api.delete(f"{SERVERS}/{server_id}"), 404, "server.unknown")
    assert api.get("/servers").json() == {"servers": []}


def test_what_is_changed_at_the_root_is_shown_at_once(api: Api) -> None:
    server_id = create(api)
    api.put(f"/servers/{server_id}", {"name": "renamed", "metadata": {"a": "b"}})
    api.act(server_id, "poweroff")
    shown = show(api, server_id)
    assert (shown["name"], shown["metadata"], shown["status"]) == ("renamed", {"a": "b"}, "SHUTOFF")
    assert api.get(f"{SERVERS}/detail").json()["servers"] == [shown]


def test_two_hosts_are_told_links_of_their_own(api: Api) -> None:
    server_id = create(api)
    for host in ("one.example", "two.example:8000", "one.example", "[::1]:8000"):
        answer = api.get(f"{SERVERS}/{server_id}", headers={"Host": host})
        (link, _) = answer.json()["server"]["links"]
        assert link["href"] == f"http://{host}{SERVERS}/{server_id}"
