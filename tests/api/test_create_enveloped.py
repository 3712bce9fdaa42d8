"""`POST /servers` with a body in an envelope, as document B makes a server."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import recorded, refuses
from tests.support import ELSEWHERE, HOME, SEED_A, SEED_B, Api

INNER: Final = SEED_B["server"]
REQUIRED: Final = ["required key not provided"]
OF_DOCUMENT_A: Final = ("public_ip", "dynamic_public_ip", "commercial_type")
WRONG: Final[dict[str, tuple[Any, ...]]] = {
    "name": (None, 1, "", "x" * 256, [], {}),
    "flavor": (None, 1, "", "x" * 256, [], {}),
    "image": (None, 1, "", "x" * 256, [], {}),
    "keyname": (1, "", "x" * 256, [], {}),
    "network": (1, "", "x" * 256, [], {}),
    "tags": (None, "a", [1], [""]),
    "volumes": (None, "a", [1], {"a": "b"}),
    "min_count": (None, 0, -1, 101, 1.0, "1", True, [], 2**63),
    "max_count": (0, -1, 101, 1.5, "1", True, [], 2**63),
    "return_reservation_id": (None, 0, 1, "true", []),
}


def enveloped(**fields: Any) -> dict[str, Any]:
    return {"server": INNER | fields}


def test_a_server_is_made_stopped_in_the_tokens_organization(api: Api) -> None:
    answer, left = recorded(api, lambda: api.post("/servers", SEED_B))
    assert (answer.status_code, left) == (200, ["server.created"])
    assert list(answer.json()) == ["server"]
    server = answer.json()["server"]
    assert server.items() >= {"organization": HOME, "state": "stopped", "version": 1}.items()
    assert answer.headers["location"] == f"/servers/{server['id']}"
    assert answer.headers["etag"] == f'"{server["id"]}:1"'
    assert answer.headers["x-log-position"] == str(api.position)
    assert api.get(answer.headers["location"]).json() == answer.json()


def test_only_name_flavor_and_image_are_required(api: Api) -> None:
    least = {"name": "x", "flavor": "1", "image": "y"}
    answer = api.post("/servers", {"server": least})
    assert answer.status_code == 200
    server = answer.json()["server"]
    assert server.items() >= {**least, "keyname": None, "network": None, "tags": []}.items()


def test_null_is_as_if_it_had_not_been_sent(api: Api) -> None:
    answer = api.post("/servers", enveloped(keyname=None, network=None, max_count=None))
    assert answer.json()["server"].items() >= {"keyname": None, "network": None}.items()
    assert list(answer.json()) == ["server"]


def test_each_missing_field_is_named_by_its_bare_name(api: Api) -> None:
    wanted = {"name": REQUIRED, "flavor": REQUIRED, "image": REQUIRED}
    refuses(api, (400, "request.invalid"), "POST", "/servers", wanted, json={"server": {}})
    for name in wanted:
        inner = {key: value for key, value in INNER.items() if key != name}
        expected = {name: REQUIRED}
        refuses(api, (400, "request.invalid"), "POST", "/servers", expected, json={"server": inner})


@pytest.mark.parametrize("field", WRONG)
def test_a_field_of_a_wrong_kind_is_named_by_its_bare_name(api: Api, field: str) -> None:
    for value in WRONG[field]:
        body = enveloped(**{field: value})
        refuses(api, (400, "request.invalid"), "POST", "/servers", (field,), json=body)


def test_every_bad_field_is_named_at_once(api: Api) -> None:
    body = enveloped(**{field: values[0] for field, values in WRONG.items()}, id="x", nmae="x")
    refuses(api, (400, "request.invalid"), "POST", "/servers", (*WRONG, "id", "nmae"), json=body)


def test_fields_of_the_flat_form_are_unknown_in_an_envelope(api: Api) -> None:
    body = enveloped(**dict.fromkeys(OF_DOCUMENT_A, None), organization=ELSEWHERE, new_name="x")
    wanted = {name: ["unknown field"] for name in (*OF_DOCUMENT_A, "new_name")}
    wanted["organization"] = ["read-only"]
    refuses(api, (400, "request.invalid"), "POST", "/servers", wanted, json=body)


def test_what_stands_beside_the_envelope_is_unknown(api: Api) -> None:
    wanted = {"name": ["unknown field"], "servers": ["unknown field"]}
    body = SEED_B | {"name": "x", "servers": []}
    refuses(api, (400, "request.invalid"), "POST", "/servers", wanted, json=body)


@pytest.mark.parametrize("inner", [None, "x", 1, True, [], [INNER]])
def test_an_envelope_that_holds_no_object_is_named(api: Api, inner: Any) -> None:
    body = {"server": inner}
    refuses(api, (400, "request.invalid"), "POST", "/servers", ("server",), json=body)
    mixed = SEED_A | body
    wanted = (*SEED_A, "server")
    refuses(api, (400, "request.invalid"), "POST", "/servers", wanted, json=mixed)


def test_a_field_named_as_the_envelope_is_unknown_in_it(api: Api) -> None:
    wanted = {"server": ["unknown field"]}
    body = enveloped(server={})
    refuses(api, (400, "request.invalid"), "POST", "/servers", wanted, json=body)
