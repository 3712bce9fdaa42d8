"""`/flavors`, document B's second chapter: Nova's classic sizes, by id or name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.api.expecting import refuses
from tests.support import Api, running

CLASSIC: Final = [
    {"id": "1", "name": "m1.tiny", "ram": 512, "disk": 1, "vcpus": 1},
    {"id": "2", "name": "m1.small", "ram": 2048, "disk": 20, "vcpus": 1},
    {"id": "3", "name": "m1.medium", "ram": 4096, "disk": 40, "vcpus": 2},
    {"id": "4", "name": "m1.large", "ram": 8192, "disk": 80, "vcpus": 4},
    {"id": "5", "name": "m1.xlarge", "ram": 16384, "disk": 160, "vcpus": 8},
]
OWN: Final = """
images = []
commercial_types = []
[[flavors]]
id = "own/1"
name = "own flavor"
ram_mib = 1
disk_gib = 2
vcpus = 3
"""


def test_the_five_classic_flavors_are_listed(api: Api) -> None:
    answer = api.get("/flavors")
    assert (answer.status_code, answer.json()) == (200, {"flavors": CLASSIC})
    assert [list(flavor) for flavor in answer.json()["flavors"]] == [
        ["id", "name", "ram", "disk", "vcpus"]
    ] * 5


@pytest.mark.parametrize("flavor", CLASSIC, ids=lambda flavor: flavor["name"])
def test_a_flavor_is_had_by_id_or_name(api: Api, flavor: dict[str, str]) -> None:
    for ref in (flavor["id"], flavor["name"]):
        answer = api.get(f"/flavors/{ref}")
        assert (answer.status_code, answer.json()) == (200, {"flavor": flavor})


@pytest.mark.parametrize("ref", ["0", "6", "m1", "M1.TINY", "m1.tiny%20", "%20", "x" * 500])
def test_an_unknown_flavor_is_told(api: Api, ref: str) -> None:
    refuses(api, (404, "catalogue.unknown"), "GET", f"/flavors/{ref}")


def test_flavors_come_by_page_too(api: Api) -> None:
    answer = api.get("/flavors?page=2&per_page=2")
    assert answer.json() == {"flavors": CLASSIC[2:4]}
    assert answer.headers["x-total-count"] == "5"
    assert answer.headers["link"] == '</flavors?page=3&per_page=2>; rel="next"'
    last = api.get("/flavors?page=3&per_page=2")
    assert (last.json(), "link" in last.headers) == ({"flavors": CLASSIC[4:]}, False)
    assert api.get("/flavors?page=4&per_page=2").json() == {"flavors": []}


@pytest.mark.parametrize("query", ["page=0", "per_page=101", "limit=1", "name=m1.tiny"])
def test_parameters_are_strict(api: Api, query: str) -> None:
    name = query.split("=", maxsplit=1)[0]
    refuses(api, (400, "request.invalid"), "GET", f"/flavors?{query}", (name,))


def test_the_catalogue_is_configuration(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    own = {"id": "own/1", "name": "own flavor", "ram": 1, "disk": 2, "vcpus": 3}
    with running(tmp_path, catalogue=str(tmp_path / "own.toml")) as api:
        assert api.get("/flavors").json() == {"flavors": [own]}
        assert api.get("/flavors/own%2F1").json() == {"flavor": own}
        assert api.get("/flavors/own%20flavor").json() == {"flavor": own}
        refuses(api, (404, "catalogue.unknown"), "GET", "/flavors/m1.tiny")
