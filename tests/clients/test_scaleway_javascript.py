"""Scaleway's JavaScript client, where there is node."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import httpx2
import pytest

from tests.clients.beside import Client, Program
from tests.clients.conftest import sdk_of
from tests.process import Process
from tests.program import issue

pytestmark = pytest.mark.clients

OF_DOCUMENT_A: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
GB: Final = 10**9


def make(sdk: Client, name: str = "web", **fields: Any) -> Any:
    asked = {"commercialType": "VC1S", "image": OF_DOCUMENT_A, "protected": False, "name": name}
    return sdk("createServer", asked | fields)["server"]


def root(http: httpx2.Client, made: Any) -> Any:
    """The server as the root dialect shows it."""
    return http.get(f"/servers/{made['id']}").json()["server"]


def test_a_server_is_made_listed_and_changed(
    sdk: Client, http: httpx2.Client, organization: str
) -> None:
    assert sdk("listServers.all") == []
    made = make(sdk, tags=["test"])
    assert (made["name"], made["state"], made["organization"]) == ("web", "stopped", organization)
    assert made["image"]["id"] == OF_DOCUMENT_A
    assert sdk("getServer", {"serverId": made["id"]}) == {"server": made}
    assert sdk("listServers.all") == [made]
    changed = sdk("updateServer", {"serverId": made["id"], "name": "db", "tags": ["live"]})
    assert (changed["server"]["name"], changed["server"]["tags"]) == ("db", ["live"])
    shown = root(http, made)
    assert (shown["name"], shown["tags"], shown["version"]) == ("db", ["live"], 2)


@pytest.mark.parametrize("per_page", [{}, {"perPage": 1}, {"perPage": 2}, {"perPage": 5}])
def test_every_page_of_a_list_is_followed(
    sdk: Client, http: httpx2.Client, per_page: dict[str, int]
) -> None:
    asked = {"name": "a", "flavor": "m1.tiny", "image": OF_DOCUMENT_A, "max_count": 5}
    made = http.post("/servers", json={"server": asked}).json()["servers"]
    listed = sdk("listServers.all", per_page)
    assert sorted(server["id"] for server in listed) == sorted(server["id"] for server in made)


def test_a_long_list_without_a_page_size_is_followed_too(sdk: Client, http: httpx2.Client) -> None:
    asked = {"name": "a", "flavor": "m1.tiny", "image": OF_DOCUMENT_A, "max_count": 100}
    for _ in range(2):
        assert http.post("/servers", json={"server": asked}).status_code == 200
    listed = sdk("listServers.all")
    assert len({server["id"] for server in listed}) == len(listed) == 200


def test_actions_are_taken_and_waited_for(sdk: Client, http: httpx2.Client) -> None:
    made = make(sdk)
    seen = []
    for action in ("poweron", "reboot", "poweroff"):
        waited = sdk("serverActionAndWait", {"serverId": made["id"], "action": action})
        seen.append((waited["state"], root(http, made)["state"], root(http, made)["version"]))
    assert seen == [
        ("running", "running", 2),
        ("running", "running", 3),
        ("stopped", "stopped", 4),
    ]
    task = sdk("serverAction", {"serverId": made["id"], "action": "backup", "name": "golden"})
    assert task["task"]["status"] == "success"
    images = sdk("listImages.all")
    assert "golden" in [image["name"] for image in images]


def test_a_volume_is_made_attached_and_detached(sdk: Client) -> None:
    server = make(sdk)
    asked = {"name": "data", "volumeType": "l_ssd", "size": 10 * GB}
    volume = sdk("createVolume", asked)["volume"]
    sdk("attachVolume", {"serverId": server["id"], "volumeId": volume["id"]})
    shown = sdk("getVolume", {"volumeId": volume["id"]})["volume"]
    assert shown["server"]["id"] == server["id"]
    sdk("detachVolume", {"volumeId": volume["id"]})
    assert "server" not in sdk("getVolume", {"volumeId": volume["id"]})["volume"]
    snapshot = sdk("createSnapshot", {"volumeId": volume["id"], "name": "before"})["snapshot"]
    assert [found["id"] for found in sdk("listSnapshots.all")] == [snapshot["id"]]


def test_the_products_are_listed(sdk: Client, http: httpx2.Client) -> None:
    shown = set(http.get("/products/servers").json()["servers"])
    assert set(sdk("listServersTypes")["servers"]) == shown
    assert set(sdk("getServerTypesAvailability")["servers"]) == shown


def test_a_deleted_server_is_gone(sdk: Client, http: httpx2.Client) -> None:
    kept, gone = make(sdk, "a"), make(sdk, "b")
    assert sdk("deleteServer", {"serverId": gone["id"]}) is None
    assert sdk("listServers.all") == [kept]
    assert [server["id"] for server in http.get("/servers").json()["servers"]] == [kept["id"]]


def test_every_refusal_has_its_class(
    sdk: Client, javascript: Program, service: Process, organization: str
) -> None:
    made = make(sdk)
    reader = sdk_of(
        javascript, service, organization, issue(service.folder, "reader", organization)
    )
    stranger = sdk_of(javascript, service, organization, str(uuid4()))
    mine = {"serverId": made["id"]}
    for client, call, named, kind, status in (
        (sdk, "updateServer", mine | {"name": ""}, "InvalidArgumentsError", 400),
        (sdk, "getServer", {"serverId": str(uuid4())}, "ResourceNotFoundError", 404),
        (sdk, "serverAction", mine | {"action": "reboot"}, "ScalewayError", 409),
        (reader, "deleteServer", mine, "ScalewayError", 403),
        (stranger, "listServers", {}, "ScalewayError", 401),
    ):
        refusal = client.refused(call, named)
        assert (call, refusal.kind, refusal.status) == (call, kind, status)
    assert sdk("listServers.all") == [made]
