"""`If-Match` on every write: the version expected, judged before the change."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, recorded, refuses
from tests.api.test_conditional import MALFORMED, PATH, tags
from tests.support import SEED_A, Api

WRITES: Final[dict[str, tuple[str, str, Any, int]]] = {
    "put": ("PUT", PATH, {"tags": ["x"]}, 200),
    "put without effect": ("PUT", PATH, {}, 200),
    "patch": ("PATCH", PATH, {"server": {"new_name": "y"}}, 200),
    "act": ("POST", f"{PATH}/action", {"action": "poweron"}, 202),
    "act without effect": ("POST", f"{PATH}/action", {"action": "poweroff"}, 202),
    "back up": ("POST", f"{PATH}/action", {"action": "backup"}, 202),
    "terminate": ("POST", f"{PATH}/action", {"action": "terminate"}, 202),
    "delete": ("DELETE", PATH, None, 204),
}


write = pytest.mark.parametrize("case", WRITES)


def ask(api: Api, case: str, condition: str) -> Any:
    method, path, json, _ = WRITES[case]
    return api.request(method, path, json=json, headers={"If-Match": condition})


@write
def test_a_write_on_the_expected_version_is_done(api: Api, case: str) -> None:
    for shape in ("{0}", "{2}, {0}", "{1} ,{0}", "W/{1}, {0}", "*"):
        condition = shape.format(*tags(api.create()))
        assert ask(api, case, condition).status_code == WRITES[case][3]
        for server in api.get("/servers").json()["servers"]:
            api.delete(f"/servers/{server['id']}")


@write
def test_a_write_on_another_version_changes_nothing(api: Api, case: str) -> None:
    method, path, json, _ = WRITES[case]
    current, later, other = tags(api.create())
    for stale in (later, other, f"{later}, {other}", f"W/{current}", f"W/{current}, {other}", '""'):
        headers = {"If-Match": stale}
        body = refuses(api, (412, "version.stale"), method, path, json=json, headers=headers)
        assert body["detail"] == "the server is at version 1"


def test_of_two_writes_on_one_version_the_second_is_stale(api: Api) -> None:
    current, _, _ = tags(api.create())
    first, left = recorded(
        api, lambda: api.put(PATH, {"tags": ["a"]}, headers={"If-Match": current})
    )
    assert (first.status_code, left) == (200, ["server.updated"])
    headers = {"If-Match": current}
    refuses(api, (412, "version.stale"), "PUT", PATH, json={"tags": ["b"]}, headers=headers)


def test_a_create_has_no_version_to_match(api: Api) -> None:
    headers = {"If-Match": f'"{MISSING}:1"'}
    refuses(api, (412, "version.stale"), "POST", "/servers", json=SEED_A, headers=headers)


@pytest.mark.parametrize("value", MALFORMED)
def test_what_is_no_list_of_entity_tags_is_malformed(api: Api, value: str) -> None:
    api.create()
    headers = {"If-Match": value}
    for method, path, json, _ in WRITES.values():
        refuses(api, (400, "header.malformed"), method, path, json=json, headers=headers)
