"""Images as Glance and Nova show them: the catalogue's and those made of servers; flavors."""

from __future__ import annotations

from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from tests.api.expecting import MISSING, recorded
from tests.api.nova.expecting import BASE, IMAGE, act, create, refused
from tests.api.nova.test_refusals import error
from tests.nova_schemas import conforms, fault
from tests.support import ELSEWHERE, Api

GLANCE: Final = "/image/v2/images"


@pytest.fixture
def golden(api: Api) -> str:
    """The id of an image that was made of a server."""
    answer = act(api, create(api), "createImage", {"name": "golden", "metadata": {"status": "x"}})
    return str(answer.headers["location"].rpartition("/")[2])


def ids(api: Api, query: str = "", **kwargs: Any) -> list[str]:
    answer = api.get(f"{GLANCE}{query}", **kwargs)
    assert answer.status_code == 200, answer.text
    return [image["id"] for image in answer.json()["images"]]


def test_the_catalogues_come_first_then_the_callers_own(api: Api, golden: str) -> None:
    public = [image["id"] for image in api.get("/images").json()["images"] if image["public"]]
    assert ids(api) == [*public, golden]
    assert ids(api, token=api.issue("member", ELSEWHERE)) == public
    for path, name in (("/v2.1/images", "images"), ("/v2.1/images/detail", "images detail")):
        shown = conforms(name, api.get(path))["images"]
        assert [image["id"] for image in shown] == [*public, golden]


def test_pages_go_on_from_the_catalogue_to_the_callers_own(api: Api, golden: str) -> None:
    everything = ids(api)
    for path, key in (("", "next"), ("detail", "images_links")):
        found, place = [], f"{GLANCE}?limit=2" if key == "next" else "/v2.1/images/detail?limit=2"
        while place:
            body = api.get(place).json()
            found += [image["id"] for image in body["images"]]
            if key == "next":
                place = f"/image{body['next']}" if "next" in body else ""
            else:
                place = body[key][0]["href"].removeprefix(BASE) if key in body else ""
        assert found == everything, path
    assert ids(api, f"?marker={golden}") == []


def test_one_is_shown_by_its_id_and_never_by_its_name(api: Api, golden: str) -> None:
    image = api.get(f"{GLANCE}/{golden}").json()
    assert (image["id"], image["status"], image["visibility"]) == (golden, "active", "private")
    assert (image["base_image_ref"], image["protected"]) == (IMAGE, False)
    proxied = conforms("image", api.get(f"/v2.1/images/{golden}"))["image"]
    assert proxied["server"]["id"] == proxied["metadata"]["instance_uuid"]
    public = api.get(f"{GLANCE}/{IMAGE.upper()}").json()
    assert (public["visibility"], public["protected"]) == ("public", True)
    assert conforms("image", api.get(f"/v2.1/images/{IMAGE}"))["image"]["minDisk"] == 24
    other = api.issue("member", ELSEWHERE)
    for ref, token in (("golden", ""), (MISSING, ""), (golden, other)):
        error(api.get(f"{GLANCE}/{ref}", token=token), 404)
        fault(api.get(f"/v2.1/images/{ref}", token=token), 404)


@pytest.mark.parametrize(
    "query",
    ["?limit=x", "?marker=none", f"?marker={MISSING}", "?visibility=odd", "?os_hidden=odd"],
)
def test_what_cannot_be_honoured_is_refused(api: Api, query: str) -> None:
    error(api.get(f"{GLANCE}{query}"), 400)


def test_there_is_no_data_of_an_image(api: Api, golden: str) -> None:
    for image_id in (IMAGE, golden):
        image = api.get(f"{GLANCE}/{image_id}").json()
        answer = api.get(f"/image{image['file']}")
        assert (answer.status_code, answer.content) == (204, b"")
    other = api.issue("member", ELSEWHERE)
    error(api.get(f"{GLANCE}/{MISSING}/file"), 404)
    error(api.get(f"{GLANCE}/{golden}/file", token=other), 404)


def test_the_schemas_that_are_linked_hold_of_what_links_them(api: Api, golden: str) -> None:
    listed = api.get(GLANCE).json()
    of_list = api.get(f"/image{listed['schema']}").json()
    of_image = api.get(f"/image{listed['images'][-1]['schema']}").json()
    assert (of_list["name"], of_image["name"]) == ("images", "image")
    assert of_list["properties"]["images"]["items"] == of_image
    Draft202012Validator(of_list).validate(listed)
    assert {*listed["images"][-1]} - {*of_image["properties"]} == {
        *("base_image_ref", "image_type", "instance_uuid"),
    }
    error(api.get(f"/image{listed['schema']}", token=None), 401)


def test_what_was_noted_on_an_image_is_its_metadata(api: Api, golden: str) -> None:
    for image_id in (IMAGE, golden, golden.upper()):
        noted = conforms("image metadata", api.get(f"/v2.1/images/{image_id}/metadata"))
        image = conforms("image", api.get(f"/v2.1/images/{image_id}"))["image"]
        assert noted == {"metadata": image["metadata"]}
    assert api.get(f"/v2.1/images/{golden}/metadata").json()["metadata"]["status"] == "x"
    other = api.issue("member", ELSEWHERE)
    for ref, token in ((MISSING, ""), ("golden", ""), (golden, other)):
        fault(api.get(f"/v2.1/images/{ref}/metadata", token=token), 404)


@pytest.mark.parametrize("place", [GLANCE, "/v2.1/images"])
def test_an_image_of_ones_own_can_be_deleted_and_no_other(
    api: Api, golden: str, place: str
) -> None:
    other = api.issue("member", ELSEWHERE)
    for ref, token, status, kept in (
        (IMAGE, "", 403, ["request.refused"]),
        (MISSING, "", 404, ["request.refused"]),
        (golden, other, 404, ["request.refused"]),
    ):
        answer, left = recorded(
            api,
            lambda ref=ref, token=token: api.delete(f"{place}/{ref}", token=token),  # type: ignore[misc]
        )
        assert (answer.status_code, left) == (status, kept)
    answer = api.delete(f"{place}/{golden}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert golden not in ids(api)


def test_flavors_are_shown_as_nova_does(api: Api) -> None:
    shown = conforms("flavors detail", api.get("/v2.1/flavors/detail?is_public=None"))["flavors"]
    assert [flavor["name"] for flavor in shown] == [
        *("m1.tiny", "m1.small", "m1.medium", "m1.large", "m1.xlarge"),
    ]
    assert conforms("flavor", api.get("/v2.1/flavors/2"))["flavor"] == shown[1]
    assert (shown[1]["ram"], shown[1]["disk"], shown[1]["vcpus"]) == (2048, 20, 1)
    brief = conforms("flavors", api.get("/v2.1/flavors"))["flavors"]
    assert [flavor["id"] for flavor in brief] == ["1", "2", "3", "4", "5"]
    assert conforms("extra specs", api.get("/v2.1/flavors/2/os-extra_specs"))["extra_specs"] == {}
    for ref in ("m1.small", "9", ""):
        refused(api, lambda ref=ref: api.get(f"/v2.1/flavors/{ref}/os-extra_specs"), 404)  # type: ignore[misc]
    refused(api, lambda: api.get("/v2.1/flavors/m1.small"), 404)


def test_flavors_are_listed_by_page_and_by_size(api: Api) -> None:
    page = conforms("flavors", api.get("/v2.1/flavors?limit=2&marker=2&zap=1"))
    assert [flavor["id"] for flavor in page["flavors"]] == ["3", "4"]
    (link,) = page["flavors_links"]
    last = conforms("flavors", api.get(link["href"].removeprefix(BASE)))
    assert [flavor["id"] for flavor in last["flavors"]] == ["5"]
    assert "flavors_links" not in last
    for query, expected in (
        ("minRam=4096", ["3", "4", "5"]),
        ("minDisk=81", ["5"]),
        ("is_public=False", []),
        ("is_public=true&limit=1", ["1"]),
    ):
        found = conforms("flavors", api.get(f"/v2.1/flavors?{query}"))["flavors"]
        assert [flavor["id"] for flavor in found] == expected
    for query in ("marker=9", "limit=-1", "is_public=perhaps", "minRam=x", "sort_key=asc"):
        refused(api, lambda query=query: api.get(f"/v2.1/flavors?{query}"), 400)  # type: ignore[misc]
