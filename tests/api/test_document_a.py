"""Document A, operation by operation, with the bodies that it prints."""

from __future__ import annotations

import re

from tests.api.expecting import MISSING, UUID, problem
from tests.support import HOME, Api

JSON = {"Content-Type": "application/json"}

A_CREATE = b"""{
                "organization": "f030e920-9743-4f28-8164-964ba8555fa5",
                "name": "my_server",
                "image": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
            }
"""
A_PRINTED = {
    "dynamic_public_ip": False,
    "image": None,
    "name": "Server-0-0",
    "organization": "f030e920-9743-4f28-8164-964ba8555fa5",
    "private_ip": None,
    "public_ip": None,
    "running": False,
    "tags": [],
    "volumes": [{"id": "f56af4c9-d902-4a17-88d6-a0a03f2c28c0", "name": "Volume-0-0-0"}],
}
ACTIONS = {"actions": ["poweron", "poweroff", "resetsoft", "resethard", "backup", "restore"]}


def test_document_a_creates_a_server_from_the_body_it_prints(api: Api) -> None:
    answer = api.post("/servers", content=A_CREATE, headers=JSON)
    assert answer.status_code == 201
    server = answer.json()["server"]
    assert re.fullmatch(UUID, server["id"])
    assert answer.headers["location"] == f"/servers/{server['id']}"
    assert (server["name"], server["organization"], server["image"]) == (
        "my_server",
        HOME,
        "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
    )


def test_document_a_creates_with_all_of_its_parameters(api: Api) -> None:
    sent = {
        "name": "my_server",
        "organization": HOME,
        "image": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
        "volumes": ["f56af4c9-d902-4a17-88d6-a0a03f2c28c0"],
        "tags": ["test", "www"],
        "public_ip": "4j6b46e4-edc2-32da-8ba6-dc5f853243tw",
        "dynamic_public_ip": True,
    }
    answer = api.post("/servers", sent)
    assert answer.status_code == 201
    assert (
        answer.json()["server"].items()
        >= {
            **sent,
            "volumes": [{"id": "f56af4c9-d902-4a17-88d6-a0a03f2c28c0", "name": None}],
            "public_ip": {
                "id": "4j6b46e4-edc2-32da-8ba6-dc5f853243tw",
                "address": None,
                "dynamic": False,
            },
        }.items()
    )


def test_document_a_lists_and_retrieves_what_it_prints(api: Api) -> None:
    made = api.create("Server-0-0", volumes=A_PRINTED["volumes"])
    api.put(f"/servers/{made['id']}", {"image": None})
    listed = api.get("/servers")
    assert listed.status_code == 200
    (server,) = listed.json()["servers"]
    retrieved = api.get(f"/servers/{made['id']}")
    assert retrieved.status_code == 200
    assert retrieved.json() == {"server": server}
    assert server.items() >= A_PRINTED.items()


def test_document_a_updates_and_removes_by_id(api: Api) -> None:
    path = f"/servers/{api.create()['id']}"
    updated = api.put(path, {"name": "other", "tags": ["www"]})
    assert updated.status_code == 200
    assert updated.json()["server"].items() >= {"name": "other", "tags": ["www"]}.items()
    removed = api.delete(path)
    assert (removed.status_code, removed.content) == (204, b"")
    assert api.get(path).status_code == 404
    assert api.get("/servers").json() == {"servers": []}


def test_document_a_lists_the_actions_as_printed_and_takes_each(api: Api) -> None:
    path = f"/servers/{api.create()['id']}/action"
    listed = api.get(path)
    assert (listed.status_code, listed.json()) == (200, ACTIONS)
    assert [api.post(path, {"action": action}).status_code for action in ACTIONS["actions"]] == [
        202,
        202,
        409,  # a stopped server cannot be restarted softly
        202,
        202,
        202,
    ]


def test_document_a_answers_with_the_refusals_that_it_names(api: Api) -> None:
    problem(api.post("/servers", {"name": "x"}), 400, "request.invalid", ("image", "organization"))
    problem(api.post("/servers", content=A_CREATE, token=None), 401, "caller.unknown")
    problem(api.get("/servers", token=None), 401, "caller.unknown")
    problem(api.get(f"/servers/{MISSING}"), 404, "server.unknown")
    problem(api.put(f"/servers/{MISSING}", {}), 404, "server.unknown")
    problem(api.delete(f"/servers/{MISSING}"), 404, "server.unknown")
