"""Scaleway's Python client of today: servers of a zone."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid4

import httpx2
import pytest

from tests.clients.beside import Client, Program
from tests.clients.conftest import instances_of
from tests.process import Process
from tests.program import issue

pytestmark = pytest.mark.clients

OF_DOCUMENT_A: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"


def make(instances: Client, name: str = "web", **fields: Any) -> Any:
    asked = {"commercial_type": "VC1S", "image": OF_DOCUMENT_A}
    return instances("create_server", name=name, **(asked | fields))["server"]


def root(http: httpx2.Client, made: Any) -> Any:
    """The server as the root dialect shows it."""
    return http.get(f"/servers/{made['id']}").json()["server"]


def get(instances: Client, made: Any) -> Any:
    return instances("get_server", server_id=made["id"])["server"]


def names(servers: Any) -> list[str]:
    return [server["name"] for server in servers]


def test_there_are_no_servers_at_first(instances: Client) -> None:
    assert instances("list_servers") == {"servers": [], "total_count": "0"}
    assert instances("list_servers_all") == []


def test_a_server_is_made_and_stands_still(
    instances: Client, http: httpx2.Client, organization: str
) -> None:
    made = make(instances, tags=["test", "www"])
    assert (made["name"], made["state"], made["tags"]) == ("web", "stopped", ["test", "www"])
    assert (made["organization"], made["project"]) == (organization, organization)
    assert (made["commercial_type"], made["zone"]) == ("VC1S", "fr-par-1")
    assert made["image"]["id"] == OF_DOCUMENT_A
    assert get(instances, made) == made
    (listed,) = instances("list_servers")["servers"]
    assert listed == made
    shown = root(http, made)
    assert (shown["name"], shown["state"], shown["version"]) == ("web", "stopped", 1)
    assert (shown["image"], shown["commercial_type"]) == (OF_DOCUMENT_A, "VC1S")


def test_a_new_volume_stands_under_its_key(instances: Client, http: httpx2.Client) -> None:
    asked = {"type": "VolumeServerTemplate", "name": "data", "size": 10**9, "volume_type": "l_ssd"}
    made = make(instances, volumes={"1": asked})
    (volume,) = (volume for volume in made["volumes"].values() if volume["name"] == "data")
    assert (volume["id"], volume["size"]) == (str(UUID(volume["id"])), 10**9)
    assert volume["server"] == {"id": made["id"], "name": "web"}
    assert {"id": volume["id"], "name": "data"} in root(http, made)["volumes"]
    assert instances("get_volume", volume_id=volume["id"])["volume"]["name"] == "data"


def test_every_page_of_a_list_is_followed(instances: Client, http: httpx2.Client) -> None:
    asked = {"name": "a", "flavor": "m1.tiny", "image": OF_DOCUMENT_A, "max_count": 5}
    made = http.post("/servers", json={"server": asked}).json()["servers"]
    ids = {server["id"] for server in made}
    for per_page in (1, 2, 5, 6):
        listed = instances("list_servers_all", per_page=per_page)
        assert len(listed) == 5
        assert {server["id"] for server in listed} == ids
    assert instances("list_servers", per_page=2, page=3)["total_count"] == "5"
    assert instances("list_servers", per_page=2, page=4)["servers"] == []


def test_a_list_is_filtered_and_sorted(instances: Client) -> None:
    make(instances, "web-1", tags=["a", "b"])
    second = make(instances, "web-2", tags=["a"])
    make(instances, "db", commercial_type="VC1M")
    instances("server_action", server_id=second["id"], action="poweron")
    oldest_first = {"order": "creation_date_asc"}
    assert names(instances("list_servers", **oldest_first)["servers"]) == ["web-1", "web-2", "db"]
    found = instances("list_servers", name="web", **oldest_first)["servers"]
    assert names(found) == ["web-1", "web-2"]
    assert names(instances("list_servers", tags=["a", "b"])["servers"]) == ["web-1"]
    assert names(instances("list_servers", state="running")["servers"]) == ["web-2"]
    assert names(instances("list_servers", commercial_type="VC1M")["servers"]) == ["db"]
    assert names(instances("list_servers", servers=[second["id"]])["servers"]) == ["web-2"]


def test_a_server_is_renamed_and_retagged(instances: Client, http: httpx2.Client) -> None:
    made = make(instances)
    asked = {"server_id": made["id"], "name": "db", "tags": ["live"]}
    changed = instances("_update_server", **asked)["server"]
    assert (changed["name"], changed["tags"]) == ("db", ["live"])
    assert get(instances, made) == changed
    shown = root(http, made)
    assert (shown["name"], shown["tags"], shown["version"]) == ("db", ["live"], 2)


def test_actions_are_those_of_the_state_and_are_taken(
    instances: Client, http: httpx2.Client
) -> None:
    made = make(instances)
    seen = []
    for action in ("poweron", "poweron", "reboot", "poweroff"):
        offered = instances("list_server_actions", server_id=made["id"])["actions"]
        task = instances("server_action", server_id=made["id"], action=action)["task"]
        assert (task["status"], task["progress"]) == ("success", 100)
        waited = instances("wait_instance_server", made["id"], "fr-par-1")["server"]
        shown = root(http, made)
        seen.append(("poweron" in offered, waited["state"], shown["state"], shown["version"]))
    assert seen == [
        (True, "running", "running", 2),
        (False, "running", "running", 2),
        (False, "running", "running", 3),
        (False, "stopped", "stopped", 4),
    ]


def test_a_backup_is_an_image_that_servers_are_made_of(
    instances: Client, http: httpx2.Client
) -> None:
    made = make(instances)
    instances("server_action", server_id=made["id"], action="backup", name="golden")
    (image,) = (found for found in instances("list_images_all") if found["name"] == "golden")
    assert image["from_server"] == made["id"]
    assert instances("get_image", image_id=image["id"])["image"] == image
    again = make(instances, "again", image=image["id"])
    assert again["image"]["id"] == image["id"]
    assert http.get(f"/images/{image['id']}").json()["image"]["name"] == "golden"


def test_a_deleted_and_a_terminated_server_are_gone(instances: Client, http: httpx2.Client) -> None:
    first, second, third = (make(instances, name) for name in ("a", "b", "c"))
    instances("delete_server", server_id=first["id"])
    instances("server_action", server_id=second["id"], action="terminate")
    assert names(instances("list_servers_all")) == ["c"]
    assert [server["id"] for server in http.get("/servers").json()["servers"]] == [third["id"]]
    for gone in (first, second):
        assert instances.refused("get_server", server_id=gone["id"]).status == 404


def test_every_refusal_is_told(
    instances: Client, scaleway: Program, service: Process, organization: str
) -> None:
    made = make(instances)
    mine = {"server_id": made["id"]}
    new = {"commercial_type": "VC1S", "image": OF_DOCUMENT_A}
    elsewhere = str(uuid4())
    reader = instances_of(
        scaleway, service, organization, issue(service.folder, "reader", organization)
    )
    other = instances_of(scaleway, service, elsewhere, issue(service.folder, "member", elsewhere))
    stranger = instances_of(scaleway, service, organization, str(uuid4()))
    exception, invalid = "ScalewayException", "ValidationError"
    for client, call, named, kind, status in (
        (instances, "create_server", new | {"name": "x" * 256}, invalid, 400),
        (
            instances,
            "create_server",
            new | {"name": "a", "organization": elsewhere},
            exception,
            403,
        ),
        (instances, "_update_server", mine | {"name": ""}, invalid, 400),
        (instances, "server_action", mine | {"action": "fly"}, invalid, 400),
        (instances, "server_action", mine | {"action": "reboot"}, exception, 409),
        (instances, "get_server", {"server_id": str(uuid4())}, exception, 404),
        (instances, "get_server", {"server_id": "web"}, exception, 404),
        (instances, "get_image", {"image_id": str(uuid4())}, exception, 404),
        (reader, "create_server", new | {"name": "a"}, exception, 403),
        (reader, "delete_server", mine, exception, 403),
        (other, "get_server", mine, exception, 404),
        (other, "server_action", mine | {"action": "poweron"}, exception, 404),
        (stranger, "list_servers", {}, exception, 401),
    ):
        refusal = client.refused(call, **named)
        assert (call, refusal.kind, refusal.status) == (call, kind, status)
    assert other("list_servers_all") == []
    assert instances("list_servers_all") == [made]
