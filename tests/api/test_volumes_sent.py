"""`volumes` and `public_ip` in every form that a body may give them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api.expecting import UUID, recorded
from tests.support import SEED_B, Api


def forms(api: Api, volumes: Any) -> list[Any]:
    """The same volumes by a flat create, an enveloped one, and an update."""
    flat = api.create("flat", volumes=volumes)
    enveloped = api.post("/servers", {"server": SEED_B["server"] | {"volumes": volumes}})
    api.create("updated")
    updated = api.put("/servers/updated", {"volumes": volumes})
    assert (enveloped.status_code, updated.status_code) == (200, 200)
    servers = (flat, enveloped.json()["server"], updated.json()["server"])
    return [server["volumes"] for server in servers]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ([], []),
        ({}, []),
        (["b", "a"], [{"id": "b", "name": None}, {"id": "a", "name": None}]),
        ([{"id": "b", "name": "root"}], [{"id": "b", "name": "root"}]),
        ([{"id": "b"}], [{"id": "b", "name": None}]),
        ([{"id": "b", "name": None}], [{"id": "b", "name": None}]),
        (["a", {"id": "b", "name": "x"}], [{"id": "a", "name": None}, {"id": "b", "name": "x"}]),
        (["a", "b", "a"], [{"id": "a", "name": None}, {"id": "b", "name": None}]),
        ({"0": "a"}, [{"id": "a", "name": None}]),
        (
            {"10": {"id": "ten"}, "9": "nine", "1": {"id": "one", "name": "first"}},
            [
                {"id": "one", "name": "first"},
                {"id": "nine", "name": None},
                {"id": "ten", "name": None},
            ],
        ),
        (
            [{"id": "a", "name": "x", "size": 20, "volume_type": "l_ssd", "organization": None}],
            [{"id": "a", "name": "x"}],
        ),
        ([{"id": "a", "size": {"deep": [1]}, "": None}], [{"id": "a", "name": None}]),
    ],
)
def test_volumes_are_a_list_in_the_order_given(api: Api, sent: Any, shown: Any) -> None:
    assert forms(api, sent) == [shown] * 3


@pytest.mark.parametrize("sent", [[{"name": "new"}], [{"id": None, "name": "new"}]])
def test_a_volume_without_an_id_is_a_new_one(api: Api, sent: Any) -> None:
    made = [volumes[0] for volumes in forms(api, sent)]
    assert [volume["name"] for volume in made] == ["new"] * 3
    assert all(re.fullmatch(UUID, volume["id"]) for volume in made)
    assert len({volume["id"] for volume in made}) == 3


def test_several_volumes_without_an_id_are_as_many_new_ones(api: Api) -> None:
    sent = {
        "1": {"name": "data", "organization": "o", "size": 50_000_000_000, "volume_type": "l_ssd"},
        "0": {},
        "2": "known",
    }
    volumes = api.create("x", volumes=sent)["volumes"]
    assert [volume["name"] for volume in volumes] == [None, "data", None]
    assert volumes[2]["id"] == "known"
    assert len({volume["id"] for volume in volumes}) == 3


def test_a_new_volumes_id_is_kept(api: Api) -> None:
    created = api.create("x", volumes=[{"name": "new"}])
    assert api.get("/servers/x").json() == {"server": created}
    answer, left = recorded(api, lambda: api.put("/servers/x", created))
    assert (answer.json(), left) == ({"server": created}, ["request.unchanged"])


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (None, None),
        ("ip", {"id": "ip", "address": None, "dynamic": False}),
        ({"id": "ip"}, {"id": "ip", "address": None, "dynamic": False}),
        ({"id": "ip", "address": None}, {"id": "ip", "address": None, "dynamic": False}),
        (
            {"id": "ip", "address": "192.0.2.7", "dynamic": True},
            {"id": "ip", "address": "192.0.2.7", "dynamic": True},
        ),
    ],
)
def test_a_public_ip_is_its_id_or_an_object(api: Api, sent: Any, shown: Any) -> None:
    assert api.create("x", public_ip=sent)["public_ip"] == shown
    api.create("y", public_ip="other")
    answer = api.put("/servers/y", {"public_ip": sent})
    assert (answer.status_code, answer.json()["server"]["public_ip"]) == (200, shown)
