"""Nova's metadata: whole and by the item, merged and replaced."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.expecting import MISSING, recorded
from tests.api.nova.expecting import SERVERS, create, refused, show
from tests.nova_schemas import conforms
from tests.support import HOME, Api


def at(server_id: str, key: str = "") -> str:
    return f"{SERVERS}/{server_id}/metadata" + (f"/{key}" if key else "")


def test_items_are_set_beside_the_others_and_all_are_answered(api: Api) -> None:
    server_id = create(api, metadata={"a": "1", "b": "2"})
    body = {"metadata": {"b": "3", "c": "4"}}
    answer, left = recorded(api, lambda: api.post(at(server_id), body))
    everything = {"a": "1", "b": "3", "c": "4"}
    assert conforms("metadata", answer)["metadata"] == everything
    assert left == ["server.updated"]
    assert conforms("metadata", api.get(at(server_id)))["metadata"] == everything
    assert show(api, server_id)["metadata"] == everything
    assert api.get(f"/servers/{server_id}").json()["server"]["metadata"] == everything


def test_all_are_replaced(api: Api) -> None:
    server_id = create(api, metadata={"a": "1", "b": "2"})
    for items in ({"b": "3"}, {}):
        answer = api.put(at(server_id), {"metadata": items})
        assert conforms("metadata", answer)["metadata"] == items
        assert conforms("metadata", api.get(at(server_id)))["metadata"] == items


def test_one_item_is_set_shown_and_removed(api: Api) -> None:
    server_id = create(api, metadata={"a": "1"})
    answer = api.put(at(server_id, "a%2Fb"), {"meta": {"a/b": "2"}})
    assert conforms("metadata item", answer)["meta"] == {"a/b": "2"}
    assert conforms("metadata item", api.get(at(server_id, "a%2Fb")))["meta"] == {"a/b": "2"}
    conforms("metadata item deleted", api.delete(at(server_id, "a%2Fb")))
    assert api.get(at(server_id)).json() == {"metadata": {"a": "1"}}


def test_an_item_that_is_not_there_is_not_found(api: Api) -> None:
    server_id = create(api, metadata={"a": "1"})
    refused(api, lambda: api.get(at(server_id, "b")), 404)
    refused(api, lambda: api.delete(at(server_id, "b")), 404, "metadata.unknown")
    for path in (at(MISSING), at(MISSING, "a"), at("web-1"), at("web-1", "a")):
        refused(api, lambda path=path: api.get(path), 404)  # type: ignore[misc]
    body = {"metadata": {"a": "2"}}
    refused(api, lambda: api.post(at(MISSING), body), 404, "server.unknown")
    refused(api, lambda: api.put(at("web-1"), body), 404, "server.unknown")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"metadata": []},
        {"metadata": {"a": 1}},
        {"metadata": {"a": None}},
        {"metadata": {"": "x"}},
        {"metadata": {"x" * 256: "x"}},
        {"metadata": {"a": "x" * 256}},
        {"metadata": {str(n): "" for n in range(129)}},
        {"metadata": {"a": "b"}, "more": 1},
    ],
)
def test_what_is_no_metadata_is_refused(api: Api, body: Any) -> None:
    server_id = create(api)
    refused(api, lambda: api.post(at(server_id), body), 400)
    refused(api, lambda: api.put(at(server_id), body), 400)


@pytest.mark.parametrize("body", [{}, {"meta": {}}, {"meta": {"b": "x"}}, {"meta": {"a": 1}}])
def test_an_item_is_of_the_key_in_the_path(api: Api, body: Any) -> None:
    server_id = create(api)
    refused(api, lambda: api.put(at(server_id, "a"), body), 400)


def test_more_than_a_server_holds_is_refused(api: Api) -> None:
    server_id = create(api, metadata={str(n): "" for n in range(128)})
    refused(api, lambda: api.post(at(server_id), {"metadata": {"more": ""}}), 400)
    assert api.post(at(server_id), {"metadata": {"0": "x"}}).status_code == 200


def test_a_version_that_is_expected_is_held_to(api: Api) -> None:
    server_id = create(api)
    stale = {"If-Match": f'"{server_id}:9"'}
    body = {"metadata": {"a": "b"}}
    refused(api, lambda: api.post(at(server_id), body, headers=stale), 412, "version.stale")
    reader = api.issue("reader", HOME)
    refused(api, lambda: api.post(at(server_id), body, token=reader), 403, "right.missing")
    fresh = {"If-Match": f'"{server_id}:1"', "Idempotency-Key": "k"}
    first = api.post(at(server_id), body, headers=fresh)
    again, left = recorded(api, lambda: api.post(at(server_id), body, headers=fresh))
    assert (first.status_code, again.content, left) == (200, first.content, ["request.repeated"])
