"""What each caller sees of three organizations: lists, names, tasks, reservations."""

from __future__ import annotations

from typing import Any

import pytest

from domain.access import ROLES, Role
from tests.api.expecting import refuses
from tests.api.test_roles import THIRD
from tests.support import ELSEWHERE, HOME, SEED_A, SEED_B, Api

ALL = (HOME, ELSEWHERE, THIRD)


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [server["name"] for server in answer.json()["servers"]]


@pytest.fixture
def peopled(api: Api) -> Api:
    """Two servers in each organization, made in turn."""
    for n in (1, 2):
        for place, organization in zip(("home", "elsewhere", "third"), ALL, strict=True):
            api.create(f"{place}-{n}", organization=organization, volumes=[f"{place}-{n}"])
    return api


@pytest.mark.parametrize("role", ROLES)
def test_a_list_holds_the_callers_organizations_alone(peopled: Api, role: Role) -> None:
    token = peopled.issue(role, ELSEWHERE, THIRD)
    mine = ["elsewhere-1", "third-1", "elsewhere-2", "third-2"]
    if role == "admin":
        mine = ["home-1", "elsewhere-1", "third-1", "home-2", "elsewhere-2", "third-2"]
    assert names(peopled.get("/servers", token=token)) == mine
    assert names(peopled.get("/servers?limit=10", token=token)) == mine
    page = peopled.get("/servers?page=1&per_page=3", token=token)
    assert names(page) == mine[:3]
    assert page.headers["x-total-count"] == str(len(mine))


def test_a_caller_of_one_organization_sees_that_one(peopled: Api) -> None:
    token = peopled.issue("reader", THIRD)
    assert names(peopled.get("/servers", token=token)) == ["third-1", "third-2"]


def test_the_organization_filter_never_widens_what_is_seen(peopled: Api) -> None:
    token = peopled.issue("member", HOME, ELSEWHERE)

    def filtered(organization: str, more: str = "") -> list[str]:
        return names(peopled.get(f"/servers?organization={organization}{more}", token=token))

    assert filtered(HOME) == ["home-1", "home-2"]
    assert filtered(ELSEWHERE) == ["elsewhere-1", "elsewhere-2"]
    assert filtered(THIRD) == []
    assert filtered(THIRD, "&limit=10") == []
    assert filtered(THIRD, "&page=1") == []
    assert filtered("nobody") == []
    assert names(peopled.get(f"/servers?organization={THIRD}")) == ["third-1", "third-2"]


def test_a_foreign_filter_counts_nothing(peopled: Api) -> None:
    token = peopled.issue("member", HOME)
    answer = peopled.get(f"/servers?organization={THIRD}&page=1", token=token)
    assert answer.headers["x-total-count"] == "0"


@pytest.mark.parametrize("query", ["name=third-1", "image=secret", "tags=secret"])
def test_no_other_filter_finds_a_foreign_server(peopled: Api, query: str) -> None:
    peopled.put("/servers/third-1", {"image": "secret", "tags": ["secret"]})
    token = peopled.issue("member", HOME)
    assert len(names(peopled.get(f"/servers?{query}"))) == 1
    assert names(peopled.get(f"/servers?{query}", token=token)) == []


def test_a_name_is_looked_up_in_the_callers_organizations_alone(api: Api) -> None:
    mine = api.create("web", organization=HOME)
    theirs = api.create("web", organization=THIRD)
    member, third = api.issue("member", HOME), api.issue("member", THIRD)
    assert api.get("/servers/web", token=member).json() == {"server": mine}
    assert api.get("/servers/web", token=third).json() == {"server": theirs}
    refuses(api, (409, "server.ambiguous"), "DELETE", "/servers/web")
    assert api.delete("/servers/web", token=third).status_code == 204
    assert api.get("/servers").json() == {"servers": [mine]}


def test_a_name_that_is_a_foreign_id_is_still_a_name(api: Api) -> None:
    foreign = api.create("x", organization=THIRD)
    mine = api.create(foreign["id"], organization=HOME)
    member = api.issue("member", HOME)
    path = f"/servers/{foreign['id']}"
    assert api.get(path, token=member).json() == {"server": mine}
    assert api.put(path, {"tags": ["a"]}, token=member).json()["server"]["id"] == mine["id"]
    assert api.get(path).json() == {"server": foreign}


def test_in_an_envelope_the_organization_is_the_tokens_home(api: Api) -> None:
    member = api.issue("member", ELSEWHERE, HOME)
    created = api.post("/servers", SEED_B, token=member)
    assert created.json()["server"]["organization"] == ELSEWHERE


def test_a_foreign_task_is_told_as_a_missing_one(api: Api) -> None:
    api.create("x", organization=THIRD)
    task = api.act("x", "poweron").json()["task"]["id"]
    member, theirs = api.issue("member", HOME), api.issue("reader", THIRD)
    assert api.get(f"/tasks/{task}", token=theirs).status_code == 200
    missing = task[:-1] + ("0" if task[-1] != "0" else "1")
    bodies = []
    for ref in (task, missing):
        body = refuses(api, (404, "task.unknown"), "GET", f"/tasks/{ref}", token=member)
        del body["request_id"]
        bodies.append({name: str(value).replace(ref, "REF") for name, value in body.items()})
    assert bodies[0] == bodies[1]


def test_a_reservation_is_found_in_the_callers_organizations_alone(api: Api) -> None:
    member = api.issue("member", THIRD)
    several = {"server": SEED_B["server"] | {"max_count": 2}}
    reservation = api.post("/servers", several, token=member).json()["reservation_id"]
    found = f"/servers?reservation_id={reservation}"
    assert len(names(api.get(found, token=member))) == 2
    assert names(api.get(found, token=api.issue("member", HOME))) == []


def test_a_foreign_organization_is_refused_whether_it_has_servers_or_not(peopled: Api) -> None:
    member = peopled.issue("member", HOME)
    bodies = []
    for organization in (THIRD, "nobody"):
        body = refuses(
            peopled,
            (403, "organization.foreign"),
            "POST",
            "/servers",
            json=SEED_A | {"organization": organization},
            token=member,
        )
        del body["request_id"]
        bodies.append({name: str(value).replace(organization, "O") for name, value in body.items()})
    assert bodies[0] == bodies[1]


def test_volumes_are_those_of_the_callers_servers(peopled: Api) -> None:
    token = peopled.issue("reader", ELSEWHERE)
    volumes = peopled.get("/volumes", token=token).json()["volumes"]
    assert [volume["id"] for volume in volumes] == ["elsewhere-1", "elsewhere-2"]
