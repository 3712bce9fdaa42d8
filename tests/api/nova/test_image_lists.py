"""What lists of images can be asked for, and that a page is filled with what was asked for."""

from __future__ import annotations

from typing import Any, Final

import pytest

from api.openstack import image_lists
from tests.api.expecting import MISSING
from tests.api.nova.expecting import BASE, IMAGE, act, create, refused
from tests.api.nova.test_images import GLANCE, ids
from tests.api.nova.test_refusals import error
from tests.api.storing import make_image, make_volume
from tests.nova_schemas import conforms
from tests.support import ELSEWHERE, HOME, Api

NOVA: Final = "/v2.1/images"
SNAPSHOT: Final = {"name": "golden"}
BACKUP: Final = {"name": "bk", "backup_type": "daily", "rotation": 9}


def imaged(api: Api, server_id: str, action: str = "createImage", asked: Any = SNAPSHOT) -> str:
    """The id of an image that was made of a server."""
    answer = act(api, server_id, action, asked)
    return str(answer.headers["location"].rpartition("/")[2])


def listed(api: Api, query: str = "") -> list[str]:
    """The ids that Nova's list holds, which the detailed one does too."""
    found = conforms("images", api.get(f"{NOVA}{query}"))["images"]
    detailed = conforms("images detail", api.get(f"{NOVA}/detail{query}"))["images"]
    assert [image["id"] for image in found] == [image["id"] for image in detailed]
    return [image["id"] for image in found]


def pages(api: Api, query: str) -> list[list[str]]:
    """The ids of each page of Glance's list."""
    found, place = [], f"{GLANCE}{query}"
    while place:
        body = api.get(place).json()
        found.append([image["id"] for image in body["images"]])
        place = f"/image{body['next']}" if "next" in body else ""
    return found


@pytest.fixture
def made(api: Api) -> list[str]:
    """The ids of five images of a server, of which the second and the last bear a tag."""
    server_id = create(api)
    found = [imaged(api, server_id) for _ in range(5)]
    for image_id in (found[1], found[4]):
        assert api.patch(f"/images/{image_id}", {"tags": ["a", "b"]}).status_code == 200
    return found


@pytest.mark.parametrize("chunk", [1, 2, 3, 500])
def test_pages_are_filled_with_what_was_asked_for(
    api: Api, made: list[str], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_lists, "CHUNK", chunk)
    public = ids(api, "?visibility=public")
    assert pages(api, "?visibility=private&limit=2") == [made[:2], made[2:4], made[4:]]
    assert pages(api, "?tag=a&tag=b&limit=1") == [[made[1]], [made[4]]]
    assert pages(api, "?tag=a&limit=2") == [[made[1], made[4]]]
    assert pages(api, "?name=in:golden,none&limit=3") == [made[:3], made[3:]]
    assert pages(api, "?image_type=snapshot&limit=4") == [made[:4], made[4:]]
    assert pages(api, f"?owner={HOME}&limit=5") == [made]
    assert pages(api, f"?visibility=public&limit={len(public)}") == [public]
    assert pages(api, "?tag=a&tag=c&limit=2") == pages(api, "?tag=a&limit=0") == [[]]


def test_a_page_goes_on_behind_any_image_also_one_not_asked_for(api: Api, made: list[str]) -> None:
    assert ids(api, f"?tag=a&marker={made[2]}") == [made[4]]
    assert ids(api, f"?visibility=private&limit=1&marker={IMAGE}") == made[:1]
    assert ids(api, f"?visibility=public&marker={made[0]}") == []


def test_ids_come_by_pages_too(api: Api, made: list[str]) -> None:
    query = f"?id=in:{made[3]},{made[0].upper()},{made[0]},{MISSING},{IMAGE}"
    assert pages(api, f"{query}&limit=2") == [[made[3], made[0]], [IMAGE]]
    assert pages(api, f"{query}&name=golden&limit=1") == [[made[3]], [made[0]]]
    assert ids(api, f"{query}&marker={made[0].upper()}") == [IMAGE]
    error(api.get(f"{GLANCE}{query}&marker={made[1]}"), 400)


def test_a_list_of_ids_goes_on_behind_one_that_is_gone(api: Api, made: list[str]) -> None:
    query = f"?id=in:{','.join(made)}&limit=2"
    following = api.get(f"{GLANCE}{query}").json()["next"]
    assert api.delete(f"{GLANCE}/{made[1]}").status_code == 204
    found = api.get(f"/image{following}").json()["images"]
    assert [image["id"] for image in found] == made[2:4]
    # Where it stood among the others is gone with it.
    error(api.get(f"/image{following}&sort=name:asc"), 400)


def test_markers_are_found_in_capitals_as_ids_are(api: Api, made: list[str]) -> None:
    assert ids(api, f"?marker={made[1]}") == made[2:]
    for marker in (IMAGE, made[1]):
        behind = ids(api, f"?marker={marker}")
        assert ids(api, f"?marker={marker.upper()}") == behind
        assert listed(api, f"?marker={marker.upper()}") == behind


def test_glance_finds_images_by_what_is_asked_for(api: Api) -> None:
    golden = imaged(api, create(api))
    for query in (
        *("name=golden", "name=in:none,golden", 'name=in:"golden"', f"id=in:{golden}"),
        *("visibility=private", f"owner={HOME}", "image_type=snapshot", f"base_image_ref={IMAGE}"),
    ):
        assert ids(api, f"?{query}") == [golden], query
    assert ids(api, f"?id=in:{IMAGE},{golden},{MISSING},") == [IMAGE, golden]
    assert ids(api, f'?id=in:"{IMAGE}"') == [IMAGE]
    # As many as the `openstack` command asks for at once.
    assert ids(api, f"?id=in:{f'{MISSING},' * 219}{IMAGE}") == [IMAGE]
    assert golden not in ids(api, "?visibility=public")
    for query in (
        *("name=none", "name=in:", "name=in:none,other", "status=queued", "limit=0"),
        *("os_hidden=true", "visibility=community", f"owner={ELSEWHERE}", "os_distro=x"),
        *("status=in:queued,killed", "image_type=backup", "architecture=none"),
    ):
        assert ids(api, f"?{query}") == [], query
    everything = ids(api)
    for query in (
        *("zap=1", "os_hidden=false", "status=active", "status=in:active,queued"),
        "visibility=all",
    ):
        assert ids(api, f"?{query}") == everything, query
    (of_arm,) = ids(api, "?architecture=arm")
    others = [image_id for image_id in everything if image_id != of_arm]
    assert ids(api, "?architecture=x86_64") == others


def test_nova_finds_images_by_what_is_asked_for(api: Api) -> None:
    server_id = create(api)
    golden, backup = imaged(api, server_id), imaged(api, server_id, "createBackup", BACKUP)
    other = imaged(api, create(api, "other"))
    rooted = make_image(api, make_volume(api)["id"])["id"]
    public = ids(api, "?visibility=public")
    assert listed(api, "?name=golden") == [golden, other]
    assert listed(api, "?type=snapshot") == [golden, other, rooted]
    assert listed(api, "?type=backup") == [backup]
    assert listed(api, "?type=base") == public
    for server in (server_id, server_id.upper(), f"{BASE}/v2.1/servers/{server_id}"):
        assert listed(api, f"?server={server}") == [golden, backup]
    assert listed(api, f"?server={server_id}&type=backup") == [backup]
    for query in ("status=SAVING", "type=none", f"server={MISSING}", "name=none"):
        assert listed(api, f"?{query}") == []
    assert listed(api, "?status=ACTIVE&zap=1") == listed(api) == ids(api)
    page = conforms("images", api.get(f"{NOVA}?type=snapshot&limit=2"))
    assert [image["id"] for image in page["images"]] == [golden, other]
    (link,) = page["images_links"]
    last = conforms("images", api.get(link["href"].removeprefix(BASE)))
    assert [image["id"] for image in last["images"]] == [rooted]


@pytest.mark.parametrize(
    "query",
    [
        *("min_ram=5", "min_disk=5", "size_min=5", "disk_format=raw", "protected=true"),
        *("created_at=gt:2020-01-01T00:00:00Z", "updated_at=lt:2020-01-01T00:00:00Z"),
        *(
            "checksum=x",
            "os_hash_value=x",
            "member_status=all",
            f"id=in:{'a,' * 1_001}",
        ),
    ],
)
def test_what_glance_knows_and_cannot_be_honoured_is_refused(api: Api, query: str) -> None:
    error(api.get(f"{GLANCE}?{query}"), 400)


@pytest.mark.parametrize(
    "query", ["changes-since=2020-01-01T00:00:00Z", "minDisk=1", "minRam=1", "property-os=linux"]
)
def test_what_nova_knows_and_cannot_be_honoured_is_refused(api: Api, query: str) -> None:
    for path in (NOVA, f"{NOVA}/detail"):
        refused(api, lambda path=path: api.get(f"{path}?{query}"), 400)  # type: ignore[misc]
