"""Nova's lists of servers: order, pages, filters, whose servers."""

from __future__ import annotations

import time
from typing import Any, Final

import pytest

from domain.access import Role
from tests.api.expecting import MISSING
from tests.api.nova.expecting import BASE, IMAGE, SERVERS, act, create, names, refused, show
from tests.nova_schemas import conforms
from tests.support import ELSEWHERE, HOME, Api

CIRROS: Final = "c2b7d1a4-95e3-4f60-8d27-1b6a0e4f7c93"


@pytest.fixture
def five(api: Api) -> Api:
    """Five servers, the oldest called a."""
    for name in "abcde":
        create(api, name)
    return api


def pages(api: Api, query: str) -> list[list[str]]:
    """The names of each page, by the links alone."""
    found, path = [], f"{SERVERS}/detail{query}"
    while path:
        answer = api.get(path)
        assert "link" not in answer.headers
        body = conforms("servers detail", answer)
        found.append([server["name"] for server in body["servers"]])
        (link,) = body.get("servers_links", [None])
        path = link["href"].removeprefix(BASE) if link else ""
    return found


def test_the_newest_come_first_and_all_in_one_page(five: Api) -> None:
    assert names(five) == list("edcba")
    brief = conforms("servers", five.get(SERVERS))
    assert [server["name"] for server in brief["servers"]] == list("edcba")
    assert list(brief) == ["servers"]


def test_a_page_says_where_the_next_one_is_and_the_last_does_not(five: Api) -> None:
    assert pages(five, "?limit=2") == [["e", "d"], ["c", "b"], ["a"]]
    assert pages(five, "?limit=5") == [list("edcba")]
    assert pages(five, "?limit=1000000") == [list("edcba")]
    assert pages(five, "?limit=0") == [[]]


def test_the_next_page_keeps_all_other_parameters(five: Api) -> None:
    answer = five.get(f"{SERVERS}?limit=2&status=ACTIVE&zap=a%26b&name=%5Ba-d%5D")
    ((link),) = answer.json()["servers_links"]
    last = answer.json()["servers"][-1]["id"]
    assert link == {
        "rel": "next",
        "href": f"{BASE}{SERVERS}?limit=2&status=ACTIVE&zap=a%26b&name=%5Ba-d%5D&marker={last}",
    }


def test_past_the_end_is_an_empty_list(five: Api) -> None:
    first = five.get(SERVERS).json()["servers"][-1]["id"]
    for query in (f"?marker={first}", f"?limit=2&marker={first}", f"?name=b&marker={first}"):
        assert names(five, query) == []


def test_a_marker_holds_when_its_server_was_deleted_meanwhile(five: Api) -> None:
    ids = {each["name"]: each["id"] for each in five.get(SERVERS).json()["servers"]}
    assert five.delete(f"{SERVERS}/{ids['c']}").status_code == 204
    assert names(five, f"?marker={ids['c']}") == ["b", "a"]
    assert names(five, f"?marker={ids['c'].upper()}") == ["b", "a"]


def test_a_marker_that_no_list_can_have_ended_with_is_refused(five: Api) -> None:
    foreign = create(five, "f", token=five.issue("member", ELSEWHERE))
    member = five.issue("member", HOME)
    for marker in (MISSING, "a", five.service.store_id, foreign):
        query = f"{SERVERS}?marker={marker}"
        message = refused(five, lambda query=query: five.get(query, token=member), 400)  # type: ignore[misc]
        assert "marker" in message


ASKED: Final[list[tuple[str, list[str]]]] = [
    ("name=web", ["web-3", "web-2", "web-1"]),
    ("name=web-1", ["web-1"]),
    ("name=^web-1$", ["web-1"]),
    ("name=^web-[12]$", ["web-2", "web-1"]),
    ("name=eb.2", ["web-2"]),
    ("name=WEB", []),
    ("name=%25", []),
    ("name=_", []),
    ("name=db%7Cweb-3", ["db.example.com", "web-3"]),
    ("name=db.example.com", ["db.example.com"]),
    ("name=^db.example.com$", ["db.example.com"]),
    ("name=!", []),
    ("status=ACTIVE", ["db.example.com", "web-3", "web-2"]),
    ("status=shutoff", ["web-1"]),
    ("status=BUILD", []),
    ("status=ERROR&status=SHUTOFF", ["web-1"]),
    ("status=ACTIVE&status=SHUTOFF", ["db.example.com", "web-3", "web-2", "web-1"]),
    ("status=ACTIVE&vm_state=stopped", []),
    ("vm_state=active", ["db.example.com", "web-3", "web-2"]),
    ("power_state=4", ["web-1"]),
    ("flavor=2", ["web-3", "web-2", "web-1"]),
    ("flavor=5", ["db.example.com"]),
    ("flavor=99", []),
    (f"image={IMAGE}", ["web-3", "web-2", "web-1"]),
    (f"image={CIRROS}", ["db.example.com"]),
    ("name=web&status=ACTIVE&flavor=2", ["web-3", "web-2"]),
    ("tags=live", ["web-2"]),
    ("tags=live,old", []),
    ("reservation_id=r-zzzzzzzz", []),
    ("deleted=False", ["db.example.com", "web-3", "web-2", "web-1"]),
    ("deleted=0&zap=1&changes=x", ["db.example.com", "web-3", "web-2", "web-1"]),
    ("sort_key=created_at&sort_dir=asc", ["web-1", "web-2", "web-3", "db.example.com"]),
    ("sort_dir=asc", ["web-1", "web-2", "web-3", "db.example.com"]),
    ("sort_key=created_at&sort_dir=asc&name=web", ["web-1", "web-2", "web-3"]),
    ("sort_key=created_at", ["db.example.com", "web-3", "web-2", "web-1"]),
    (f"project_id={HOME}", ["db.example.com", "web-3", "web-2", "web-1"]),
    (f"tenant_id={ELSEWHERE}", []),
    (f"tenant_id={ELSEWHERE}&project_id={HOME}", []),
]


@pytest.fixture
def four(api: Api) -> Api:
    """Four servers: one stopped, one with tags, one of another flavor and image."""
    act(api, create(api, "web-1"), "os-stop")
    api.put(f"/servers/{create(api, 'web-2')}", {"tags": ["live", "www"]})
    create(api, "web-3")
    made = {"name": "db.example.com", "flavor": "m1.xlarge", "image": "cirros-0.3.4-x86_64-uec"}
    api.post("/servers", {"server": made})
    api.act("db.example.com", "poweron")
    return api


def test_a_list_has_those_that_are_asked_for(four: Api) -> None:
    for query, expected in ASKED:
        assert names(four, f"?{query}") == expected, query
        brief = four.get(f"{SERVERS}?{query}").json()["servers"]
        assert [server["name"] for server in brief] == expected, query


def test_filters_go_on_from_page_to_page(four: Api) -> None:
    assert pages(four, "?name=web&limit=2") == [["web-3", "web-2"], ["web-1"]]
    assert pages(four, "?name=%5Eweb&limit=1") == [["web-3"], ["web-2"], ["web-1"]]
    assert pages(four, "?status=ACTIVE&limit=2") == [["db.example.com", "web-3"], ["web-2"]]
    oldest = "?sort_key=created_at&sort_dir=asc&limit=3"
    assert pages(four, oldest) == [["web-1", "web-2", "web-3"], ["db.example.com"]]


def test_a_list_by_flavor_has_those_that_are_shown_with_it(api: Api) -> None:
    typed = api.create("typed", commercial_type="VC1S")
    both = api.create("both", commercial_type="VC1S", flavor="m1.small")
    assert show(api, typed["id"])["flavor"]["id"] == "VC1S"
    assert show(api, both["id"])["flavor"]["id"] == "2"
    assert names(api, "?flavor=VC1S") == ["typed"]
    assert names(api, "?flavor=2") == ["both"]


def test_an_image_of_ones_own_is_one_in_capitals(api: Api) -> None:
    image = api.act(create(api, "a"), "backup").json()["task"]["backup"]["id"]
    create(api, "b", imageRef=image.upper())
    api.create("c", image=image.upper())  # as sent, at the root
    assert names(api, f"?image={image.upper()}") == ["c", "b"]
    for ref in (image, IMAGE.upper()):
        assert names(api, f"?image={ref}") == ["a" if ref == IMAGE.upper() else "b"]


WRONG: Final = [
    *("limit=-1", "limit=x", "limit=1&limit=2", "name=", "name=(", "name=%28%3F%3Da)", "name=%00"),
    *(
        "name=" + "x" * 256,
        "name=%FF",
        "marker=a&marker=b",
        "tags=",
        "tags=a,,b",
        "deleted=perhaps",
    ),
    *("deleted=True", "status=DELETED", "changes-since=2026-01-01T00:00:00Z", "ip=10.", "host=h"),
    *("key_name=k", "tags-any=a", "not-tags=a", "sort_key=display_name", "sort_dir=up"),
    *("sort_key=created_at&sort_key=uuid", "all_tenants=perhaps", "uuid=x", "task_state=y"),
]


@pytest.mark.parametrize("query", WRONG)
def test_what_cannot_be_honoured_is_refused(api: Api, query: str) -> None:
    refused(api, lambda: api.get(f"{SERVERS}?{query}"), 400)
    refused(api, lambda: api.get(f"{SERVERS}/detail?{query}"), 400)


def test_every_wrong_parameter_is_named_at_once(api: Api) -> None:
    message = refused(api, lambda: api.get(f"{SERVERS}?limit=x&name=(&host=h"), 400)
    assert all(word in message for word in ("limit: ", "name: ", "host: "))


def test_a_list_is_of_the_callers_own_organizations(api: Api) -> None:
    member, both = api.issue("member", ELSEWHERE), api.issue("reader", HOME, ELSEWHERE)
    create(api, "home")
    create(api, "elsewhere", token=member)
    assert names(api) == ["home"]
    assert names(api, token=member) == ["elsewhere"]
    assert names(api, token=both) == ["elsewhere", "home"]
    assert names(api, f"?project_id={ELSEWHERE}", token=both) == ["elsewhere"]
    assert names(api, f"?project_id={HOME}", token=member) == []


@pytest.mark.parametrize("word", ["1", "True", "true", ""])
def test_an_admin_may_ask_for_all(api: Api, word: str) -> None:
    create(api, "home")
    create(api, "elsewhere", token=api.issue("member", ELSEWHERE))
    assert names(api, f"?all_tenants={word}") == ["elsewhere", "home"]
    assert names(api, f"?all_tenants={word}&tenant_id={ELSEWHERE}") == ["elsewhere"]
    assert names(api, f"?tenant_id={ELSEWHERE}") == ["elsewhere"]


@pytest.mark.parametrize("role", ["member", "auditor", "reader"])
def test_nobody_else_may(api: Api, role: Role) -> None:
    token = api.issue(role, HOME)
    for query in ("all_tenants=1", "deleted=1", "status=deleted"):
        ask = f"{SERVERS}?{query}"
        refused(api, lambda ask=ask: api.get(ask, token=token), 403)  # type: ignore[misc]
    assert names(api, "?all_tenants=0", token=token) == []


def test_no_pattern_holds_the_service_up(api: Api) -> None:
    create(api, "a" * 250 + "!")
    started = time.monotonic()
    for pattern in ("(a*)*$b", "(a|a)*c", "(.*a){20}b"):
        assert names(api, f"?name={pattern.replace('+', '%2B')}") == []
    assert time.monotonic() - started < 5


def test_more_than_a_thousand_come_in_pages(api: Any) -> None:
    for _ in range(10):
        create(api, "many", max_count=100)
    create(api, "last")
    first = conforms("servers", api.get(SERVERS))
    assert len(first["servers"]) == 1_000
    ((link),) = first["servers_links"]
    rest = conforms("servers", api.get(link["href"].removeprefix(BASE)))
    assert [server["name"] for server in rest["servers"]] == ["many-1"]
    assert "servers_links" not in rest
