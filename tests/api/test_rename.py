"""`new_name`, document B's word: in the envelope only, beside other fields or alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.expecting import recorded, refuses
from tests.support import Api

METHODS = pytest.mark.parametrize("method", ["PATCH", "PUT"])


def rename(api: Api, method: str, **fields: Any) -> Any:
    return api.request(method, "/servers/my_server", json={"server": fields})


@METHODS
def test_new_name_alone_renames(api: Api, method: str) -> None:
    created = api.create()
    answer, left = recorded(api, lambda: rename(api, method, new_name="other"))
    assert (answer.status_code, left) == (200, ["server.renamed"])
    server = answer.json()["server"]
    assert server == created | {
        "name": "other",
        "version": 2,
        "modification_date": server["modification_date"],
    }
    assert api.get("/servers/other").json() == answer.json()
    assert api.get("/servers/my_server").status_code == 404


@METHODS
def test_other_fields_may_stand_beside_it(api: Api, method: str) -> None:
    api.create()
    answer, left = recorded(
        api, lambda: rename(api, method, new_name="other", tags=["a"], image=None)
    )
    assert left == ["server.updated"]
    changed = {"name": "other", "tags": ["a"], "image": None, "version": 2}
    assert answer.json()["server"].items() >= changed.items()


@METHODS
def test_what_was_read_may_stand_beside_it(api: Api, method: str) -> None:
    created = api.create()
    answer, left = recorded(api, lambda: rename(api, method, **created, new_name="other"))
    assert left == ["server.renamed"]
    assert answer.json()["server"]["name"] == "other"


@METHODS
def test_a_name_beside_it_must_be_the_present_one(api: Api, method: str) -> None:
    api.create()
    for name in ("another", None, 1):
        body = {"server": {"new_name": "other", "name": name}}
        wanted = {"name": ["read-only"]}
        path = "/servers/my_server"
        refuses(api, (400, "request.invalid"), method, path, wanted, json=body)


@METHODS
def test_the_present_name_as_the_new_one_changes_nothing(api: Api, method: str) -> None:
    created = api.create()
    answer, left = recorded(api, lambda: rename(api, method, new_name="my_server"))
    assert (answer.json(), left) == ({"server": created}, ["request.unchanged"])


@METHODS
def test_a_name_that_another_server_bears_is_taken(api: Api, method: str) -> None:
    api.create("other")
    api.create()
    assert rename(api, method, new_name="other").status_code == 200
    assert [s["name"] for s in api.get("/servers").json()["servers"]] == ["other", "other"]


@METHODS
def test_in_a_flat_body_new_name_is_unknown(api: Api, method: str) -> None:
    api.create()
    wanted = {"new_name": ["unknown field"]}
    refuses(
        api,
        (400, "request.invalid"),
        method,
        "/servers/my_server",
        wanted,
        json={"new_name": "other"},
    )


@METHODS
@pytest.mark.parametrize("new_name", [None, "", "x" * 256, 1, [], {}])
def test_a_new_name_has_1_to_255_characters(api: Api, method: str, new_name: Any) -> None:
    api.create()
    body = {"server": {"new_name": new_name, "unknown": 1}}
    wanted = ("new_name", "unknown")
    refuses(api, (400, "request.invalid"), method, "/servers/my_server", wanted, json=body)


@METHODS
@pytest.mark.parametrize("inner", [None, "x", 1, []])
def test_an_envelope_that_holds_no_object_is_named(api: Api, method: str, inner: Any) -> None:
    api.create()
    path = "/servers/my_server"
    refuses(api, (400, "request.invalid"), method, path, ("server",), json={"server": inner})


@METHODS
def test_what_stands_beside_the_envelope_is_unknown(api: Api, method: str) -> None:
    api.create()
    body = {"server": {"new_name": "other"}, "name": "x", "new_name": "y"}
    wanted = {"name": ["unknown field"], "new_name": ["unknown field"]}
    refuses(api, (400, "request.invalid"), method, "/servers/my_server", wanted, json=body)
