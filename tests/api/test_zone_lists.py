"""Lists of servers in a zone: pages, filters, and the order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.expecting import refuses
from tests.api.zones import SERVERS, act, make
from tests.support import ELSEWHERE, HOME, Api

EVERY = ["d", "c", "b", "a"]


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [server["name"] for server in answer.json()["servers"]]


@pytest.fixture
def four(api: Api) -> dict[str, dict[str, Any]]:
    """Four servers, made in the order of their names."""
    made = {
        "a": make(api, "a", tags=["x", "y"], public_ip="ip"),
        "b": make(api, "b", tags=["x"], commercial_type="VC1M"),
        "c": api.create("c", flavor="m1.small", public_ip={"id": "i", "address": "192.0.2.7"}),
        "d": make(api, "d", organization=ELSEWHERE),
    }
    act(api, made["b"], "poweron")
    return made


@pytest.mark.usefixtures("four")
def test_the_newest_come_first_unless_asked_otherwise(api: Api) -> None:
    assert names(api.get(SERVERS)) == EVERY
    assert names(api.get(f"{SERVERS}?order=creation_date_desc")) == EVERY
    assert names(api.get(f"{SERVERS}?order=creation_date_asc")) == EVERY[::-1]


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=b", ["b"]),
        ("name=B", []),
        ("name=", EVERY),
        ("name=%25", []),
        ("name=_", []),
        ("with_ip=", EVERY),
        ("state=running", ["b"]),
        ("state=stopped", ["d", "c", "a"]),
        ("state=locked", []),
        ("state=stopped_in_place", []),
        ("tags=x", ["b", "a"]),
        ("tags=x,y", ["a"]),
        ("tags=z", []),
        ("commercial_type=VC1M", ["b"]),
        ("commercial_type=m1.small", ["c"]),
        ("commercial_type=2", ["c"]),
        ("commercial_type=none", []),
        ("without_ip=true", ["d", "b"]),
        ("without_ip=True", ["d", "b"]),
        ("without_ip=false", EVERY),
        ("with_ip=192.0.2.7", ["c"]),
        ("with_ip=192.0.2.8", []),
        ("private_ip=10.0.0.1", []),
        ("private_network=n", []),
        ("private_networks=n,m", []),
        ("private_nic_mac_address=aa:bb", []),
        (f"organization={HOME}", ["c", "b", "a"]),
        (f"project={ELSEWHERE}", ["d"]),
        (f"organization={HOME}&project={HOME}", ["c", "b", "a"]),
        (f"organization={HOME}&project={ELSEWHERE}", []),
        ("organization=none", []),
        ("state=stopped&tags=x&order=creation_date_asc", ["a"]),
        ("nobody=knows&this=1", EVERY),
    ],
)
@pytest.mark.parametrize("paged", ["", "&page=1&per_page=100"])
def test_a_filter_finds_what_it_asks_for(
    api: Api, query: str, found: list[str], paged: str
) -> None:
    answer = api.get(f"{SERVERS}?{query}{paged}")
    assert names(answer) == found
    assert answer.headers["x-total-count"] == str(len(found))


def test_a_name_is_looked_for_anywhere(api: Api) -> None:
    for name in ("server1", "server100", "my server1", "foo", "50%", "Ü-server1"):
        make(api, name)
    found = names(api.get(f"{SERVERS}?name=server1&order=creation_date_asc"))
    assert found == ["server1", "server100", "my server1", "Ü-server1"]
    assert names(api.get(f"{SERVERS}?name=%25")) == ["50%"]
    assert names(api.get(f"{SERVERS}?name=%C3%9C")) == ["Ü-server1"]


def test_servers_are_found_by_their_ids(api: Api, four: dict[str, dict[str, Any]]) -> None:
    ids = f"{four['a']['id'].upper()},{four['d']['id']},none"
    assert names(api.get(f"{SERVERS}?servers={ids}")) == ["d", "a"]
    assert names(api.get(f"{SERVERS}?servers={ids}&tags=x")) == ["a"]


@pytest.mark.usefixtures("four")
def test_pages_follow_each_other_past_the_end(api: Api) -> None:
    first = api.get(f"{SERVERS}?per_page=3&tags=&name=".replace("tags=&", ""))
    assert (names(first), first.headers["x-total-count"]) == (["d", "c", "b"], "4")
    assert first.headers["link"] == '</servers?per_page=3&name=&page=2>; rel="next"'
    second = api.get(f"{SERVERS}?per_page=3&page=2")
    assert (names(second), second.headers["x-total-count"]) == (["a"], "4")
    assert "link" not in second.headers
    for page in (3, 1_000, 10**12):
        past = api.get(f"{SERVERS}?per_page=3&page={page}")
        assert (past.status_code, past.json()) == (200, {"servers": []})
        assert past.headers["x-total-count"] == "4"
    oldest = api.get(f"{SERVERS}?order=creation_date_asc&per_page=2&page=2")
    assert names(oldest) == ["c", "d"]


def test_a_page_holds_fifty_unless_asked_otherwise(api: Api) -> None:
    body = {"server": {"name": "s", "flavor": "m1.tiny", "image": "i", "max_count": 51}}
    api.post("/servers", body)
    answer = api.get(SERVERS)
    assert (len(names(answer)), answer.headers["x-total-count"]) == (50, "51")
    assert answer.headers["link"] == '</servers?page=2&per_page=50>; rel="next"'
    assert len(names(api.get(f"{SERVERS}?per_page=100"))) == 51


def test_a_list_shows_what_is_got(api: Api, four: dict[str, dict[str, Any]]) -> None:
    listed = api.get(SERVERS).json()["servers"]
    assert listed == [api.get(f"{SERVERS}/{four[name]['id']}").json()["server"] for name in EVERY]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("page=0&per_page=101", ("page", "per_page")),
        ("page=x", ("page",)),
        ("per_page=0", ("per_page",)),
        ("state=odd", ("state",)),
        ("tags=a,,b", ("tags",)),
        ("servers=,", ("servers",)),
        ("without_ip=perhaps", ("without_ip",)),
        ("name=a&name=b", {"name": ["given more than once"]}),
        (
            "order=modification_date_desc",
            {
                "order": [
                    "servers are listed by their creation: creation_date_desc or creation_date_asc"
                ]
            },
        ),
        ("name=%FF", ("name",)),
    ],
)
def test_a_filter_that_cannot_be_honoured_is_refused(api: Api, query: str, wrong: Any) -> None:
    refuses(api, (400, "request.invalid"), "GET", f"{SERVERS}?{query}", wrong)


def test_a_list_is_as_of_a_position_that_is_waited_for(api: Api) -> None:
    make(api)
    answer = api.get(SERVERS, headers={"X-Min-Position": str(api.position)})
    assert answer.headers["x-log-position"] == str(api.position)
    assert api.get(SERVERS, headers={"X-Min-Position": "x"}).status_code == 400
