"""Document B by plain HTTP: no published client speaks it. Its bodies are those that it prints."""

from __future__ import annotations

from typing import Final

import httpx2
import pytest

pytestmark = pytest.mark.clients

CREATE: Final = b"""{
    "server": {
        "name": "demo_instance_final",
        "flavor": "m1.small",
        "image": "cirros-0.3.4-x86_64-uec",
        "keyname": "admin-key",
        "network": "private"
    }
}\x20

"""
UPDATE: Final = b"""{
    "server": {
        "new_name": "demo_instance_update"
    }
}\x20

"""
RAW: Final = {"Content-Type": "text/plain;charset=UTF-8"}
"""What "raw" in the editor that the document names sends."""


def test_every_operation_works_as_printed(http: httpx2.Client, organization: str) -> None:
    assert http.get("/servers").json() == {"servers": []}

    created = http.post("/servers", content=CREATE, headers=RAW)
    assert created.status_code == 200
    server = created.json()["server"]
    assert server == {
        "id": server["id"],
        "name": "demo_instance_final",
        "organization": organization,
        "image": "cirros-0.3.4-x86_64-uec",
        "volumes": [],
        "tags": [],
        "running": False,
        "state": "stopped",
        "dynamic_public_ip": False,
        "public_ip": None,
        "private_ip": None,
        "flavor": "m1.small",
        "keyname": "admin-key",
        "network": "private",
        "commercial_type": None,
        "arch": "x86_64",
        "location": None,
        "reservation_id": None,
        "metadata": {},
        "creation_date": server["creation_date"],
        "modification_date": server["creation_date"],
        "version": 1,
    }
    assert http.get("/servers").json() == {"servers": [server]}
    got = http.get(f"/servers/{server['id']}")
    assert (got.status_code, got.json()) == (200, {"server": server})

    updated = http.patch("/servers/demo_instance_final", content=UPDATE, headers=RAW)
    assert updated.status_code == 200
    renamed = updated.json()["server"]
    changed = {
        "name": "demo_instance_update",
        "version": 2,
        "modification_date": renamed["modification_date"],
    }
    assert renamed == server | changed
    assert http.get("/servers/demo_instance_final").status_code == 404

    deleted = http.delete("/servers/demo_instance_update")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert http.get("/servers").json() == {"servers": []}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        RAW,
        {"Content-Type": "application/json"},
        {"Content-Type": "application/json; charset=utf-8"},
        {"Content-Type": "application/vnd.api+json"},
    ],
)
def test_the_raw_editor_and_others_may_send_it(
    http: httpx2.Client, headers: dict[str, str]
) -> None:
    created = http.post("/servers", content=CREATE, headers=headers)
    assert created.status_code == 200
    assert http.get("/servers").json() == {"servers": [created.json()["server"]]}


def test_several_servers_are_made_with_a_reservation_id(http: httpx2.Client) -> None:
    asked = {"name": "web", "flavor": "m1.small", "image": "cirros-0.3.4-x86_64-uec"}
    several = http.post("/servers", json={"server": asked | {"min_count": 2, "max_count": 3}})
    body = several.json()
    assert several.status_code == 200
    assert [server["name"] for server in body["servers"]] == ["web-1", "web-2", "web-3"]
    assert body["server"] == body["servers"][0]
    assert {server["reservation_id"] for server in body["servers"]} == {body["reservation_id"]}
    found = http.get("/servers", params={"reservation_id": body["reservation_id"]})
    assert found.json() == {"servers": body["servers"]}


def test_several_servers_are_made_for_their_reservation_id_alone(http: httpx2.Client) -> None:
    asked = {"name": "job", "flavor": "m1.tiny", "image": "x", "max_count": 2}
    answer = http.post("/servers", json={"server": asked | {"return_reservation_id": True}})
    assert (answer.status_code, list(answer.json())) == (200, ["reservation_id"])
    found = http.get("/servers", params=answer.json()).json()["servers"]
    assert [server["name"] for server in found] == ["job-1", "job-2"]


def test_the_flavors_are_novas_classic_five(http: httpx2.Client) -> None:
    flavors = [
        {"id": "1", "name": "m1.tiny", "ram": 512, "disk": 1, "vcpus": 1},
        {"id": "2", "name": "m1.small", "ram": 2048, "disk": 20, "vcpus": 1},
        {"id": "3", "name": "m1.medium", "ram": 4096, "disk": 40, "vcpus": 2},
        {"id": "4", "name": "m1.large", "ram": 8192, "disk": 80, "vcpus": 4},
        {"id": "5", "name": "m1.xlarge", "ram": 16384, "disk": 160, "vcpus": 8},
    ]
    assert http.get("/flavors").json() == {"flavors": flavors}
    for flavor in flavors:
        for ref in (flavor["id"], flavor["name"]):
            assert http.get(f"/flavors/{ref}").json() == {"flavor": flavor}
