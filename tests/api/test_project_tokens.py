"""An admin's token for one project: its lists are of that, and what is asked for by id is seen."""

from __future__ import annotations

from typing import Any

import pytest

from api.http.callers import token_within
from tests.api.storing import make_image, make_snapshot, make_volume
from tests.api.zones import SERVERS, ZONE, make
from tests.support import ADMIN_TOKEN, ELSEWHERE, HOME, Api

THERE = token_within(ADMIN_TOKEN, ELSEWHERE)


@pytest.fixture
def both(api: Api) -> dict[str, dict[str, str]]:
    """A server, a volume, a snapshot and an image in each of two organizations."""
    found = {}
    for organization in (HOME, ELSEWHERE):
        volume = make_volume(api, "v", organization)["id"]
        server = make(api, "s", organization=organization)
        snapshot = make_snapshot(api, volume)["id"]
        image = make_image(api, snapshot)["id"]
        found[organization] = {
            "servers": server["id"],
            "volumes": volume,
            "snapshots": snapshot,
            "images": image,
        }
    return found


def ids(api: Api, path: str, **kwargs: Any) -> set[str]:
    answer = api.get(path, **kwargs)
    assert answer.status_code == 200, answer.text
    name = path.partition("?")[0].rpartition("/")[2]
    return {each["id"] for each in answer.json()[name]}


LISTS: list[tuple[str, str]] = [
    ("/servers", "servers"),
    ("/servers?at_position=99", "servers"),
    (SERVERS, "servers"),
    *((f"{mount}/{name}", name) for mount in ("", ZONE) for name in ("volumes", "snapshots")),
    *((f"{mount}/images?per_page=100", "images") for mount in ("", ZONE)),
    ("/v2.1/images", "images"),
    ("/image/v2/images", "images"),
    ("/v2.1/servers", "servers"),
]


@pytest.mark.parametrize(("path", "name"), LISTS)
def test_lists_are_of_the_project(api: Api, both: Any, path: str, name: str) -> None:
    path = path.replace("99", str(api.position))
    own = {each[name] for each in both.values()}
    assert own & ids(api, path, token=THERE) == {both[ELSEWHERE][name]}
    if not path.startswith("/v2.1/servers"):  # Nova's lists are of the home for everybody
        assert own <= ids(api, path)


@pytest.mark.parametrize(
    "path",
    [
        *("/servers?organization=", f"{SERVERS}?project=", "/volumes?organization="),
        *("/snapshots?project=", "/images?organization=", "/image/v2/images?owner="),
        "/v2.1/servers?project_id=",
    ],
)
def test_another_project_is_listed_where_it_is_asked_for(api: Api, both: Any, path: str) -> None:
    name = path.partition("?")[0].rpartition("/")[2]
    assert both[HOME][name] in ids(api, path + HOME, token=THERE)
    assert both[ELSEWHERE][name] not in ids(api, path + HOME, token=THERE)


def test_what_is_asked_for_by_its_id_is_seen(api: Api, both: Any) -> None:
    for name, id_ in both[HOME].items():
        assert api.get(f"/{name}/{id_}", token=THERE).status_code == 200
    assert api.get(f"/image/v2/images/{both[HOME]['images']}", token=THERE).status_code == 200


def test_lists_as_of_a_point_differ_by_project_and_so_do_their_tags(api: Api, both: Any) -> None:
    path = f"/servers?at_position={api.position}"
    tag = api.get(path).headers["etag"]
    answer = api.get(path, token=THERE, headers={"If-None-Match": tag})
    assert (answer.status_code, len(answer.json()["servers"])) == (200, 1)
