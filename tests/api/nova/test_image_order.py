"""Glance's list of images in the order that is asked for, page by page."""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import Any, Final

import pytest

from api.openstack import image_lists
from tests.api.expecting import MISSING
from tests.api.nova.expecting import IMAGE
from tests.api.nova.test_image_lists import pages
from tests.api.nova.test_images import GLANCE, ids
from tests.api.nova.test_refusals import error
from tests.api.storing import make_image, make_volume
from tests.support import Api

MARK: Final = "sort=name:asc&marker="


@pytest.fixture
def shown(api: Api) -> list[dict[str, Any]]:
    """Every image as shown: the catalogue's, and five of one's own, some of one name or size."""
    for name, size in (("b", 512), ("a", 1024), ("b", 1024), ("a", 512), ("c", 512)):
        make_image(api, make_volume(api, size=size)["id"], name)
    times = {image["id"]: image for image in api.get("/images").json()["images"]}
    found: list[dict[str, Any]] = api.get(GLANCE).json()["images"]
    for image in found:  # told to the second, sorted by what they are
        image["created_at"] = times[image["id"]]["creation_date"]
        image["updated_at"] = times[image["id"]]["modification_date"]
    return found


ORDERS: Final = [
    ("sort=name:asc", (("name", False),)),
    ("sort=name:asc,created_at:desc", (("name", False), ("created_at", True))),
    ("sort=size,name:asc", (("size", True), ("name", False))),
    ("sort=status:asc,name:desc", (("name", True),)),
    ("sort_key=name&sort_dir=asc", (("name", False),)),
    ("sort_key=size&sort_key=name&sort_dir=asc", (("size", False), ("name", False))),
    (
        "sort_key=size&sort_key=updated_at&sort_dir=asc&sort_dir=desc",
        (("size", False), ("updated_at", True)),
    ),
    ("sort_key=id", (("id", True),)),
    ("sort_dir=asc", (("created_at", False),)),
    ("sort=name:desc,name:asc", (("name", True),)),
]


@pytest.mark.parametrize(("query", "fields"), ORDERS)
@pytest.mark.parametrize("chunk", [2, 500])
def test_images_come_in_the_order_asked_for(
    api: Api,
    shown: list[dict[str, Any]],
    query: str,
    fields: tuple[tuple[str, bool], ...],
    chunk: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(image_lists, "CHUNK", chunk)
    expected = sorted(shown, key=lambda image: image["id"])
    for field, down in reversed(fields):
        # A stable sort: what is alike in the field stays as it was.
        expected.sort(key=itemgetter(field), reverse=down)
    wanted = [image["id"] for image in expected]
    assert ids(api, f"?{query}") == wanted
    for limit in (1, 2, 3, len(wanted)):
        assert list(chain(*pages(api, f"?{query}&limit={limit}"))) == wanted
    some = [wanted[5], wanted[0], wanted[3]]
    of_ids = f"?id=in:{','.join(some)}&{query}&limit=2"
    assert list(chain(*pages(api, of_ids))) == [wanted[0], wanted[3], wanted[5]]


def test_filters_hold_in_every_order(api: Api, shown: list[dict[str, Any]]) -> None:
    own = [image for image in shown if image["visibility"] == "private"]
    by_name = sorted(own, key=lambda image: (image["name"], image["id"]))
    wanted = [image["id"] for image in by_name]
    assert ids(api, "?visibility=private&sort=name:asc") == wanted
    assert ids(api, f"?visibility=private&sort=name:asc&marker={wanted[1].upper()}") == wanted[2:]
    # Behind one that is not among those asked for.
    assert ids(api, f"?visibility=private&sort=name:asc&marker={IMAGE}") == [
        image["id"] for image in by_name if image["name"] > _name(shown, IMAGE)
    ]


def _name(shown: list[dict[str, Any]], image_id: str) -> str:
    (found,) = (image["name"] for image in shown if image["id"] == image_id)
    return str(found)


@pytest.mark.parametrize(
    "query",
    [
        *("sort=zap:asc", "sort=name:up", "sort=", "sort=name:asc,", "sort=name:asc:asc"),
        *("sort_key=min_disk", "sort_dir=up", "sort_key=name&sort_dir=asc&sort_dir=asc"),
        *("sort=name:asc&sort_key=name", "sort=name&sort=size", f"{MARK}{MISSING}"),
    ],
)
def test_an_order_that_there_is_not_is_refused(api: Api, query: str) -> None:
    error(api.get(f"{GLANCE}?{query}"), 400)
