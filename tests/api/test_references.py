"""References: an id, failing that the exact name of one live server, on every operation."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, recorded, refuses
from tests.support import Api

OPERATIONS: Final[dict[str, tuple[str, str, Any, int]]] = {
    "get": ("GET", "", None, 200),
    "list actions": ("GET", "/action", None, 200),
    "put": ("PUT", "", {"tags": ["x"]}, 200),
    "patch": ("PATCH", "", {"tags": ["x"]}, 200),
    "rename": ("PATCH", "", {"server": {"new_name": "y"}}, 200),
    "act": ("POST", "/action", {"action": "poweron"}, 202),
    "delete": ("DELETE", "", None, 204),
}
operation = pytest.mark.parametrize("operation", OPERATIONS)


def ask(api: Api, operation: str, ref: str) -> Any:
    method, suffix, json, _ = OPERATIONS[operation]
    return api.request(method, f"/servers/{ref}{suffix}", json=json)


@operation
def test_every_operation_takes_an_id_or_a_name(api: Api, operation: str) -> None:
    by_id, by_name = api.create("first"), api.create("second")
    status = OPERATIONS[operation][3]
    assert ask(api, operation, by_id["id"]).status_code == status
    assert ask(api, operation, by_name["name"]).status_code == status


@operation
def test_an_id_may_be_written_in_capitals(api: Api, operation: str) -> None:
    server = api.create()
    answer = ask(api, operation, server["id"].upper())
    assert answer.status_code == OPERATIONS[operation][3]


@operation
def test_an_unknown_reference_is_told(api: Api, operation: str) -> None:
    method, suffix, json, _ = OPERATIONS[operation]
    api.create("name")
    for ref in (MISSING, "none", "NAME", "nam", "name%20", "nam_", "%25", "*", "x" * 300):
        path = f"/servers/{ref}{suffix}"
        refuses(api, (404, "server.unknown"), method, path, json=json)


@operation
def test_a_name_that_several_bear_is_ambiguous_and_their_ids_are_named(
    api: Api, operation: str
) -> None:
    method, suffix, json, _ = OPERATIONS[operation]
    ids = [api.create("twin")["id"] for _ in range(3)]
    body = refuses(api, (409, "server.ambiguous"), method, f"/servers/twin{suffix}", json=json)
    assert body["detail"] == f"3 servers are named 'twin': {', '.join(ids)}"


def test_of_very_many_bearers_a_hundred_are_named_and_all_are_counted(api: Api) -> None:
    ids = [api.create("twin")["id"] for _ in range(102)]
    for operation in OPERATIONS:
        detail = ask(api, operation, "twin").json()["detail"]
        assert detail == f"102 servers are named 'twin': {', '.join(ids[:100])}, …"


@operation
def test_an_id_comes_before_a_name(api: Api, operation: str) -> None:
    meant = api.create("meant")
    namesake = api.create(meant["id"])
    assert ask(api, operation, meant["id"]).status_code == OPERATIONS[operation][3]
    assert api.get(f"/servers/{namesake['id']}").json() == {"server": namesake}


@operation
def test_a_deleted_server_is_not_found_by_id_or_name(api: Api, operation: str) -> None:
    method, suffix, json, _ = OPERATIONS[operation]
    deleted = api.create("gone")
    api.delete("/servers/gone")
    for ref in (deleted["id"], "gone"):
        refuses(api, (404, "server.unknown"), method, f"/servers/{ref}{suffix}", json=json)


def test_an_ambiguous_name_is_not_once_one_bearer_is_left(api: Api) -> None:
    first, second = api.create("twin"), api.create("twin")
    assert api.delete(f"/servers/{first['id']}").status_code == 204
    assert api.get("/servers/twin").json() == {"server": second}


def test_a_name_means_its_bearer_at_that_time(api: Api) -> None:
    api.create("a")
    api.put("/servers/a", {"name": "b"})
    other = api.create("a")
    assert api.get("/servers/a").json() == {"server": other}
    refuses(api, (404, "server.unknown"), "GET", "/servers/c")


@pytest.mark.parametrize("by", ["id", "name"])
def test_delete_answers_204_with_nothing(api: Api, by: str) -> None:
    server = api.create()
    answer, left = recorded(api, lambda: api.delete(f"/servers/{server[by]}"))
    assert (answer.status_code, answer.content, left) == (204, b"", ["server.deleted"])
    assert "content-type" not in answer.headers
    assert "content-length" not in answer.headers
    assert answer.headers["x-log-position"] == str(api.position)
    assert api.get("/servers").json() == {"servers": []}
    refuses(api, (404, "server.unknown"), "DELETE", f"/servers/{server[by]}")


def test_a_refusal_binds_the_server_that_was_meant_and_keeps_the_reference(api: Api) -> None:
    server = api.create("my server")
    position = api.position
    api.request("POST", "/servers/my%20server/action", json={"action": "resetsoft"})
    ((_, record),) = api.records(position)
    assert record.event.server_id == server["id"]  # type: ignore[attr-defined]
    assert (record.metadata.ref, record.metadata.path) == (
        "my server",
        "/servers/my%20server/action",
    )
