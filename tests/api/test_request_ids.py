"""`X-Request-Id` and `traceparent`: taken or made, answered, and stored with the event."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from tests.api.expecting import UUID, problem
from tests.support import HOME, SEED_A, SEED_B, Api

TRACE: Final = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TAKEN: Final = ("1", "x" * 128, "a,b;c=d", "!~", '{"x":1}', "442988e3-6c0e-4711-b3b2-3ba311cb722b")
NOT_TAKEN: Final = ("", " ", "a b", "x" * 129, "a\tb", b"\xc3\xa9", b"\xff")
NOT_TRACES: Final = (
    *("", "x", TRACE.upper(), TRACE[:-1], f"00-{TRACE}", "a" * 5_000, b"\xff"),
    *(f"{TRACE}-", f"{TRACE}-x", f"ff{TRACE[2:]}", f"01{TRACE[2:]}-{'x' * 201}"),
    *(f"00-{'0' * 32}{TRACE[35:]}", f"{TRACE[:36]}{'0' * 16}-01"),
)
LATER_TRACES: Final = (f"01{TRACE[2:]}", f"cc{TRACE[2:]}-{'x' * 200}", f"01{TRACE[2:]}-")
PATHS: Final = ("/servers", "/servers/none", "/nowhere", "/healthz", "/openapi.json", "/docs")


def metadata(api: Api, position: int) -> list[Any]:
    return [record.metadata for _, record in api.records(position)]


@pytest.mark.parametrize("request_id", TAKEN)
def test_a_request_id_is_taken_and_answered(api: Api, request_id: str) -> None:
    for path in PATHS:
        answer = api.get(path, headers={"X-Request-Id": request_id})
        assert answer.headers.get_list("x-request-id") == [request_id]


@pytest.mark.parametrize("request_id", NOT_TAKEN)
def test_one_that_cannot_be_taken_is_replaced(api: Api, request_id: Any) -> None:
    answer = api.get("/servers", headers={"X-Request-Id": request_id})
    assert answer.status_code == 200
    assert re.fullmatch(UUID, answer.headers["x-request-id"])


def test_without_one_each_request_is_given_its_own(api: Api) -> None:
    made = [api.get(path).headers["x-request-id"] for path in PATHS * 2]
    assert all(re.fullmatch(UUID, request_id) for request_id in made)
    assert len(set(made)) == len(made)


def test_an_error_tells_it_in_its_body_too(api: Api) -> None:
    headers = {"X-Request-Id": "mine"}
    for answer in (
        api.get("/nowhere", headers=headers),
        api.get("/servers", headers=headers, token=None),
        api.post("/servers", {}, headers=headers),
        api.delete("/servers", headers=headers),
    ):
        assert answer.json()["request_id"] == answer.headers["x-request-id"] == "mine"
    problem(answer, 405, "method.unsupported")


def test_both_are_stored_with_every_record_of_the_request(api: Api) -> None:
    headers = {"X-Request-Id": "mine", "traceparent": TRACE, "Idempotency-Key": "k"}
    several = {"server": SEED_B["server"] | {"max_count": 2}}
    reader = api.issue("reader", HOME)
    position = api.position
    api.post("/servers", several, headers=headers)
    api.post("/servers", several, headers=headers)
    api.put("/servers/none", {}, headers={**headers, "Idempotency-Key": "l"})
    api.post("/servers", SEED_A, headers={**headers, "Idempotency-Key": "l"}, token=reader)
    stored = metadata(api, position)
    assert [found.outcome for found in stored] == [
        "accepted",
        "accepted",
        "repeated",
        "refused",
        "refused",
    ]
    assert {found.request_id for found in stored} == {"mine"}
    assert {found.traceparent for found in stored} == {TRACE}


def test_a_made_request_id_is_stored_as_answered(api: Api) -> None:
    position = api.position
    answer = api.post("/servers", SEED_A)
    (stored,) = metadata(api, position)
    assert (stored.request_id, stored.traceparent) == (answer.headers["x-request-id"], None)


@pytest.mark.parametrize("traceparent", LATER_TRACES)
def test_a_traceparent_of_a_later_version_is_kept(api: Api, traceparent: str) -> None:
    position = api.position
    assert api.post("/servers", SEED_A, headers={"traceparent": traceparent}).status_code == 201
    (stored,) = metadata(api, position)
    assert stored.traceparent == traceparent


@pytest.mark.parametrize("traceparent", NOT_TRACES)
def test_what_is_no_traceparent_is_left_out(api: Api, traceparent: Any) -> None:
    position = api.position
    answer = api.post("/servers", SEED_A, headers={"traceparent": traceparent})
    assert answer.status_code == 201
    (stored,) = metadata(api, position)
    assert stored.traceparent is None


def test_what_else_is_stored_of_a_request(api: Api) -> None:
    member = api.issue("member", HOME)
    api.create("a b")
    position = api.position
    api.request("PUT", "/servers/a%20b/", content=b'{"tags":["x"]}', token=member)
    (stored,) = metadata(api, position)
    assert (stored.method, stored.path, stored.ref) == ("PUT", "/servers/a%20b/", "a b")
    assert (stored.dialect, stored.command, stored.status) == ("root", "update_server", 200)
    assert (stored.organization, stored.action) == (HOME, None)
    assert re.fullmatch(r"[0-9a-f]{32}", stored.source)
    assert re.fullmatch(r"[0-9a-f]{64}", stored.body_hmac)
    assert stored.body_sha256 is None
