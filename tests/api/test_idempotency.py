"""`Idempotency-Key` on every kind of write: the same request, the first answer again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from tests.api.expecting import recorded, refuses
from tests.api.keyed import WRITES, perform, prepare, same
from tests.support import HOME, SEED_A, Api

KEY: Final = {"Idempotency-Key": "k"}
GONE_AFTERWARDS: Final = ("delete", "terminate", "rename")
case = pytest.mark.parametrize("case", WRITES)


def renew(api: Api, name: str) -> None:
    """Another state of every server, so that an answer made anew would be another one."""
    for server in api.get("/servers").json()["servers"]:
        api.put(f"/servers/{server['id']}", {"keyname": name})


@case
def test_the_same_request_gives_the_first_answer_again(api: Api, case: str) -> None:
    prepare(api, case)
    first = perform(api, case)
    renew(api, "later")
    servers = api.get("/servers").content
    again, left = recorded(api, lambda: perform(api, case))
    same(first, again)
    assert left == ["request.repeated"]
    assert again.headers["x-log-position"] == str(api.position)
    assert api.get("/servers").content == servers


@case
def test_a_write_without_effect_spends_its_key_too(api: Api, case: str) -> None:
    prepare(api, case)
    _, left = recorded(api, lambda: perform(api, case))
    assert (left == ["request.unchanged"]) == WRITES[case].unchanged
    _, left = recorded(api, lambda: perform(api, case))
    assert left == ["request.repeated"]


@case
def test_any_number_of_repetitions_is_answered_alike(api: Api, case: str) -> None:
    prepare(api, case)
    first = perform(api, case)
    for _ in range(3):
        same(first, perform(api, case))


@pytest.mark.parametrize("case", [c for c in WRITES if c not in GONE_AFTERWARDS])
def test_the_same_request_under_another_key_is_another_one(api: Api, case: str) -> None:
    prepare(api, case)
    perform(api, case)
    _, left = recorded(api, lambda: perform(api, case, "another"))
    assert "request.repeated" not in left


@pytest.mark.parametrize(
    ("method", "path", "json"),
    [
        ("POST", "/servers", SEED_A | {"name": "other"}),
        ("POST", "/servers/", SEED_A),
        ("PUT", "/servers/my_server", SEED_A),
        ("PATCH", "/servers/my_server", {}),
        ("DELETE", "/servers/my_server", None),
        ("POST", "/servers/my_server/action", {"action": "poweron"}),
    ],
)
def test_another_request_under_a_spent_key_is_refused(
    api: Api, method: str, path: str, json: Any
) -> None:
    assert api.post("/servers", SEED_A, headers=KEY).status_code == 201
    refuses(api, (422, "key.reused"), method, path, json=json, headers=KEY)


def test_the_same_is_the_bytes_of_the_body(api: Api) -> None:
    body = b'{"name":"x","organization":"%b","image":"y"}' % HOME.encode()
    first = api.post("/servers", content=body, headers=KEY)
    plain = KEY | {"Content-Type": "text/plain", "If-Match": "*"}
    same(first, api.post("/servers", content=body, headers=plain))
    refuses(api, (422, "key.reused"), "POST", "/servers", content=body + b" ", headers=KEY)


@pytest.mark.parametrize(("first", "second"), [("PUT", "PATCH"), ("PATCH", "PUT")])
def test_another_method_is_another_request(api: Api, first: str, second: str) -> None:
    api.create()
    path, json = "/servers/my_server", {"tags": ["a"]}
    assert api.request(first, path, json=json, headers=KEY).status_code == 200
    refuses(api, (422, "key.reused"), second, path, json=json, headers=KEY)


def test_a_reference_by_another_name_is_another_request(api: Api) -> None:
    server = api.create()
    assert api.put("/servers/my_server", {}, headers=KEY).status_code == 200
    refuses(api, (422, "key.reused"), "PUT", f"/servers/{server['id']}", json={}, headers=KEY)


def test_of_many_at_once_one_is_done_and_all_are_answered_alike(api: Api) -> None:
    position = api.position
    with ThreadPoolExecutor(8) as executor:
        asked = [executor.submit(api.post, "/servers", SEED_A, headers=KEY) for _ in range(16)]
        answers = [asking.result() for asking in asked]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["x-log-position"] for answer in answers}) == 16
    names = api.names(position)
    assert names == ["server.created"] + ["request.repeated"] * 15
