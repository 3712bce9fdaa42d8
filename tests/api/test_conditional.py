"""`ETag`, `If-None-Match` and `If-Match`: the version known, the version expected."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, recorded, refuses
from tests.support import SEED_A, SEED_B, Api

PATH: Final = "/servers/my_server"
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
MALFORMED: Final = (
    "",
    "1",
    "x:1",
    '"',
    '"a',
    'a"',
    '"a" "b"',
    '"a",',
    ',"a"',
    'w/"a"',
    'W/ "a"',
    "W/",
    '*, "a"',
    "**",
    "'a'",
)
write = pytest.mark.parametrize("case", WRITES)


def ask(api: Api, case: str, condition: str) -> Any:
    method, path, json, _ = WRITES[case]
    return api.request(method, path, json=json, headers={"If-Match": condition})


def tags(server: dict[str, Any]) -> tuple[str, str, str]:
    """The ETag of a server, and two that it never had: a later version, another server."""
    version = server["version"]
    return f'"{server["id"]}:{version}"', f'"{server["id"]}:{version + 1}"', f'"{MISSING}:1"'


def test_every_answer_with_one_server_has_its_etag(api: Api) -> None:
    for answer, version in (
        (api.post("/servers", SEED_A), 1),
        (api.get(PATH), 1),
        (api.request("HEAD", PATH), 1),
        (api.put(PATH, {"tags": ["x"]}), 2),
        (api.patch(PATH, {}), 2),
        (api.act("my_server", "poweron"), 3),
        (api.act("my_server", "poweron"), 3),
        (api.get(PATH), 3),
        (api.post("/servers", SEED_B), 1),
    ):
        body = answer.json() if answer.content else {}
        ref = body.get("server", {}).get("id") or api.get(PATH).json()["server"]["id"]
        assert answer.headers["etag"] == f'"{ref}:{version}"'


def test_a_known_version_is_not_sent_again(api: Api) -> None:
    current, later, other = tags(api.create())
    for known in (
        current,
        f"W/{current}",
        f"{other}, {current}",
        f'"a" , {current},"b"',
        f"{other},W/{current}",
        "*",
        " * ",
    ):
        for method in ("GET", "HEAD"):
            answer = api.request(method, PATH, headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == current
            assert "content-type" not in answer.headers
    for unknown in (later, other, f"{other}, {later}", f"W/{later}", '""'):
        answer = api.get(PATH, headers={"If-None-Match": unknown})
        assert (answer.status_code, answer.headers["etag"]) == (200, current)


def test_a_version_that_has_passed_is_sent_anew(api: Api) -> None:
    old, _, _ = tags(api.create())
    api.put(PATH, {"tags": ["x"]})
    assert api.get(PATH, headers={"If-None-Match": old}).status_code == 200


def test_a_name_that_means_another_server_by_now_is_sent_anew(api: Api) -> None:
    old, _, _ = tags(api.create())
    api.delete(PATH)
    api.create()
    assert api.get(PATH, headers={"If-None-Match": old}).status_code == 200
    refuses(api, (412, "version.stale"), "PUT", PATH, json={}, headers={"If-Match": old})


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


@pytest.mark.parametrize("value", MALFORMED)
def test_what_is_no_list_of_entity_tags_is_malformed(api: Api, value: str) -> None:
    api.create()
    for method, path, json, _ in WRITES.values():
        headers = {"If-Match": value}
        refuses(api, (400, "header.malformed"), method, path, json=json, headers=headers)
    headers = {"If-None-Match": value}
    refuses(api, (400, "header.malformed"), "GET", PATH, headers=headers)


def test_several_headers_are_one_list(api: Api) -> None:
    current, later, other = tags(api.create())
    token = ("X-Auth-Token", api.token)
    known = [token, ("If-None-Match", later), ("If-None-Match", current)]
    assert api.client.get(PATH, headers=known).status_code == 304
    expected = [token, ("If-Match", other), ("If-Match", current)]
    assert api.client.put(PATH, headers=expected, json={}).status_code == 200


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
