"""`GET /servers` and its filters: exact, combined, strict."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.support import ELSEWHERE, HOME, Api

CASES: Final[dict[str, list[str]]] = {
    "": ["a", "b", "c", "d"],
    "name=a": ["a"],
    "name=A": [],
    "name=": [],
    "name=a%20": [],
    "name=%25": [],
    "name=_": [],
    "state=running": ["b", "d"],
    "state=stopped": ["a", "c"],
    "running=true": ["b", "d"],
    "running=false": ["a", "c"],
    "running=true&state=running": ["b", "d"],
    "running=true&state=stopped": [],
    "running=true&state=stopped&name=a": [],
    "image=one": ["a", "b"],
    "image=two": ["c", "d"],
    "image=": [],
    "flavor=1": ["a", "c"],
    "flavor=null": [],
    "tags=x": ["a", "b"],
    "tags=y": ["b", "c"],
    "tags=x,y": ["b"],
    "tags=y,x": ["b"],
    "tags=x,x": ["a", "b"],
    "tags=x,none": [],
    "tags=X": [],
    "tags=a%20b": ["d"],
    "tags=a+b": ["d"],
    f"organization={HOME}": ["a", "b", "c"],
    f"organization={ELSEWHERE}": ["d"],
    "organization=none": [],
    "organization=": [],
    "reservation_id=r-00000000": [],
    "image=one&tags=x&state=running": ["b"],
    "image=one&tags=x&state=running&flavor=1": [],
    f"organization={HOME}&running=true&tags=x,y&image=one&name=b": ["b"],
}


@pytest.fixture
def peopled(api: Api) -> Api:
    """Four servers, d elsewhere, b and d running."""
    api.create("a", image="one", flavor="1", tags=["x"])
    api.create("b", image="one", tags=["x", "y"])
    api.create("c", image="two", flavor="1", tags=["y", "z"])
    api.create("d", image="two", tags=["a b"], organization=ELSEWHERE)
    for name in ("b", "d"):
        api.act(name, "poweron")
    return api


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [server["name"] for server in answer.json()["servers"]]


@pytest.mark.parametrize("query", CASES)
def test_a_filter_finds_exactly_those(peopled: Api, query: str) -> None:
    for paging in ("", "limit=10", "page=1&per_page=10"):
        asked = "&".join(part for part in (query, paging) if part)
        answer = peopled.get(f"/servers?{asked}" if asked else "/servers")
        assert names(answer) == CASES[query]
        assert answer.headers["x-log-position"] == str(peopled.position)
        if paging.startswith("page"):
            assert answer.headers["x-total-count"] == str(len(CASES[query]))


def test_a_filter_follows_every_change(peopled: Api) -> None:
    peopled.put("/servers/a", {"name": "e", "image": "three", "flavor": None, "tags": ["new"]})
    for query, found in (
        ("name=a", []),
        ("name=e", ["e"]),
        ("image=one", ["b"]),
        ("image=three", ["e"]),
        ("flavor=1", ["c"]),
        ("tags=new", ["e"]),
        ("tags=x", ["b"]),
    ):
        assert names(peopled.get(f"/servers?{query}")) == found
    peopled.delete("/servers/e")
    assert names(peopled.get("/servers?tags=new")) == []
    assert names(peopled.get("/servers")) == ["b", "c", "d"]


def test_the_list_is_in_order_of_creation_whatever_happens_later(peopled: Api) -> None:
    peopled.put("/servers/a", {"name": "zz"})
    peopled.act("c", "poweron")
    peopled.create("0")
    assert names(peopled.get("/servers")) == ["zz", "b", "c", "d", "0"]


def test_an_empty_store_lists_nothing(api: Api) -> None:
    assert api.get("/servers").json() == {"servers": []}
    assert api.get("/servers?").json() == {"servers": []}
