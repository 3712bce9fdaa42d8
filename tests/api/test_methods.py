"""Methods: HEAD and OPTIONS wherever GET works, and a true `Allow` where one is not served."""

from __future__ import annotations

from typing import Final

import pytest

from api.app import SPOKEN
from api.root.dialect import ROOT
from tests.api.expecting import problem, refuses
from tests.support import Api

READ_ONLY: Final = "GET, HEAD, OPTIONS"
ALLOW: Final = {
    "/": READ_ONLY,
    "/servers": "GET, HEAD, OPTIONS, POST",
    "/servers/{ref}": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
    "/servers/{ref}/action": "GET, HEAD, OPTIONS, POST",
    "/servers/{ref}/revert": "OPTIONS, POST",
    "/servers/{ref}/audit": READ_ONLY,
    "/servers/{ref}/events": READ_ONLY,
    "/servers/{ref}/blame": READ_ONLY,
    "/servers/{ref}/diff": READ_ONLY,
    "/servers/{ref}/timemap": READ_ONLY,
    "/audit": READ_ONLY,
    "/events": READ_ONLY,
    "/events/{position}": READ_ONLY,
    "/diff": READ_ONLY,
    "/timemap": READ_ONLY,
    "/tasks/{id}": READ_ONLY,
    "/flavors": READ_ONLY,
    "/flavors/{ref}": READ_ONLY,
    "/images": "GET, HEAD, OPTIONS, POST",
    "/images/{id}": "DELETE, GET, HEAD, OPTIONS, PATCH",
    "/products/servers": READ_ONLY,
    "/products/servers/availability": READ_ONLY,
    "/volumes": "GET, HEAD, OPTIONS, POST",
    "/volumes/{id}": "DELETE, GET, HEAD, OPTIONS, PATCH",
    "/snapshots": "GET, HEAD, OPTIONS, POST",
    "/snapshots/{id}": "DELETE, GET, HEAD, OPTIONS, PATCH",
    "/healthz": READ_ONLY,
    "/readyz": READ_ONLY,
    "/metrics": READ_ONLY,
    "/openapi.json": READ_ONLY,
    "/docs": READ_ONLY,
    "/docs/{name}": READ_ONLY,
}
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
EXAMPLES: Final = {
    **{
        path: path.replace("{ref}", "my_server")
        for path in ALLOW
        if path.startswith("/servers/{ref}/")
    },
    "/servers/{ref}/diff": "/servers/my_server/diff?from=1",
    "/events/{position}": "/events/1",
    "/diff": "/diff?from=1",
    "/servers/{ref}": "/servers/my_server",
    "/servers/{ref}/action": "/servers/my_server/action",
    "/flavors/{ref}": "/flavors/m1.small",
    "/images/{id}": "/images/4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
    "/docs/{name}": "/docs/swagger-ui.css",
}


def example(api: Api, path: str) -> str:
    """A path that is there."""
    api.create()
    if path == "/tasks/{id}":
        return str(api.act("my_server", "poweron").headers["location"])
    if path in ("/volumes/{id}", "/snapshots/{id}"):
        body = {"name": "a", "size": 1}
        volume = api.post("/volumes", body).json()["volume"]["id"]
        body = {"name": "a", "volume_id": volume}
        made = api.post("/snapshots", body).json()["snapshot"]["id"]
        return f"/volumes/{volume}" if path == "/volumes/{id}" else f"/snapshots/{made}"
    return EXAMPLES.get(path, path)


def test_this_table_names_every_path_that_is_served() -> None:
    assert {operation.path for operation in SPOKEN[ROOT]} == set(ALLOW)


@pytest.mark.parametrize("path", ALLOW)
def test_a_method_that_a_path_does_not_take_is_told_what_it_takes(api: Api, path: str) -> None:
    target = example(api, path)
    for method in METHODS:
        if method in ALLOW[path].split(", "):
            continue
        if method == "HEAD":
            answer = api.request(method, target)
            assert (answer.status_code, answer.content) == (405, b"")
            assert answer.headers["allow"] == ALLOW[path]
            continue
        refuses(api, (405, "method.unsupported"), method, target)
        answer = api.request(method, f"{target}/", token=None)
        problem(answer, 405, "method.unsupported")
        assert answer.headers["allow"] == ALLOW[path]


@pytest.mark.parametrize("path", ALLOW)
def test_options_tells_the_methods_without_a_token(api: Api, path: str) -> None:
    answer = api.request("OPTIONS", example(api, path), token=None)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == ALLOW[path]


@pytest.mark.parametrize(
    "path", [path for path in ALLOW if path != "/metrics" and "GET" in ALLOW[path]]
)
def test_head_answers_as_get_does_less_the_body(api: Api, path: str) -> None:
    target = example(api, path)
    got, headed = api.get(target), api.request("HEAD", target)
    assert (headed.status_code, headed.content) == (200, b"")
    del got.headers["x-request-id"], headed.headers["x-request-id"]
    assert headed.headers == got.headers


def test_head_is_refused_as_get_is(api: Api) -> None:
    for path, kwargs, status in (
        ("/servers", {"token": None}, 401),
        ("/servers?page=0", {}, 400),
        ("/servers/none", {}, 404),
    ):
        answer = api.request("HEAD", path, **kwargs)
        assert (answer.status_code, answer.content) == (status, b"")
        assert answer.headers["content-type"] == "application/problem+json"
