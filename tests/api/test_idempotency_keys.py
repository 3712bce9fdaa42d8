"""Idempotency keys themselves: their form, whose they are, what spends them."""

from __future__ import annotations

from typing import Any, Final

import pytest

from api.http.callers import token_within
from tests.api.expecting import problem, refuses
from tests.api.keyed import same
from tests.api.test_idempotency import KEY
from tests.support import ADMIN_TOKEN, ELSEWHERE, HOME, SEED_A, SEED_B, Api

GOOD_KEYS: Final = ("k", "K" * 255, "!~", '"quoted"', "a,b;c=d")


BAD_KEYS: Final = ("", " ", "a b", "k" * 256, b"\xc3\xa9", "a\tb", b"\xff")


def test_a_refused_request_does_not_spend_its_key(api: Api) -> None:
    for wrong in ({"name": ""}, SEED_A | {"tags": 1}):
        problem(api.post("/servers", wrong, headers=KEY), 400, "request.invalid", _named(wrong))
    for _ in range(2):
        refuses(api, (404, "server.unknown"), "DELETE", "/servers/x", headers=KEY)
    api.create("x")
    assert api.put("/servers/x", {"tags": ["a"]}, headers=KEY).status_code == 200
    refuses(api, (422, "key.reused"), "DELETE", "/servers/x", headers=KEY)


def _named(body: dict[str, Any]) -> tuple[str, ...]:
    return ("tags",) if "tags" in body else ("image", "name", "organization")


def test_a_rule_that_refused_once_is_judged_again(api: Api) -> None:
    api.create()
    body, path = {"action": "resetsoft"}, "/servers/my_server/action"
    refuses(api, (409, "server.stopped"), "POST", path, json=body, headers=KEY)
    api.act("my_server", "poweron")
    assert api.post(path, body, headers=KEY).status_code == 202


def test_a_key_is_not_good_for_another_organization(api: Api) -> None:
    member = api.issue("member", HOME, ELSEWHERE)
    body = {"server": {"name": "a", "flavorRef": "2", "imageRef": SEED_A["image"]}}
    here, there = (token_within(member, where) for where in (HOME, ELSEWHERE))
    for token, path, sent in (
        (ADMIN_TOKEN, "/v2.1/servers", body),
        (member, "/v2.1/servers", body),
        (member, "/servers", SEED_B),
    ):
        key = {"Idempotency-Key": f"{token}{path}"}
        headers = key | {"X-Auth-Token": token_within(token, HOME)}
        first = api.post(path, sent, token=None, headers=headers)
        assert first.status_code in (200, 202)
        position = api.position
        headers = key | {"X-Auth-Token": token_within(token, ELSEWHERE)}
        assert api.post(path, sent, token=None, headers=headers).status_code == 422
        assert api.names(position) == ["request.refused"]
    made = api.create("mine", organization=HOME)
    target = f"/servers/{made['id']}"
    assert api.put(target, {"tags": ["a"]}, token=here, headers=KEY).status_code == 200
    refuses(api, (422, "key.reused"), "PUT", target, json={"tags": ["a"]}, token=there, headers=KEY)


def test_keys_are_each_principals_own(api: Api) -> None:
    member = api.issue("member", HOME)
    first = api.post("/servers", SEED_A, headers=KEY)
    theirs = api.post("/servers", SEED_A | {"name": "other"}, headers=KEY, token=member)
    assert theirs.status_code == 201
    same(first, api.post("/servers", SEED_A, headers=KEY))
    assert len(api.get("/servers").json()["servers"]) == 2


@pytest.mark.parametrize("key", GOOD_KEYS)
def test_a_key_has_1_to_255_visible_characters(api: Api, key: str) -> None:
    headers = {"Idempotency-Key": key}
    first = api.post("/servers", SEED_A, headers=headers)
    same(first, api.post("/servers", SEED_A, headers=headers))


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_malformed_key_is_refused(api: Api, key: Any) -> None:
    headers = {"Idempotency-Key": key}
    refuses(api, (400, "header.malformed"), "POST", "/servers", json=SEED_A, headers=headers)
    api.create()
    refuses(api, (400, "header.malformed"), "DELETE", "/servers/my_server", headers=headers)


def test_a_key_on_a_read_is_ignored(api: Api) -> None:
    assert api.get("/servers", headers=KEY).status_code == 200
    assert api.post("/servers", SEED_A, headers=KEY).status_code == 201
