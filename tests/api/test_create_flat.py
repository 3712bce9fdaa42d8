"""`POST /servers` with a flat body, as document A makes a server."""

from __future__ import annotations

from typing import Any, Final

import pytest

from domain.values import TAGS_MAX, TEXT_MAX_CHARACTERS, VOLUMES_MAX
from tests.api.expecting import recorded, refuses
from tests.support import HOME, SEED_A, Api

REQUIRED: Final = ["required key not provided"]
READ_ONLY: Final = (
    "id",
    "running",
    "state",
    "private_ip",
    "arch",
    "location",
    "reservation_id",
    "creation_date",
    "modification_date",
    "version",
)
TEXT_WRONG: Final[tuple[Any, ...]] = (1, 1.5, True, [], {}, "", "x" * 256)
WRONG: Final[dict[str, tuple[Any, ...]]] = {
    "name": (None, *TEXT_WRONG),
    "organization": (None, *TEXT_WRONG),
    "image": (None, *TEXT_WRONG),
    "commercial_type": TEXT_WRONG,
    "flavor": TEXT_WRONG,
    "keyname": TEXT_WRONG,
    "network": TEXT_WRONG,
    "dynamic_public_ip": (None, 0, 1, "true", "", [], {}),
    "tags": (None, "a,b", 1, {}, [1], [None], [""], [[]], ["x" * 256], ["t"] * (TAGS_MAX + 1)),
    "volumes": (
        *(None, "v", 1, True, [1], [None], [[]], [""], [{"id": 1}], [{"name": ""}]),
        *({"a": "v"}, {"-1": "v"}, {"1.5": "v"}, {"": "v"}, ["v"] * (VOLUMES_MAX + 1)),
    ),
    "public_ip": (
        *(1, True, [], {}, "", {"id": None}, {"id": ""}, {"address": "x"}),
        *({"id": "x", "dynamic": 1}, {"id": "x", "address": 1}, {"id": "x", "other": 1}),
    ),
}


def test_a_server_is_made_stopped_at_its_first_version(api: Api) -> None:
    answer, left = recorded(api, lambda: api.post("/servers", SEED_A))
    assert (answer.status_code, left) == (201, ["server.created"])
    server = answer.json()["server"]
    assert list(answer.json()) == ["server"]
    assert answer.headers["location"] == f"/servers/{server['id']}"
    assert answer.headers["etag"] == f'"{server["id"]}:1"'
    assert answer.headers["x-log-position"] == str(api.position)
    assert (server["state"], server["version"]) == ("stopped", 1)
    assert api.get(answer.headers["location"]).json() == answer.json()


def test_names_need_not_be_unique(api: Api) -> None:
    first, second = api.create("same"), api.create("same")
    assert first["id"] != second["id"]
    assert api.get("/servers").json() == {"servers": [first, second]}


@pytest.mark.parametrize("name", ["x", "x" * 255, "é" * 255, "🖥" * 255, " ", "0"])
def test_a_name_has_1_to_255_characters(api: Api, name: str) -> None:
    assert api.create(name)["name"] == name


def test_each_missing_field_is_named(api: Api) -> None:
    wanted = {"name": REQUIRED, "organization": REQUIRED, "image": REQUIRED}
    refuses(api, (400, "request.invalid"), "POST", "/servers", wanted, json={})
    for name in wanted:
        body = {key: value for key, value in SEED_A.items() if key != name}
        refuses(api, (400, "request.invalid"), "POST", "/servers", {name: REQUIRED}, json=body)


def test_unknown_and_read_only_fields_are_named(api: Api) -> None:
    body = SEED_A | dict.fromkeys(READ_ONLY, "x") | {"nmae": "x", "min_count": 1, "": 1}
    wanted = {name: ["read-only"] for name in READ_ONLY}
    wanted |= {name: ["unknown field"] for name in ("nmae", "min_count", "")}
    refuses(api, (400, "request.invalid"), "POST", "/servers", wanted, json=body)


@pytest.mark.parametrize("field", WRONG)
def test_a_field_of_a_wrong_kind_is_named(api: Api, field: str) -> None:
    for value in WRONG[field]:
        body = SEED_A | {field: value}
        refuses(api, (400, "request.invalid"), "POST", "/servers", (field,), json=body)


def test_every_bad_field_is_named_at_once(api: Api) -> None:
    body = {field: values[0] for field, values in WRONG.items()} | {"id": "x", "unknown": 1}
    wanted = (*WRONG, "id", "unknown")
    refuses(api, (400, "request.invalid"), "POST", "/servers", wanted, json=body)


@pytest.mark.parametrize("field", ["public_ip", "commercial_type", "flavor", "keyname", "network"])
def test_null_is_as_if_it_had_not_been_sent(api: Api, field: str) -> None:
    assert api.create("x", **{field: None})[field] is None


@pytest.mark.parametrize("field", ["image", "commercial_type", "flavor", "keyname", "network"])
def test_a_text_has_up_to_255_characters(api: Api, field: str) -> None:
    text = "é" * TEXT_MAX_CHARACTERS
    assert api.create("x", **{field: text})[field] == text


def test_as_many_tags_and_volumes_are_taken_as_there_may_be(api: Api) -> None:
    tags = [f"tag-{n}" for n in range(TAGS_MAX)]
    volumes = [f"volume-{n}" for n in range(VOLUMES_MAX)]
    server = api.create("x", tags=tags, volumes=volumes)
    assert server["tags"] == tags
    assert [volume["id"] for volume in server["volumes"]] == volumes


def test_a_tag_given_twice_is_borne_once(api: Api) -> None:
    assert api.create("x", tags=["b", "a", "b"])["tags"] == ["b", "a"]


def test_an_organization_of_the_callers_is_taken_as_sent(api: Api) -> None:
    member = api.issue("member", "any text", HOME)
    answer = api.post("/servers", SEED_A | {"organization": "any text"}, token=member)
    assert answer.json()["server"]["organization"] == "any text"


def test_the_same_body_makes_another_server_each_time(api: Api) -> None:
    ids = {api.post("/servers", SEED_A).json()["server"]["id"] for _ in range(3)}
    assert len(ids) == 3
