"""Paths: with and without a trailing slash, as sent, each segment decoded once and strictly."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.api.asgi import RawAnswer, raw
from tests.api.expecting import problem, refused
from tests.support import SEED_A, Api

READS = (
    "/servers",
    "/servers/my_server",
    "/servers/my_server/action",
    "/flavors",
    "/flavors/m1.small",
    "/images",
    "/images/4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
    "/products/servers",
    "/products/servers/availability",
    "/volumes",
    "/healthz",
    "/readyz",
    "/openapi.json",
)
UNKNOWN = ("/nowhere", "/servers/a/b", "/servers/a/action/b", "/tasks", "/SERVERS", "/v2.2/x")
NAMES = (
    "web/action",
    "web/",
    "/",
    "a%2Fb",
    "%",
    "a b",
    "a+b",
    "é",
    "名前",
    "🖥",
    "?x=1#y",
    "..",
    ".",
    "a;b=c",
    "\u202e",
    "\r\n",
)
NOT_UTF_8 = (b"%FF", b"a%C3", b"%C0%AF", b"%ED%A0%80", b"%F5%80%80%80", b"\xff", b"caf\xe9")
STRAY = (b"%", b"%zz", b"100%", b"%4", b"a%2", b"%%41")


def detail(answer: RawAnswer) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["code"]


@pytest.mark.parametrize("path", READS)
def test_a_trailing_slash_reads_the_same_without_a_redirect(api: Api, path: str) -> None:
    api.create()
    plain = api.get(path, follow_redirects=False)
    slashed = api.get(path + "/", follow_redirects=False)
    assert (plain.status_code, slashed.status_code) == (200, 200)
    assert slashed.content == plain.content


def test_a_trailing_slash_writes_the_same_without_a_redirect(api: Api) -> None:
    created = api.post("/servers/", SEED_A, follow_redirects=False)
    assert created.status_code == 201
    path = created.headers["location"]
    assert api.put(f"{path}/", {"name": "a"}, follow_redirects=False).status_code == 200
    assert api.patch(f"{path}/", {"name": "b"}, follow_redirects=False).status_code == 200
    acted = api.post(f"{path}/action/", {"action": "poweron"}, follow_redirects=False)
    assert acted.status_code == 202
    assert api.get(acted.headers["location"] + "/").status_code == 200
    assert api.delete(f"{path}/", follow_redirects=False).status_code == 204


@pytest.mark.parametrize("path", UNKNOWN)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_an_unknown_path_is_told_in_json_without_a_token(api: Api, path: str, method: str) -> None:
    refused(api, lambda: api.request(method, path, token=None), 404, "route.unknown")


def test_an_unknown_path_is_answered_to_head_too(api: Api) -> None:
    answer = api.request("HEAD", "/nowhere", token=None)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_two_trailing_slashes_are_another_path(api: Api) -> None:
    problem(api.get("/servers//"), 404, "route.unknown")


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_a_reference_once_encoded(api: Api, name: str) -> None:
    server = api.create(name)
    path = b"/servers/" + quote(name, safe="").replace(".", "%2E").encode()
    found = raw(api, "GET", path)
    assert (found.status_code, json.loads(found.content)) == (200, {"server": server})
    assert raw(api, "GET", path + b"/action").status_code == 200
    assert raw(api, "GET", path + b"/").status_code == 200
    assert raw(api, "DELETE", path).status_code == 204
    assert api.get("/servers").json() == {"servers": []}


def test_a_segment_is_decoded_once_only(api: Api) -> None:
    api.create("a/b")
    encoded_twice = api.create("a%2Fb")
    assert api.get("/servers/a%252Fb").json() == {"server": encoded_twice}


def test_a_plus_in_a_path_is_a_plus(api: Api) -> None:
    plus = api.create("a+b")
    api.create("a b")
    assert json.loads(raw(api, "GET", b"/servers/a+b").content) == {"server": plus}


def test_raw_utf_8_in_a_path_is_its_text(api: Api) -> None:
    server = api.create("é")
    assert json.loads(raw(api, "GET", "/servers/é".encode()).content) == {"server": server}


@pytest.mark.parametrize("segment", NOT_UTF_8 + STRAY + (b"%00", b"a%00b"))
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_path_that_is_not_encoded_utf_8_is_malformed(
    api: Api, method: str, segment: bytes
) -> None:
    position = api.position
    assert detail(raw(api, method, b"/servers/" + segment)) == (400, "path.malformed")
    assert detail(raw(api, method, b"/servers/" + segment + b"/")) == (400, "path.malformed")
    if method == "GET":
        for path in (b"/servers/" + segment + b"/action", b"/tasks/" + segment):
            assert detail(raw(api, method, path)) == (400, "path.malformed")
    assert api.names(position) == []


@pytest.mark.parametrize("path", [b"/flavors/%FF", b"/images/%FF", b"/docs/%FF"])
def test_the_other_paths_are_as_strict(api: Api, path: bytes) -> None:
    assert detail(raw(api, "GET", path)) == (400, "path.malformed")
