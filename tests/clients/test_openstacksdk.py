"""openstacksdk: servers listed, made, changed, acted on and deleted."""

from __future__ import annotations

from typing import Any, Final

import httpx2
import pytest

from tests.clients.beside import Client, Program
from tests.process import Process

pytestmark = pytest.mark.clients

OF_DOCUMENT_A: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"


def make(cloud: Client, name: str = "web", **fields: Any) -> str:
    """The id of a new server."""
    asked = {"image_id": OF_DOCUMENT_A, "flavor_id": "2", "networks": "auto"}
    made: str = cloud("compute.create_server", name=name, **(asked | fields))["id"]
    return made


def root(http: httpx2.Client, made: str) -> Any:
    """The server as the root dialect shows it."""
    return http.get(f"/servers/{made}").json()["server"]


def names(servers: Any) -> list[str]:
    return [server["name"] for server in servers]


def test_there_are_no_servers_at_first(cloud: Client) -> None:
    assert cloud("compute.servers") == []
    assert cloud("compute.servers", details=False) == []


def test_a_server_is_made_and_runs(cloud: Client, http: httpx2.Client, organization: str) -> None:
    made = make(cloud, metadata={"role": "web"})
    waited = cloud("compute.wait_for_server", {"type": "Server", "id": made}, wait=10)
    assert waited["status"] == "ACTIVE"
    server = cloud("compute.get_server", made)
    assert (server["name"], server["status"], server["vm_state"]) == ("web", "ACTIVE", "active")
    assert (server["power_state"], server["task_state"]) == (1, None)
    assert (server["project_id"], server["metadata"]) == (organization, {"role": "web"})
    assert (server["image"]["id"], server["flavor"]["id"]) == (OF_DOCUMENT_A, "2")
    assert server["addresses"] == {}
    shown = root(http, made)
    assert (shown["name"], shown["state"], shown["version"]) == ("web", "running", 1)
    assert (shown["image"], shown["flavor"]) == (OF_DOCUMENT_A, "2")
    assert shown["organization"] == organization
    assert shown["metadata"] == {"role": "web"}


@pytest.mark.parametrize("networks", ["auto", "none", []])
def test_whatever_networks_are_asked_for_there_are_none(cloud: Client, networks: Any) -> None:
    assert cloud("compute.get_server", make(cloud, networks=networks))["addresses"] == {}


def test_several_servers_are_made_at_once(cloud: Client, http: httpx2.Client) -> None:
    first = make(cloud, min_count=2, max_count=3)
    assert sorted(names(cloud("compute.servers"))) == ["web-1", "web-2", "web-3"]
    assert root(http, first)["name"] == "web-1"


def test_every_page_of_a_list_is_followed(cloud: Client, http: httpx2.Client) -> None:
    asked = {"name": "a", "flavor": "m1.tiny", "image": OF_DOCUMENT_A, "max_count": 5}
    made = http.post("/servers", json={"server": asked}).json()["servers"]
    newest_first = [server["id"] for server in reversed(made)]
    for limit in (1, 2, 5, 6):
        for details in (True, False):
            listed = cloud("compute.servers", details=details, limit=limit)
            assert [server["id"] for server in listed] == newest_first
    further = cloud("compute.servers", marker=newest_first[1])
    assert [server["id"] for server in further] == newest_first[2:]


def test_a_list_is_filtered(cloud: Client) -> None:
    make(cloud, "web-1")
    cloud("compute.stop_server", make(cloud, "web-2"))
    make(cloud, "db", flavor_id="1")
    assert names(cloud("compute.servers", name="web")) == ["web-2", "web-1"]
    assert names(cloud("compute.servers", name="^w.b-1$")) == ["web-1"]
    assert names(cloud("compute.servers", status="SHUTOFF")) == ["web-2"]
    assert names(cloud("compute.servers", flavor="1")) == ["db"]
    assert names(cloud("compute.servers", image=OF_DOCUMENT_A)) == ["db", "web-2", "web-1"]


def test_a_server_is_found_by_its_name_where_it_is_the_only_one(cloud: Client) -> None:
    made = make(cloud)
    make(cloud, "web-2")
    assert cloud("compute.find_server", "web")["id"] == made
    assert cloud("compute.find_server", made)["id"] == made
    assert cloud("compute.find_server", "db") is None
    make(cloud)
    assert cloud.refused("compute.find_server", "web").kind == "DuplicateResource"


def test_a_server_is_renamed(cloud: Client, http: httpx2.Client) -> None:
    made = make(cloud)
    assert cloud("compute.update_server", made, name="db")["name"] == "db"
    assert cloud("compute.get_server", made)["name"] == "db"
    assert (root(http, made)["name"], root(http, made)["version"]) == ("db", 2)


def test_a_server_is_stopped_started_and_restarted(cloud: Client, http: httpx2.Client) -> None:
    made = make(cloud)
    seen = []
    for call in (
        ("compute.stop_server", made),
        ("compute.start_server", made),
        ("compute.reboot_server", made, "SOFT"),
        ("compute.reboot_server", made, "HARD"),
        ("compute.stop_server", made),
        ("compute.reboot_server", made, "HARD"),
    ):
        cloud(*call)
        server = cloud("compute.get_server", made)
        shown = root(http, made)
        seen.append((server["status"], server["power_state"], shown["state"], shown["version"]))
    assert seen == [
        ("SHUTOFF", 4, "stopped", 2),
        ("ACTIVE", 1, "running", 3),
        ("ACTIVE", 1, "running", 4),
        ("ACTIVE", 1, "running", 5),
        ("SHUTOFF", 4, "stopped", 6),
        ("ACTIVE", 1, "running", 7),
    ]


def test_what_the_root_does_to_a_server_is_seen(cloud: Client, http: httpx2.Client) -> None:
    made = make(cloud)
    http.post(f"/servers/{made}/action", json={"action": "poweroff"})
    http.patch(f"/servers/{made}", json={"name": "db", "metadata": {"role": "db"}})
    server = cloud("compute.get_server", made)
    assert (server["name"], server["status"]) == ("db", "SHUTOFF")
    assert server["metadata"] == {"role": "db"}
    http.delete(f"/servers/{made}")
    assert cloud.refused("compute.get_server", made).status == 404


def test_metadata_is_set_got_and_removed(cloud: Client, http: httpx2.Client) -> None:
    made = make(cloud, metadata={"role": "web"})
    set_ = cloud("compute.set_server_metadata", made, stage="live", role="db")
    assert set_["metadata"] == {"role": "db", "stage": "live"}
    cloud("compute.delete_server_metadata", made, ["role"])
    assert cloud("compute.get_server_metadata", made)["metadata"] == {"stage": "live"}
    assert root(http, made)["metadata"] == {"stage": "live"}


def test_an_image_is_made_of_a_server_and_a_server_of_it(
    cloud: Client, http: httpx2.Client
) -> None:
    made = make(cloud)
    image = cloud("compute.create_server_image", made, "golden", metadata={"stage": "live"})["id"]
    shown = cloud("compute.get_image", image)
    assert (shown["name"], shown["status"]) == ("golden", "ACTIVE")
    assert shown["metadata"]["stage"] == "live"
    assert image in [listed["id"] for listed in cloud("compute.images")]
    assert http.get(f"/images/{image}").json()["image"]["name"] == "golden"
    again = make(cloud, "again", image_id=image)
    assert cloud("compute.get_server", again)["image"]["id"] == image


def test_images_of_ones_own_are_found_behind_the_public_ones(
    openstacksdk: Program, service: Process, token: str
) -> None:
    auth = {"endpoint": f"{service.base}/v2.1", "token": token}
    images = {"image_endpoint_override": f"{service.base}/image/v2"}
    cloud = openstacksdk.connect(auth_type="admin_token", auth=auth, **images)
    made = make(cloud)
    own = [cloud("compute.create_server_image", made, f"i{n}")["id"] for n in range(3)]
    private = cloud("image.images", visibility="private", limit=2)
    assert [image["id"] for image in private] == own
    assert [image["id"] for image in cloud("image.images", name="in:i0,i2")] == [own[0], own[2]]
    assert cloud("image.images", is_hidden=True) == []
    assert [image["id"] for image in cloud("compute.images", server=made)] == own
    noted = cloud("compute.get_image_metadata", own[0])["metadata"]
    assert noted == cloud("compute.get_image", own[0])["metadata"]
    assert noted["instance_uuid"] == made
    schema = cloud("image.get_image_schema")
    assert (schema["name"], "min_disk" in schema["properties"]) == ("image", True)
    assert "images" in cloud("image.get_images_schema")["properties"]


def test_the_addresses_of_a_server_are_told(cloud: Client) -> None:
    made = make(cloud, access_ipv4="192.0.2.1")
    for asked in ({}, {"network_label": "public"}):
        (address,) = cloud("compute.server_ips", made, **asked)
        assert (address["address"], address["version"]) == ("192.0.2.1", 4)


def test_so_many_backups_of_a_kind_are_kept_as_asked_for(cloud: Client) -> None:
    made = make(cloud)
    for name, kind in (("d1", "daily"), ("w1", "weekly"), ("d2", "daily"), ("d3", "daily")):
        cloud("compute.backup_server", made, name, kind, 2)
    kept = [image["name"] for image in cloud("compute.images") if image["name"][0] in "dw"]
    assert sorted(kept) == ["d2", "d3", "w1"]


def test_what_was_done_with_a_server_is_told_also_when_it_is_gone(cloud: Client) -> None:
    made = make(cloud)
    cloud("compute.stop_server", made)
    cloud("compute.start_server", made)
    cloud("compute.reboot_server", made, "SOFT")
    cloud("compute.create_server_image", made, "golden")
    cloud("compute.delete_server", made)
    actions = cloud("compute.server_actions", made)
    words = [action["action"] for action in actions]
    assert words == ["delete", "createImage", "reboot", "start", "stop", "create"]
    for action in actions:
        shown = cloud("compute.get_server_action", action["request_id"], made)
        assert (shown["action"], shown["start_time"]) == (action["action"], action["start_time"])
        assert [event["result"] for event in shown["events"]] == ["Success"]


def test_a_deleted_server_is_gone_and_the_others_stay(cloud: Client, http: httpx2.Client) -> None:
    first, second, third = (make(cloud, name) for name in ("a", "b", "c"))
    cloud("compute.delete_server", second)
    cloud("compute.wait_for_delete", {"type": "Server", "id": second}, wait=10)
    assert names(cloud("compute.servers")) == ["c", "a"]
    kept = http.get("/servers").json()["servers"]
    assert [server["id"] for server in kept] == [first, third]
    assert cloud.refused("compute.get_server", second).status == 404
    gone = cloud.refused("compute.delete_server", second, ignore_missing=False)
    assert (gone.kind, gone.status) == ("NotFoundException", 404)


def test_the_flavors_are_those_of_the_root(cloud: Client, http: httpx2.Client) -> None:
    members = ("id", "name", "ram", "disk", "vcpus")
    shown = http.get("/flavors").json()["flavors"]
    listed = cloud("compute.flavors")
    assert [{name: flavor[name] for name in members} for flavor in listed] == shown
    assert cloud("compute.find_flavor", "m1.small")["id"] == "2"
    assert cloud("compute.get_flavor", "2")["name"] == "m1.small"
    assert cloud.refused("compute.get_flavor", "m1.small").status == 404
