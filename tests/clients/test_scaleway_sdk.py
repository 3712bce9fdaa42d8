"""scaleway-sdk 1.15.0, document A's own family: flat bodies, a slash behind every path."""

from __future__ import annotations

from typing import Any, Final

import httpx2
import pytest

pytestmark = pytest.mark.clients

OF_DOCUMENT_A: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"


def create(compute: Any, organization: str, name: str = "my_server", **fields: Any) -> Any:
    body = {"name": name, "organization": organization, "image": OF_DOCUMENT_A}
    return compute.servers.post(body | fields)["server"]


def test_a_server_is_made_listed_and_got(compute: Any, organization: str) -> None:
    assert compute.servers.get() == {"servers": []}
    made = create(
        compute,
        organization,
        tags=["test", "www"],
        volumes={"1": {"id": "b", "name": "second"}, "0": {"id": "a", "name": "first"}},
        dynamic_public_ip=True,
        commercial_type="VC1S",
    )
    assert made == {
        "id": made["id"],
        "name": "my_server",
        "organization": organization,
        "image": OF_DOCUMENT_A,
        "volumes": [{"id": "a", "name": "first"}, {"id": "b", "name": "second"}],
        "tags": ["test", "www"],
        "running": False,
        "state": "stopped",
        "dynamic_public_ip": True,
        "public_ip": None,
        "private_ip": None,
        "flavor": None,
        "keyname": None,
        "network": None,
        "commercial_type": "VC1S",
        "arch": "x86_64",
        "location": None,
        "reservation_id": None,
        "metadata": {},
        "creation_date": made["creation_date"],
        "modification_date": made["creation_date"],
        "version": 1,
    }
    assert compute.servers.get() == {"servers": [made]}
    assert compute.servers(made["id"]).get() == {"server": made}
    assert compute.servers("my_server").get() == {"server": made}


def test_a_server_is_renamed_and_retagged(compute: Any, organization: str) -> None:
    made = create(compute, organization)
    renamed = compute.servers(made["id"]).put({"name": "renamed", "tags": ["live"]})["server"]
    changed = {
        "name": "renamed",
        "tags": ["live"],
        "version": 2,
        "modification_date": renamed["modification_date"],
    }
    assert renamed == made | changed
    assert compute.servers(made["id"]).get() == {"server": renamed}


def test_what_was_read_can_be_sent_back_with_a_change(compute: Any, organization: str) -> None:
    made = create(compute, organization, tags=["test"])
    sent = made | {"name": "renamed"}
    assert compute.servers(made["id"]).put(sent)["server"]["name"] == "renamed"
    again = compute.servers(made["id"]).get()["server"]
    assert compute.servers(made["id"]).put(again)["server"] == again


def test_actions_are_listed_and_taken(compute: Any, organization: str) -> None:
    server = compute.servers(create(compute, organization)["id"])
    words = ["poweron", "poweroff", "resetsoft", "resethard", "backup", "restore"]
    assert server.action.get() == {"actions": words}
    seen = []
    for word in ("poweron", "resetsoft", "reboot", "backup", "poweroff", "resethard", "restore"):
        task = server.action.post({"action": word})["task"]
        assert task["description"] == f"server_{word}"
        assert compute.tasks(task["id"]).get() == {"task": task}
        shown = server.get()["server"]
        seen.append((word, shown["state"], shown["version"]))
    assert seen == [
        ("poweron", "running", 2),
        ("resetsoft", "running", 3),
        ("reboot", "running", 4),
        ("backup", "running", 5),
        ("poweroff", "stopped", 6),
        ("resethard", "running", 7),
        ("restore", "running", 8),
    ]


def test_a_backup_brings_the_server_back(compute: Any, organization: str) -> None:
    made = create(compute, organization, tags=["before"])
    server = compute.servers(made["id"])
    task = server.action.post({"action": "backup", "name": "before the change"})["task"]
    assert task["backup"] == {
        "id": task["backup"]["id"],
        "name": "before the change",
        "version": 1,
    }
    server.put({"name": "changed", "tags": ["after"]})
    server.action.post({"action": "poweron"})
    server.action.post({"action": "restore", "backup": "before the change"})
    shown = server.get()["server"]
    changed = {"version": 5, "modification_date": shown["modification_date"]}
    assert shown == made | changed


def test_a_deleted_server_is_gone(compute: Any, organization: str) -> None:
    kept, gone = create(compute, organization, "a"), create(compute, organization, "b")
    assert compute.servers(gone["id"]).delete() is True
    assert compute.servers.get() == {"servers": [kept]}


def test_a_terminated_server_is_gone_and_its_task_stays(compute: Any, organization: str) -> None:
    made = create(compute, organization)
    task = compute.servers(made["id"]).action.post({"action": "terminate"})["task"]
    assert compute.servers.get() == {"servers": []}
    assert compute.tasks(task["id"]).get() == {"task": task}


def test_a_long_list_is_walked_by_its_pages(
    compute: Any, http: httpx2.Client, organization: str
) -> None:
    asked = {"name": "a", "flavor": "m1.tiny", "image": OF_DOCUMENT_A, "max_count": 100}
    made = http.post("/servers", json={"server": asked}).json()["servers"]
    made += [create(compute, organization, name) for name in ("b", "c")]
    pages: list[Any] = []
    while not pages or pages[-1]:
        pages.append(compute.servers.get(page=len(pages) + 1, per_page=100)["servers"])
    assert pages == [made[:100], made[100:], []]


def test_the_catalogue_is_read(compute: Any, organization: str) -> None:
    images = compute.images.get()["images"]
    assert OF_DOCUMENT_A in [image["id"] for image in images]
    assert compute.images(images[0]["id"]).get() == {"image": images[0]}
    types = compute.products.servers.get()["servers"]
    assert list(types) == list(compute.products.servers.availability.get()["servers"])
    flavors = compute.flavors.get()["flavors"]
    assert compute.flavors("m1.small").get()["flavor"] in flavors
    create(compute, organization, volumes=[{"id": "a", "name": "first"}])
    (volume,) = compute.volumes.get()["volumes"]
    assert (volume["id"], volume["name"], volume["organization"]) == ("a", "first", organization)
