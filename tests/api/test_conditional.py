"""`ETag`, `If-None-Match` and `If-Match`: the version known, the version expected."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, refuses
from tests.support import SEED_A, SEED_B, Api

PATH: Final = "/servers/my_server"
MALFORMED: Final = (
    "",
    "1",
    '"a b"',
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


@pytest.mark.parametrize("value", MALFORMED)
def test_what_is_no_list_of_entity_tags_is_malformed(api: Api, value: str) -> None:
    api.create()
    headers = {"If-None-Match": value}
    refuses(api, (400, "header.malformed"), "GET", PATH, headers=headers)


def test_several_headers_are_one_list(api: Api) -> None:
    current, later, other = tags(api.create())
    token = ("X-Auth-Token", api.token)
    known = [token, ("If-None-Match", later), ("If-None-Match", current)]
    assert api.client.get(PATH, headers=known).status_code == 304
    expected = [token, ("If-Match", other), ("If-Match", current)]
    assert api.client.put(PATH, headers=expected, json={}).status_code == 200
