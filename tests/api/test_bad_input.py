"""Bad input: accepted exactly or refused cleanly, never a 5xx, and the list still answers."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

import pytest

from tests.api.asgi import raw
from tests.api.expecting import problem, refuses
from tests.api.naughty import NAUGHTY
from tests.support import SEED_A, SEED_B, Api

TEXTS: Final = ("name", "image", "flavor", "keyname", "network", "commercial_type")
MANY: Final[dict[str, tuple[str, Any]]] = {
    "tags": ("tags", ["t"] * 10_000),
    "different tags": ("tags", [str(n) for n in range(8_000)]),
    "volumes": ("volumes", ["v"] * 10_000),
    "volumes by number": ("volumes", {str(n): "" for n in range(5_000)}),
    "bad volumes": ("volumes", [0] * 20_000),
    "bad tags": ("tags", [{}] * 20_000),
    "a long name": ("name", "x" * 60_000),
    "a long image": ("image", "🖥" * 15_000),
    "a name as a list": ("name", ["x"] * 10_000),
    "a deep name": ("name", json.loads("[" * 30 + "]" * 30)),
}


def listed(api: Api) -> list[dict[str, Any]]:
    """What every list shows alike."""
    answer = api.get("/servers")
    assert answer.status_code == 200
    assert api.get("/servers?page=1&per_page=100").json() == answer.json()
    assert api.get("/servers?limit=1000").json() == answer.json()
    servers: list[dict[str, Any]] = answer.json()["servers"]
    return servers


@pytest.mark.parametrize("text", NAUGHTY)
def test_a_naughty_text_is_kept_exactly_wherever_text_may_stand(api: Api, text: str) -> None:
    sent: dict[str, Any] = dict.fromkeys(TEXTS, text) | {"tags": [text]}
    volumes = [{"id": text, "name": text}]
    address = {"id": text, "address": text, "dynamic": False}
    server = api.create(volumes=volumes, public_ip=address, **({"name": "x"} | sent))
    assert server.items() >= {**sent, "volumes": volumes, "public_ip": address}.items()
    assert listed(api) == [server]
    reference = quote(text, safe="").replace(".", "%2E").encode()
    assert json.loads(raw(api, "GET", b"/servers/" + reference).content) == {"server": server}
    found = api.get("/servers", params={"name": text, "image": text, "flavor": text})
    assert found.json() == {"servers": [server]}
    updated = api.patch(f"/servers/{server['id']}", {"server": {"new_name": "y", "tags": [text]}})
    assert updated.json()["server"].items() >= {"name": "y", "tags": [text]}.items()


@pytest.mark.parametrize("text", NAUGHTY)
def test_a_naughty_text_in_path_query_and_action_is_refused_cleanly(api: Api, text: str) -> None:
    server = api.create()
    reference = quote(text, safe="").replace(".", "%2E").encode()
    for path in (b"/servers/", b"/tasks/", b"/flavors/", b"/images/", b"/docs/"):
        assert raw(api, "GET", path + reference).status_code in (200, 404)
    assert raw(api, "DELETE", b"/servers/" + reference).status_code == 404
    for name in ("state", "running", "page", "per_page", "limit", "after", text):
        assert api.get("/servers", params={name: text}).status_code in (200, 400)
    problem(api.act("my_server", text), 400, "request.invalid", ("action",))
    problem(api.act("my_server", "restore", backup=text), 409, "backup.unknown")
    problem(
        api.put("/servers/my_server", {f"x{text}": 1}), 400, "request.invalid", (f"x{text}"[:80],)
    )
    assert listed(api) == [server]


@pytest.mark.parametrize("case", MANY)
def test_very_much_of_anything_is_refused_by_name(api: Api, case: str) -> None:
    field, value = MANY[case]
    api.create()
    for method, path, body in (
        ("POST", "/servers", SEED_A | {field: value}),
        ("POST", "/servers", {"server": SEED_B["server"] | {field: value}}),
        ("PUT", "/servers/my_server", {field: value}),
        ("PATCH", "/servers/my_server", {"server": {field: value}}),
    ):
        refuses(api, (400, "request.invalid"), method, path, (field,), json=body)


def test_very_many_unknown_fields_are_refused_within_bounds(api: Api) -> None:
    body = {f"f{n}": 1 for n in range(6_000)}
    api.create()
    for method, path in (("POST", "/servers"), ("PUT", "/servers/my_server")):
        answer = api.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
        assert answer.json()["fields"].keys() >= body.keys()
        assert len(answer.content) < 1_000_000


def test_very_many_bad_members_are_told_within_bounds(api: Api) -> None:
    answer = api.post("/servers", SEED_A | {"tags": [1] * 100})
    assert len(answer.json()["fields"]["tags"]) <= 100
    assert len(answer.content) < 10_000


@pytest.mark.parametrize("name", ["X-Auth-Token", "Authorization", "If-Match", "If-None-Match"])
def test_odd_headers_break_nothing(api: Api, name: str) -> None:
    server = api.create()
    for value in ("\t", "%00", "a" * 8_000, b"\xff\xfe", '"' * 999, "W/" * 99, ", " * 999, "{}"):
        for method, path in (("GET", "/servers/my_server"), ("PUT", "/servers/my_server")):
            answer = api.request(method, path, headers={name: value}, json={})
            assert answer.status_code in (200, 304, 400, 401, 412)
    assert listed(api) == [server]
