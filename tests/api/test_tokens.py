"""Tokens: where they are taken from, and when they are honoured."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from commands.tokens import new_token
from tests.api.expecting import problem, refuses
from tests.support import ADMIN_TOKEN, HOME, SEED_A, Api, running

WRONG: Final[dict[str, dict[str, Any]]] = {
    "none": {},
    "an empty one": {"X-Auth-Token": ""},
    "an unknown one": {"X-Auth-Token": "442988e3-6c0e-4711-b3b2-3ba311cb722b"},
    "upper case": {"X-Auth-Token": ADMIN_TOKEN.upper()},
    "part of one": {"X-Auth-Token": ADMIN_TOKEN[:-1]},
    "one and more": {"X-Auth-Token": ADMIN_TOKEN + "0"},
    "not text": {"X-Auth-Token": b"\xff\xfe"},
    "a very long one": {"X-Auth-Token": "x" * 8_000},
    "SQL": {"X-Auth-Token": "' OR '1'='1"},
    "no scheme": {"Authorization": ADMIN_TOKEN},
    "another scheme": {"Authorization": f"Basic {ADMIN_TOKEN}"},
    "the scheme alone": {"Authorization": "Bearer"},
    "a cookie": {"Cookie": f"X-Auth-Token={ADMIN_TOKEN}"},
    "a wrong one before a right one": {
        "X-Auth-Token": "wrong",
        "Authorization": f"Bearer {ADMIN_TOKEN}",
    },
}
READS: Final = ("/servers", "/servers/x", "/servers/x/action", "/tasks/x", "/flavors", "/flavors/2")
WRITES: Final = (
    ("POST", "/servers"),
    ("PUT", "/servers/x"),
    ("PATCH", "/servers/x"),
    ("DELETE", "/servers/x"),
    ("POST", "/servers/x/action"),
)
REST: Final = ("/images", "/images/x", "/products/servers", "/products/servers/availability")


@pytest.mark.parametrize("case", WRONG)
def test_without_a_valid_token_nothing_is_served(api: Api, case: str) -> None:
    api.create("x")

    bodies = set()
    for path in (*READS, *REST, "/volumes"):
        body = refuses(api, (401, "caller.unknown"), "GET", path, token=None, headers=WRONG[case])
        bodies.add((body["detail"], body["message"]))
    for method, path in WRITES:
        refuses(api, (401, "caller.unknown"), method, path, token=None, headers=WRONG[case])
    assert len(bodies) == 1


def test_a_401_says_how_to_authenticate(api: Api) -> None:
    answer = api.get("/servers", token=None)
    problem(answer, 401, "caller.unknown")
    assert answer.headers["www-authenticate"] == 'Bearer realm="rackledger"'


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Auth-Token": ADMIN_TOKEN},
        {"x-auth-token": ADMIN_TOKEN},
        {"Authorization": f"Bearer {ADMIN_TOKEN}"},
        {"Authorization": f"bearer {ADMIN_TOKEN}"},
        {"X-Auth-Token": ADMIN_TOKEN, "Authorization": "Bearer wrong"},
    ],
)
def test_a_token_is_taken_from_either_header(api: Api, headers: dict[str, str]) -> None:
    assert api.get("/servers", token=None, headers=headers).status_code == 200
    created = api.request("POST", "/servers", token=None, headers=headers, json=SEED_A)
    assert created.status_code == 201


@pytest.mark.parametrize("name", ["X-Auth-Token", "x-auth-token", "token", "access_token"])
def test_a_token_in_the_query_is_no_token(api: Api, name: str) -> None:
    for path in ("/servers", "/flavors", "/servers/x"):
        query = f"{path}?{name}={ADMIN_TOKEN}"
        refuses(api, (401, "caller.unknown"), "GET", query, token=None)
    refuses(api, (400, "request.invalid"), "GET", f"/servers?{name}={ADMIN_TOKEN}", (name,))


def test_a_token_is_a_random_uuid_of_version_4() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    shape = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert all(re.fullmatch(shape, token) for token in tokens)


def test_no_token_is_ever_stored(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        token = api.issue("member", HOME)
        assert api.post("/servers", SEED_A, token=token).status_code == 201
        assert api.get("/servers", token=token).status_code == 200
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in stored
    assert ADMIN_TOKEN.encode() not in stored


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs"])
def test_what_runs_the_service_needs_no_token(api: Api, path: str) -> None:
    assert api.get(path, token=None).status_code == 200
    assert api.get(path, token="wrong").status_code == 200
