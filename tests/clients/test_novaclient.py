"""python-novaclient, by the compute endpoint and a token alone."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import httpx2
import pytest

from tests.clients.beside import Client, Program
from tests.process import Process
from tests.program import issue

pytestmark = pytest.mark.clients

OF_DOCUMENT_A: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"


def make(nova: Client, name: str = "web", flavor: str = "2", **fields: Any) -> str:
    """The id of a new server."""
    made: str = nova("servers.create", name, OF_DOCUMENT_A, flavor, **fields)["id"]
    return made


def root(http: httpx2.Client, made: str) -> Any:
    """The server as the root dialect shows it."""
    return http.get(f"/servers/{made}").json()["server"]


def test_a_server_is_made_listed_and_found(
    nova: Client, http: httpx2.Client, organization: str
) -> None:
    assert nova("servers.list") == []
    made = make(nova, meta={"role": "web"}, key_name="admin-key")
    (listed,) = nova("servers.list")
    assert listed == nova("servers.get", made)
    assert (listed["name"], listed["status"], listed["tenant_id"]) == (
        "web",
        "ACTIVE",
        organization,
    )
    assert (listed["metadata"], listed["key_name"]) == ({"role": "web"}, "admin-key")
    assert (listed["image"]["id"], listed["flavor"]["id"]) == (OF_DOCUMENT_A, "2")
    assert nova("servers.find", name="web")["id"] == made
    shown = root(http, made)
    assert (shown["name"], shown["running"], shown["keyname"]) == ("web", True, "admin-key")


def test_what_a_host_has_and_a_server_here_has_not_may_be_asked_for(nova: Client) -> None:
    made = make(nova, userdata="#!/bin/sh", config_drive=True, security_groups=["default"])
    assert nova("servers.get", made)["status"] == "ACTIVE"


def test_every_page_of_a_list_is_followed(nova: Client, http: httpx2.Client) -> None:
    asked = {"name": "a", "flavor": "m1.tiny", "image": OF_DOCUMENT_A, "max_count": 5}
    made = http.post("/servers", json={"server": asked}).json()["servers"]
    newest_first = [server["id"] for server in reversed(made)]
    for options in ({}, {"limit": -1}, {"limit": 5}):
        assert [server["id"] for server in nova("servers.list", **options)] == newest_first
    page = nova("servers.list", limit=2, marker=newest_first[0])
    assert [server["id"] for server in page] == newest_first[1:3]


def test_a_list_is_filtered_and_sorted(nova: Client) -> None:
    for name in ("b", "c", "a"):
        make(nova, name)
    nova("servers.stop", nova("servers.find", name="c")["id"])
    oldest_first = {"sort_keys": ["created_at"], "sort_dirs": ["asc"]}
    listed = nova("servers.list", **oldest_first)
    assert [server["name"] for server in listed] == ["b", "c", "a"]
    running = {"status": "ACTIVE", "name": "a|b|c"}
    listed = nova("servers.list", search_opts=running)
    assert [server["name"] for server in listed] == ["a", "b"]


def test_a_server_is_renamed_and_deleted(nova: Client, http: httpx2.Client) -> None:
    made, kept = make(nova), make(nova, "kept")
    assert nova("servers.update", made, name="db")["name"] == "db"
    assert root(http, made)["name"] == "db"
    nova("servers.delete", made)
    assert [server["id"] for server in nova("servers.list")] == [kept]
    assert http.get(f"/servers/{made}").status_code == 404
    gone = nova.refused("servers.get", made)
    assert (gone.kind, gone.status) == ("NotFound", 404)


def test_a_server_is_stopped_started_and_restarted(nova: Client, http: httpx2.Client) -> None:
    made = make(nova)
    seen = []
    for call in (
        ("servers.stop", made),
        ("servers.start", made),
        ("servers.reboot", made),
        ("servers.reboot", made, "HARD"),
    ):
        nova(*call)
        shown = root(http, made)
        seen.append((nova("servers.get", made)["status"], shown["state"], shown["version"]))
    assert seen == [
        ("SHUTOFF", "stopped", 2),
        ("ACTIVE", "running", 3),
        ("ACTIVE", "running", 4),
        ("ACTIVE", "running", 5),
    ]


def test_metadata_is_set_as_a_whole_and_by_item(nova: Client, http: httpx2.Client) -> None:
    made = make(nova, meta={"role": "web"})
    nova("servers.set_meta", made, {"stage": "live", "role": "db"})
    nova("servers.set_meta_item", made, "owner", "ops")
    nova("servers.delete_meta", made, ["role"])
    assert nova("servers.get", made)["metadata"] == {"owner": "ops", "stage": "live"}
    assert root(http, made)["metadata"] == {"owner": "ops", "stage": "live"}
    missing = nova.refused("servers.delete_meta", made, ["role"])
    assert (missing.kind, missing.status) == ("NotFound", 404)


def test_an_image_is_made_of_a_server(nova: Client, http: httpx2.Client) -> None:
    made = make(nova)
    image = nova("servers.create_image", made, "golden", {"stage": "live"})
    assert http.get(f"/images/{image}").json()["image"]["name"] == "golden"
    nova("servers.backup", made, "nightly", "daily", 1)
    names = [found["name"] for found in http.get("/images").json()["images"]]
    assert {"golden", "nightly"} <= set(names)


def test_the_addresses_of_a_server_are_told(nova: Client) -> None:
    made = make(nova, access_ip_v4="192.0.2.1")
    assert nova("servers.ips", made) == {"public": [{"version": 4, "addr": "192.0.2.1"}]}


def test_what_was_done_with_a_server_is_told_also_when_it_is_gone(nova: Client) -> None:
    made = make(nova)
    nova("servers.stop", made)
    nova("servers.delete", made)
    actions = nova("instance_action.list", made)
    assert [action["action"] for action in actions] == ["delete", "stop", "create"]
    shown = nova("instance_action.get", made, actions[1]["request_id"])
    assert (shown["action"], shown["instance_uuid"]) == ("stop", made)
    unknown = nova.refused("instance_action.get", made, f"req-{uuid4()}")
    assert (unknown.kind, unknown.status) == ("NotFound", 404)


def test_flavors_and_versions_are_told(nova: Client) -> None:
    assert nova("flavors.find", name="m1.small")["id"] == "2"
    assert nova("flavors.get", "2") in nova("flavors.list")
    (version,) = nova("versions.list")
    assert (version["id"], version["status"]) == ("v2.1", "CURRENT")
    assert nova("versions.get_current")["id"] == "v2.1"


def test_every_refusal_has_its_class(
    nova: Client, novaclient: Program, service: Process, organization: str
) -> None:
    made = make(nova)
    endpoint = f"{service.base}/v2.1"
    reader = novaclient.connect(endpoint, issue(service.folder, "reader", organization))
    stranger = novaclient.connect(endpoint, str(uuid4()))
    other = novaclient.connect(endpoint, issue(service.folder, "member", str(uuid4())))
    for client, call, kind, status in (
        (nova, ("servers.create", "", OF_DOCUMENT_A, "2"), "BadRequest", 400),
        (nova, ("servers.create", "web", OF_DOCUMENT_A, "no-such-flavor"), "BadRequest", 400),
        (nova, ("servers.reboot", made, "LUKEWARM"), "BadRequest", 400),
        (nova, ("servers.start", made), "Conflict", 409),
        (nova, ("servers.get", "web"), "NotFound", 404),
        (reader, ("servers.stop", made), "Forbidden", 403),
        (reader, ("servers.create", "web", OF_DOCUMENT_A, "2"), "Forbidden", 403),
        (stranger, ("servers.list",), "Unauthorized", 401),
        (other, ("servers.delete", made), "NotFound", 404),
    ):
        refusal = client.refused(*call)
        assert (refusal.kind, refusal.status) == (kind, status)
        assert refusal.words not in ("", "n/a")
    assert [server["id"] for server in nova("servers.list")] == [made]
