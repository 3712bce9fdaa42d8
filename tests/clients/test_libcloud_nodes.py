"""Apache Libcloud's Scaleway driver: nodes listed, made, restarted and destroyed."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import httpx2
import pytest
from libcloud.compute.types import NodeState

pytestmark = pytest.mark.clients

OF_DOCUMENT_A: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"


def create(driver: Any, name: str = "web", size: str = "START1-XS", **options: Any) -> Any:
    sizes = {found.name: found for found in driver.list_sizes()}
    return driver.create_node(name, sizes[size], driver.get_image(OF_DOCUMENT_A), **options)


def shown(node: Any) -> tuple[Any, ...]:
    return node.id, node.name, node.state, node.public_ips, node.private_ips, node.extra


def test_there_are_no_nodes_at_first(driver: Any) -> None:
    assert driver.list_nodes() == []


def test_a_node_is_made_and_started_at_once(
    driver: Any, http: httpx2.Client, organization: str
) -> None:
    node = create(driver, ex_tags=["test", "www"])
    extra = {
        "volumes": [],
        "tags": ["test", "www"],
        "arch": "x86_64",
        "organization": organization,
        "region": "par1",
    }
    assert shown(node) == (node.id, "web", NodeState.STOPPED, [], [], extra)
    (listed,) = driver.list_nodes()
    assert shown(listed) == (node.id, "web", NodeState.RUNNING, [], [], extra)
    assert listed.created_at == node.created_at
    server = http.get(f"/servers/{node.id}").json()["server"]
    assert (server["image"], server["commercial_type"]) == (OF_DOCUMENT_A, "START1-XS")
    assert server["version"] == 2


def test_a_size_with_a_bigger_disk_gets_a_volume_more(driver: Any) -> None:
    node = create(driver, "db", "START1-S")
    (volume,) = node.extra["volumes"]
    assert volume == {"id": str(UUID(volume["id"])), "name": "db-1"}
    (found,) = driver.list_volumes()
    assert (found.id, found.name) == (volume["id"], "db-1")


def test_volumes_of_ones_own_are_attached_in_order(driver: Any) -> None:
    mine = [{"id": f"volume-{n}", "name": f"data {n}", "size": 10**9} for n in (2, 1)]
    # More than the size holds, says the client, unless the size is told to hold more.
    (size,) = (found for found in driver.list_sizes() if found.name == "START1-XS")
    size.extra["max_disk"] = 27
    node = driver.create_node("db", size, driver.get_image(OF_DOCUMENT_A), ex_volumes=mine)
    assert node.extra["volumes"] == [{"id": v["id"], "name": v["name"]} for v in mine]
    assert [volume.id for volume in driver.list_volumes()] == ["volume-2", "volume-1"]


def test_a_running_node_is_rebooted(driver: Any, http: httpx2.Client) -> None:
    node = create(driver)
    assert node.reboot() is True
    (listed,) = driver.list_nodes()
    assert listed.state == NodeState.RUNNING
    assert http.get(f"/servers/{node.id}").json()["server"]["version"] == 3


def test_a_node_is_stopped_and_started_again(driver: Any) -> None:
    node = create(driver)
    states = []
    for word in ("poweroff", "poweroff", "poweron", "poweron"):
        assert driver._action(node.id, word) is True
        states.append(driver.list_nodes()[0].state)
    assert states == [NodeState.STOPPED, NodeState.STOPPED, NodeState.RUNNING, NodeState.RUNNING]


def test_a_destroyed_node_is_gone_and_the_others_stay(driver: Any) -> None:
    first, second, third = (create(driver, name) for name in ("a", "b", "c"))
    assert second.destroy() is True
    assert [node.id for node in driver.list_nodes()] == [first.id, third.id]


def test_every_page_of_a_long_list_is_followed(driver: Any, http: httpx2.Client) -> None:
    made: list[str] = []
    for name, count in (("a", 100), ("b", 100), ("c", 1)):
        asked = {"name": name, "flavor": "m1.tiny", "image": OF_DOCUMENT_A, "max_count": count}
        answer = http.post("/servers", json={"server": asked})
        body = answer.json()
        made += [server["id"] for server in body.get("servers", [body["server"]])]
    assert [node.id for node in driver.list_nodes()] == made
    assert len(set(made)) == 201


def test_a_page_that_is_just_full_is_the_last(driver: Any, http: httpx2.Client) -> None:
    asked = {"name": "a", "flavor": "m1.tiny", "image": OF_DOCUMENT_A, "max_count": 100}
    answer = http.post("/servers", json={"server": asked})
    made = [server["id"] for server in answer.json()["servers"]]
    assert [node.id for node in driver.list_nodes()] == made
