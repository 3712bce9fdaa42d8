"""What the OpenAPI document says of zones: every operation is answered as told."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import pytest

from api.scaleway.routes import OPERATIONS
from tests.api.test_openapi import conforms
from tests.api.zones import IMAGE, NEW, ZONE, make
from tests.support import HOME, Api

MOUNT: Final = "/instance/v1/zones/{zone}"
BODIES: Final[dict[str, Any]] = {
    "POST /servers": NEW | {"image": IMAGE, "public_ip": "ip", "volumes": {"1": {"size": 512}}},
    "PATCH /servers/{ref}": {"name": "db"},
    "PUT /servers/{ref}": {"tags": ["a"]},
    "POST /servers/{ref}/action": {"action": "backup"},
    "POST /servers/{ref}/attach-volume": {"volume_id": "{volume}"},
    "POST /servers/{ref}/detach-volume": {"volume_id": "{attached}"},
    "POST /volumes": {"name": "data", "size": 10**9},
    "PATCH /volumes/{id}": {"name": "more"},
    "POST /snapshots": {"name": "before", "volume_id": "{volume}"},
    "PATCH /snapshots/{id}": {"name": "after"},
    "POST /images": {"name": "golden", "root_volume": "{snapshot}"},
    "PATCH /images/{id}": {"name": "silver"},
}
CASES: Final = [f"{o.method} {o.path.removeprefix(MOUNT)}" for o in OPERATIONS]


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/openapi.json", token=None).json()
    return found


def some(api: Api) -> dict[str, str]:
    """One of everything, by what paths and bodies call it."""
    server = make(api, image=IMAGE)
    action = {"action": "backup", "name": "nightly"}
    task = api.post(f"{ZONE}/servers/{server['id']}/action", action).json()["task"]
    volume = api.post(f"{ZONE}/volumes", {"name": "data", "size": 10**9}).json()["volume"]["id"]
    snapshot = api.post(f"{ZONE}/snapshots", {"name": "s", "volume_id": volume}).json()["snapshot"]
    return {
        "{ref}": server["id"],
        "{task}": task["id"],
        "{attached}": server["volumes"]["0"]["id"],
        "{volume}": volume,
        "{snapshot}": snapshot["id"],
        "{image}": task["backup"]["id"],
    }


def filled(path: str, found: dict[str, str]) -> str:
    """A path that is there."""
    kind = path.split("/")[1].removesuffix("s")
    return ZONE + path.replace("{ref}", found["{ref}"]).replace(
        "{id}", found.get(f"{{{kind}}}", "")
    )


@pytest.mark.parametrize("case", CASES)
def test_every_operation_is_answered_as_told(api: Api, document: dict[str, Any], case: str) -> None:
    method, _, path = case.partition(" ")
    found = some(api)
    if path.startswith("/volumes/") and method == "DELETE":
        conforms(document, method, MOUNT + path, api.delete(filled(path, {"{ref}": "", **found})))
        return
    body = BODIES.get(case)
    if body is not None:
        body = {name: found.get(str(value), value) for name, value in body.items()}
    answer = api.request(method, filled(path, found), json=body)
    assert 200 <= answer.status_code < 300, answer.text
    conforms(document, method, MOUNT + path, answer)


@pytest.mark.parametrize("case", CASES)
def test_every_refusal_is_answered_as_told(api: Api, document: dict[str, Any], case: str) -> None:
    method, _, path = case.partition(" ")
    found = dict.fromkeys(("{ref}", "{task}", "{volume}", "{snapshot}", "{image}"), str(uuid4()))
    made = make(api)
    reader = api.issue("reader", HOME)
    for kwargs in (
        {"token": None},
        {"token": reader},
        {"headers": {"If-Match": '"x:1"'}},
        {"headers": {"X-Min-Position": "x"}},
        {"content": b"{"},
        {"content": b"{}", "headers": {"Content-Type": "application/xml"}},
        {"content": b"{}"},
    ):
        for known in (found, found | {"{ref}": made["id"]}):
            target = filled(path, known)
            for place in (target, target.replace("fr-par-1", "nowhere")):
                answer = api.request(method, place, **kwargs)
                if answer.status_code >= 400:
                    conforms(document, method, MOUNT + path, answer)


def test_every_body_has_an_example_that_is_taken(api: Api, document: dict[str, Any]) -> None:
    for operation in OPERATIONS:
        told = document["paths"][operation.path][operation.method.lower()]
        if operation.body:
            content = told["requestBody"]["content"]["application/json"]
            assert content["examples"], operation.path


def test_every_link_names_an_operation_and_its_parameters(document: dict[str, Any]) -> None:
    operations = {
        told["operationId"]: {p["name"] for p in told["parameters"]}
        for methods in document["paths"].values()
        for told in methods.values()
    }
    for operation in OPERATIONS:
        told = document["paths"][operation.path][operation.method.lower()]
        for answer in told["responses"].values():
            for name, link in answer.get("links", {}).items():
                assert link["operationId"] == name
                assert link["parameters"].keys() <= operations[name]
                assert "zone" in link["parameters"]
