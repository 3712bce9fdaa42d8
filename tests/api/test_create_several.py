"""Several servers at once, with or without a reservation id."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from tests.api.expecting import recorded, refuses
from tests.api.test_server_shape import check_shape
from tests.support import SEED_B, Api

INNER: Final = SEED_B["server"]
RESERVATION: Final = r"r-[a-z0-9]{8}"


def ask(api: Api, **fields: Any) -> Any:
    return api.post("/servers", {"server": INNER | fields})


def listed(api: Api, query: str = "") -> list[dict[str, Any]]:
    servers: list[dict[str, Any]] = api.get(f"/servers{query}").json()["servers"]
    return servers


def test_max_count_makes_that_many_numbered_from_1(api: Api) -> None:
    answer, left = recorded(api, lambda: ask(api, name="web", max_count=3))
    assert (answer.status_code, left) == (200, ["server.created"] * 3)
    body = answer.json()
    assert list(body) == ["server", "servers", "reservation_id"]
    assert [server["name"] for server in body["servers"]] == ["web-1", "web-2", "web-3"]
    assert body["server"] == body["servers"][0]
    assert listed(api) == body["servers"]
    for server in body["servers"]:
        check_shape(server)
    assert len({server["id"] for server in body["servers"]}) == 3
    assert answer.headers["location"] == f"/servers/{body['server']['id']}"
    assert answer.headers["x-log-position"] == str(api.position)


def test_every_one_shows_the_reservation_id_and_is_found_by_it(api: Api) -> None:
    api.create("other")
    first = ask(api, name="a", max_count=2).json()
    second = ask(api, name="b", max_count=2).json()
    for body in (first, second):
        assert re.fullmatch(RESERVATION, body["reservation_id"])
        assert {s["reservation_id"] for s in body["servers"]} == {body["reservation_id"]}
        assert listed(api, f"?reservation_id={body['reservation_id']}") == body["servers"]
    assert first["reservation_id"] != second["reservation_id"]
    assert listed(api, "?reservation_id=r-00000000") == []


def test_a_reservation_id_outlives_updates(api: Api) -> None:
    body = ask(api, name="a", max_count=2).json()
    updated = api.put("/servers/a-1", {"name": "renamed"}).json()["server"]
    assert updated["reservation_id"] == body["reservation_id"]
    found = listed(api, f"?reservation_id={body['reservation_id']}")
    assert found == [updated, body["servers"][1]]


def test_return_reservation_id_is_answered_with_it_alone(api: Api) -> None:
    answer = ask(api, max_count=2, return_reservation_id=True)
    assert answer.status_code == 200
    assert list(answer.json()) == ["reservation_id"]
    found = listed(api, f"?reservation_id={answer.json()['reservation_id']}")
    assert [server["name"] for server in found] == [f"{INNER['name']}-1", f"{INNER['name']}-2"]
    assert answer.headers["location"] == f"/servers/{found[0]['id']}"


def test_a_single_server_may_be_asked_for_with_a_reservation_id_too(api: Api) -> None:
    answer = ask(api, return_reservation_id=True)
    assert list(answer.json()) == ["reservation_id"]
    (server,) = listed(api, f"?reservation_id={answer.json()['reservation_id']}")
    assert server["name"] == INNER["name"]


@pytest.mark.parametrize(
    "counts", [{}, {"max_count": 1}, {"min_count": 1}, {"return_reservation_id": False}]
)
def test_a_single_create_has_no_reservation_id_and_no_number(
    api: Api, counts: dict[str, Any]
) -> None:
    answer = ask(api, **counts)
    assert list(answer.json()) == ["server"]
    assert answer.json()["server"]["reservation_id"] is None
    assert answer.json()["server"]["name"] == INNER["name"]


@pytest.mark.parametrize(
    ("counts", "made"),
    [
        ({"min_count": 2}, 2),
        ({"min_count": 1, "max_count": 3}, 3),
        ({"min_count": 3, "max_count": 3}, 3),
        ({"min_count": 2, "max_count": None}, 2),
        ({"max_count": 100}, 100),
    ],
)
def test_as_many_are_made_as_max_count_says_or_else_min_count(
    api: Api, counts: dict[str, Any], made: int
) -> None:
    assert len(ask(api, **counts).json()["servers"]) == made
    assert len(listed(api)) == made


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"max_count": 101}, ["max_count"]),
        ({"min_count": 101}, ["min_count"]),
        ({"max_count": 0}, ["max_count"]),
        ({"min_count": 0}, ["min_count"]),
        ({"min_count": 3, "max_count": 2}, ["min_count"]),
        ({"min_count": 3, "max_count": 2, "name": ""}, ["min_count", "name"]),
        ({"min_count": 3, "max_count": 2, "tags": 1}, ["min_count", "tags"]),
        ({"name": "x" * 252, "max_count": 100}, ["name"]),
        ({"name": "x" * 254, "max_count": 2}, ["name"]),
        ({"name": "x" * 254, "max_count": 2, "image": ""}, ["image", "name"]),
        ({"name": "x" * 254, "min_count": 2}, ["name"]),
    ],
)
def test_all_or_none_are_made(api: Api, fields: dict[str, Any], named: list[str]) -> None:
    body = {"server": INNER | fields}
    refuses(api, (400, "request.invalid"), "POST", "/servers", named, json=body)


def test_the_longest_name_leaves_room_for_its_number(api: Api) -> None:
    made = ask(api, name="x" * 251, max_count=100).json()["servers"]
    assert made[-1]["name"] == "x" * 251 + "-100"
    assert ask(api, name="x" * 255, max_count=1).status_code == 200


def test_several_share_their_fields_and_their_new_volumes(api: Api) -> None:
    made = ask(api, max_count=2, tags=["a"], volumes=["v"]).json()["servers"]
    assert [server["tags"] for server in made] == [["a"], ["a"]]
    assert [server["volumes"] for server in made] == [[{"id": "v", "name": None}]] * 2


def test_each_is_a_server_of_its_own(api: Api) -> None:
    made = ask(api, name="a", max_count=2).json()["servers"]
    assert api.delete("/servers/a-1").status_code == 204
    assert listed(api) == [made[1]]
