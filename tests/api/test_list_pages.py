"""The list by page: `page` and `per_page`, with a count and a link to the next."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

import pytest

from tests.api.expecting import refuses
from tests.support import SEED_B, Api

PAGES_MAX: Final = 20
NEXT: Final = r'<(/servers\?[^>]*)>; rel="next"'


def fill(api: Api, count: int, name: str = "s") -> list[str]:
    """So many servers; their names."""
    inner = SEED_B["server"] | {"name": name, "max_count": count}
    assert api.post("/servers", {"server": inner}).status_code == 200
    return [f"{name}-{n}" for n in range(1, count + 1)]


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [server["name"] for server in answer.json()["servers"]]


def next_of(answer: Any) -> str | None:
    """Where the answer's `Link` points."""
    link = answer.headers.get("link")
    if link is None:
        return None
    found = re.fullmatch(NEXT, link)
    assert found is not None, link
    return found[1]


@pytest.mark.parametrize("per_page", [1, 3, 4, 10, 11, 100])
def test_walking_all_pages_shows_every_server_once_in_order(api: Api, per_page: int) -> None:
    made = fill(api, 10)
    seen, pages = [], 0
    target: str | None = f"/servers?per_page={per_page}"
    while target is not None:
        answer = api.get(target)
        assert answer.headers["x-total-count"] == "10"
        assert answer.headers["x-log-position"] == str(api.position)
        seen += names(answer)
        pages += 1
        assert pages <= PAGES_MAX, "the walk does not end"
        target = next_of(answer)
    assert seen == made
    assert pages == -(-10 // per_page)


def test_the_link_is_relative_to_the_mount_and_names_the_next_page(api: Api) -> None:
    fill(api, 3)
    answer = api.get("/servers?per_page=1&page=2")
    assert names(answer) == ["s-2"]
    assert answer.headers["link"] == '</servers?per_page=1&page=3>; rel="next"'
    assert "link" not in api.get("/servers?per_page=1&page=3").headers


def test_a_page_past_the_end_is_empty(api: Api) -> None:
    fill(api, 3)
    for page in (2, 3, 100, 10**12):
        answer = api.get(f"/servers?page={page}&per_page=3")
        assert (names(answer), answer.headers["x-total-count"]) == ([], "3")
        assert "link" not in answer.headers


def test_without_a_size_a_page_has_50(api: Api) -> None:
    made = fill(api, 51)
    first = api.get("/servers?page=1")
    assert names(first) == made[:50]
    assert next_of(first) == "/servers?page=2&per_page=50"
    assert names(api.get("/servers?page=2")) == made[50:]


def test_without_a_number_it_is_the_first_page(api: Api) -> None:
    made = fill(api, 3)
    assert names(api.get("/servers?per_page=2")) == made[:2]


def test_filters_are_kept_from_page_to_page(api: Api) -> None:
    tag = "a b&c=d/é"
    for n in range(5):
        api.create(f"s-{n}", tags=[tag] if n != 2 else [])
    first = api.get(f"/servers?per_page=3&tags={quote(tag)}&state=stopped")
    assert (names(first), first.headers["x-total-count"]) == (["s-0", "s-1", "s-3"], "4")
    target = next_of(first)
    assert target is not None
    assert names(api.get(target)) == ["s-4"]


def test_the_count_follows_creations_and_deletions(api: Api) -> None:
    fill(api, 3)
    api.delete("/servers/s-1")
    assert api.get("/servers?page=1").headers["x-total-count"] == "2"
    api.create("another")
    assert api.get("/servers?page=1").headers["x-total-count"] == "3"
    assert api.get("/servers?page=1&name=another").headers["x-total-count"] == "1"


def test_without_paging_the_whole_list_comes_uncounted(api: Api) -> None:
    made = fill(api, 100)
    answer = api.get("/servers")
    assert names(answer) == made
    assert "link" not in answer.headers
    assert "x-total-count" not in answer.headers


@pytest.mark.parametrize("page", ["0", "-1", "1.5", "x", "", "+1", "%201", "1e3", "٣", "9" * 30])
def test_a_page_is_a_whole_number_from_1_on(api: Api, page: str) -> None:
    refuses(api, (400, "request.invalid"), "GET", f"/servers?page={page}", ("page",))


@pytest.mark.parametrize("size", ["0", "101", "-1", "1.5", "x", "", "9" * 5_000])
def test_a_page_has_1_to_100_servers(api: Api, size: str) -> None:
    refuses(api, (400, "request.invalid"), "GET", f"/servers?per_page={size}", ("per_page",))


@pytest.mark.parametrize("pages", ["page=1", "per_page=5", "page=1&per_page=5"])
def test_the_two_ways_together_are_refused(api: Api, pages: str) -> None:
    fill(api, 2)
    cursor = (next_of(api.get("/servers?limit=1")) or "").split("after=")[1].split("&")[0]
    for other in ("limit=5", f"limit=5&after={cursor}", f"after={cursor}"):
        refuses(api, (400, "request.invalid"), "GET", f"/servers?{pages}&{other}", ("limit",))
