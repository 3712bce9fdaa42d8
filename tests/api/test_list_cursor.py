"""The list by cursor: `limit`, and a link whose `after` is opaque and stable under writes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.expecting import refuses
from tests.api.test_list_pages import PAGES_MAX, fill, names, next_of
from tests.support import Api


def walk(api: Api, target: str, between: Callable[[int], Any] = lambda n: None) -> Iterator[Any]:
    """Every page from `target` on, with something happening between two."""
    number = 0
    following: str | None = target
    while following is not None:
        answer = api.get(following)
        yield answer
        number += 1
        assert number <= PAGES_MAX, "the walk does not end"
        between(number)
        following = next_of(answer)


def cursor_of(api: Api, query: str) -> str:
    target = next_of(api.get(f"/servers?{query}"))
    assert target is not None
    return target.split("after=")[1].split("&")[0]


@pytest.mark.parametrize("limit", [1, 3, 9, 10, 11, 1_000])
def test_walking_shows_every_server_once_in_order(api: Api, limit: int) -> None:
    made = fill(api, 10)
    pages = list(walk(api, f"/servers?limit={limit}"))
    assert [name for page in pages for name in names(page)] == made
    assert len(pages) == -(-10 // limit)
    assert all("x-total-count" not in page.headers for page in pages)
    assert all(page.headers["x-log-position"] == str(api.position) for page in pages)


def test_the_link_keeps_the_limit_and_the_filters(api: Api) -> None:
    for n in range(3):
        api.create(f"s-{n}", tags=["a b"])
    answer = api.get("/servers?tags=a%20b&limit=2&state=stopped")
    cursor = cursor_of(api, "tags=a%20b&limit=2&state=stopped")
    expected = f'</servers?tags=a%20b&limit=2&state=stopped&after={cursor}>; rel="next"'
    assert answer.headers["link"] == expected
    last = api.get(next_of(answer) or "")
    assert names(last) == ["s-2"]
    assert "link" not in last.headers


def test_writes_between_pages_neither_hide_nor_repeat_a_server(api: Api) -> None:
    fill(api, 9)

    def disturb(number: int) -> None:
        if number <= 3:
            api.delete(f"/servers/s-{number}")  # shown already
            api.delete(f"/servers/s-{10 - number}")  # still to come
            api.create(f"new-{number}")
            api.put("/servers/s-4", {"tags": [str(number)]})

    seen = [name for page in walk(api, "/servers?limit=2", disturb) for name in names(page)]
    assert seen == ["s-1", "s-2", "s-3", "s-4", "s-5", "s-6", "new-1", "new-2", "new-3"]


def test_the_servers_a_cursor_stands_at_may_go(api: Api) -> None:
    fill(api, 4)
    target = next_of(api.get("/servers?limit=2"))
    api.delete("/servers/s-2")
    assert names(api.get(target or "")) == ["s-3", "s-4"]


def test_past_the_end_the_list_is_empty(api: Api) -> None:
    fill(api, 3)
    target = next_of(api.get("/servers?limit=2"))
    api.delete("/servers/s-3")
    answer = api.get(target or "")
    assert (names(answer), "link" in answer.headers) == ([], False)


def test_a_cursor_serves_with_another_limit(api: Api) -> None:
    fill(api, 5)
    cursor = cursor_of(api, "limit=2")
    assert names(api.get(f"/servers?limit=1&after={cursor}")) == ["s-3"]
    assert names(api.get(f"/servers?after={cursor}&limit=1000")) == ["s-3", "s-4", "s-5"]


@pytest.mark.parametrize(
    "query", ["", "name=s-1&", "state=running&", "tags=a&", "state=stopped&tags=a&"]
)
def test_a_cursor_of_another_query_is_refused(api: Api, query: str) -> None:
    fill(api, 3)
    cursor = cursor_of(api, "state=stopped&limit=1")
    target = f"/servers?{query}limit=1&after={cursor}"
    refuses(api, (400, "request.invalid"), "GET", target, ("after",))


def test_a_malformed_cursor_is_refused(api: Api) -> None:
    fill(api, 3)
    cursor = cursor_of(api, "limit=1")
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))

    def encoded(changed: bytes) -> str:
        return base64.urlsafe_b64encode(changed).decode().rstrip("=")

    for wrong in (
        "",
        "x",
        "1",
        cursor[:-1],
        cursor + "A",
        cursor + "=",
        cursor.swapcase(),
        "%20" + cursor,
        "é",
        encoded(raw[:-1]),
        encoded(raw + b"\0"),
        encoded(b"\0" * len(raw)),
        encoded(raw[:6] + b"\xff" * 8),
    ):
        target = f"/servers?limit=1&after={wrong}"
        refuses(api, (400, "request.invalid"), "GET", target, ("after",))


def test_a_cursor_alone_needs_a_limit(api: Api) -> None:
    fill(api, 3)
    cursor = cursor_of(api, "limit=1")
    wanted = {"after": ["needs a limit"]}
    refuses(api, (400, "request.invalid"), "GET", f"/servers?after={cursor}", wanted)


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.0", "x", "", "9" * 30])
def test_a_limit_is_a_whole_number_from_1_to_1000(api: Api, limit: str) -> None:
    refuses(api, (400, "request.invalid"), "GET", f"/servers?limit={limit}", ("limit",))
