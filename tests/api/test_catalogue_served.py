"""`/images`, `/products/servers`, its availability, and `/volumes`, as their clients ask."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, refuses
from tests.support import Api

LISTS: Final = ("/images", "/products/servers", "/products/servers/availability", "/volumes")
OF_DOCUMENT_A: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
IMAGE: Final = {"id", "name", "arch", "organization", "creation_date", "modification_date"}
TYPE: Final = {
    "ncpus",
    "ram",
    "arch",
    "baremetal",
    "monthly_price",
    "hourly_price",
    "alt_names",
    "volumes_constraint",
    "network",
}


def test_an_image_shows_what_its_clients_read(api: Api) -> None:
    images = api.get("/images").json()["images"]
    assert any(image["id"] == OF_DOCUMENT_A for image in images)
    assert any(image["name"] == "cirros-0.3.4-x86_64-uec" for image in images)
    for image in images:
        assert image.keys() >= IMAGE
        assert isinstance(image["root_volume"], dict)
        answer = api.get(f"/images/{image['id']}")
        assert (answer.status_code, answer.json()) == (200, {"image": image})


def test_public_images_show_whatever_organization_is_asked_for(api: Api) -> None:
    everything = api.get("/images").json()
    assert api.get("/images?organization=none").json() == everything
    assert api.get("/images?organization=none&page=1&per_page=100").json() == everything


@pytest.mark.parametrize("ref", [MISSING, "none", "%20", "x" * 500])
def test_an_unknown_image_is_told(api: Api, ref: str) -> None:
    refuses(api, (404, "image.unknown"), "GET", f"/images/{ref}")


def test_types_and_their_availability_have_the_same_names(api: Api) -> None:
    types = api.get("/products/servers").json()["servers"]
    availability = api.get("/products/servers/availability").json()["servers"]
    assert types
    assert list(types) == list(availability)
    for name, entry in types.items():
        assert entry.keys() >= TYPE
        assert availability[name]["availability"] in ("available", "scarce", "shortage")


@pytest.mark.parametrize("path", LISTS)
def test_walking_all_pages_shows_everything_once(api: Api, path: str) -> None:
    api.create("x", volumes=["a", "b", "c"])
    whole: Any = entries(api.get(path))
    assert whole
    seen: list[Any] = []
    page = 0
    while True:
        page += 1
        assert page <= len(whole) + 1, "the walk does not end"
        answer = api.get(f"{path}?page={page}&per_page=1")
        assert answer.headers["x-total-count"] == str(len(whole))
        assert ("link" in answer.headers) == (page < len(whole))
        if page < len(whole):
            assert answer.headers["link"] == f'<{path}?page={page + 1}&per_page=1>; rel="next"'
        if not entries(answer):
            break
        seen += entries(answer)
    assert seen == whole
    assert page == len(whole) + 1


@pytest.mark.parametrize("path", LISTS)
def test_parameters_are_strict(api: Api, path: str) -> None:
    for query, named in (
        ("page=0", ["page"]),
        ("per_page=101", ["per_page"]),
        ("nmae=x", ["nmae"]),
        ("page=1&page=2", ["page"]),
        ("page=x&per_page=y", ["page", "per_page"]),
    ):
        refuses(api, (400, "request.invalid"), "GET", f"{path}?{query}", named)


def entries(answer: Any) -> list[Any]:
    """What a list holds, one entry after the other."""
    assert answer.status_code == 200, answer.text
    (found,) = answer.json().values()
    return list(found.items()) if isinstance(found, dict) else list(found)


def test_volumes_are_those_of_live_servers_in_their_order(api: Api) -> None:
    first = api.create("first", volumes=["b", {"id": "a", "name": "root"}])
    api.create("second", volumes=["c"])
    (root,) = [v for v in api.get("/volumes").json()["volumes"] if v["id"] == "a"]
    assert root == {
        "id": "a",
        "name": "root",
        "organization": first["organization"],
        "size": 0,
        "volume_type": "l_ssd",
        "creation_date": first["creation_date"],
        "modification_date": first["modification_date"],
        "server": {"id": first["id"], "name": "first"},
        "project": first["organization"],
        "state": "available",
        "tags": [],
        "export_uri": None,
        "zone": None,
    }
    assert volumes(api) == ["b", "a", "c"]
    api.put("/servers/first", {"volumes": ["d"]})
    assert volumes(api) == ["d", "c"]
    api.put("/servers/first", {"name": "renamed"})
    assert api.get("/volumes").json()["volumes"][0]["server"]["name"] == "renamed"
    api.delete("/servers/second")
    assert volumes(api) == ["d"]


def volumes(api: Api) -> list[str]:
    return [volume["id"] for volume in api.get("/volumes").json()["volumes"]]
