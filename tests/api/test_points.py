"""Points of the past: what names one, what is refused, and what is found there."""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.expecting import problem, recorded, refuses
from tests.support import ELSEWHERE, HOME, Api

READS = ("/servers", "/servers/my_server", "/servers/my_server/action", "/servers/my_server/blame")


def shown(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    server: dict[str, Any] = answer.json()["server"]
    return server


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(
    "point",
    [
        *("at=", "at=yesterday", "at=2026-13-01T00:00:00Z", "at=2026-11-22", "at=-1y", "at=1h"),
        "at=9999-12-31T23:59:59-05:00",
        *("at=2026-11-22T04:00:00", "at=9999-01-01T00:00:00Z", "at=2026-11-22T24:00:00Z"),
        *("at_position=", "at_position=-1", "at_position=1.0", "at_position=x", "at_position=+1"),
        f"at_position={2**63}",
        "at_position=1000000",
    ],
)
def test_what_is_no_point_or_lies_in_the_future_is_refused(api: Api, path: str, point: str) -> None:
    api.create()
    refuses(api, (400, "request.invalid"), "GET", f"{path}?{point}", {point.partition("=")[0]})


@pytest.mark.parametrize("path", READS[1:])
@pytest.mark.parametrize("version", ["0", "-1", "x", "1.5", "2", str(2**31)])
def test_a_version_that_never_was_is_refused(api: Api, path: str, version: str) -> None:
    api.create()
    refuses(api, (400, "request.invalid"), "GET", f"{path}?at_version={version}", {"at_version"})


def test_a_list_has_no_version(api: Api) -> None:
    refuses(api, (400, "request.invalid"), "GET", "/servers?at_version=1", {"at_version"})


@pytest.mark.parametrize("path", READS[1:])
def test_two_points_at_once_are_refused_whichever_they_are(api: Api, path: str) -> None:
    api.create()
    points = {"at": "at=-1s", "at_position": "at_position=1", "at_version": "at_version=1"}
    for first, one in points.items():
        for second, other in points.items():
            if first < second:
                query = f"{path}?{one}&{other}"
                refuses(api, (400, "request.invalid"), "GET", query, {first, second})
        header = {"Accept-Datetime": "Sun, 22 Nov 2026 04:00:00 GMT"}
        fields = {first, "Accept-Datetime"}
        refuses(api, (400, "request.invalid"), "GET", f"{path}?{one}", fields, headers=header)
    refuses(api, (400, "request.invalid"), "GET", f"{path}?at=-1s&at=-2s", {"at"})


@pytest.mark.parametrize(
    "value", ["", "now", "2026-11-22T04:00:00Z", "Sun, 22 Nov 2026 04:00:00", "22 Nov 2026 GMT"]
)
def test_an_accept_datetime_that_is_no_date_is_refused(api: Api, value: str) -> None:
    headers = {"Accept-Datetime": value}
    refuses(api, (400, "header.malformed"), "GET", "/servers", headers=headers)


def test_an_accept_datetime_in_the_future_is_refused(api: Api) -> None:
    headers = {"Accept-Datetime": "Fri, 01 Jan 2999 00:00:00 GMT"}
    fields = {"Accept-Datetime"}
    refuses(api, (400, "request.invalid"), "GET", "/servers", fields, headers=headers)


@pytest.mark.parametrize("path", ["/flavors", "/volumes", "/audit", "/events", "/tasks/x"])
def test_what_is_not_answered_as_of_a_point_refuses_one(api: Api, path: str) -> None:
    problem(api.get(f"{path}?at_position=1"), 400, "request.invalid", {"at_position"})


def test_a_time_is_understood_in_every_form_of_rfc_3339(api: Api) -> None:
    server = api.create()
    at = server["creation_date"]  # …+00:00, its plus sent as it is or not
    local = at.replace("+00:00", "-00:00")
    for text in (quote(at), at, at.replace("+00:00", "Z"), at.replace("T", "t"), local):
        answer = api.get(f"/servers/{server['id']}?at={text}")
        assert shown(answer) == server
        assert answer.headers["x-log-position"] == str(api.position)
    assert api.get(f"/servers/{server['id']}?at=-1h").status_code == 404


@pytest.mark.parametrize("time", ["-999999999w", "0001-01-01T00:00:01%2B05:00"])
def test_a_time_before_all_dates_is_before_everything(api: Api, time: str) -> None:
    server = api.create()
    answer = api.get(f"/servers?at={time}")
    assert (answer.json(), answer.headers["x-log-position"]) == ({"servers": []}, "0")
    path = f"/servers/{server['id']}/audit"
    assert api.get(f"{path}?to={time}").json()["entries"] == []
    assert len(api.get(f"{path}?from={time}").json()["entries"]) == 1


def test_a_name_means_who_bore_it_then(api: Api) -> None:
    first = api.create("web")
    renamed = api.position + 1
    api.patch("/servers/web", {"server": {"new_name": "old"}})
    second = api.create("web")
    api.delete("/servers/old")
    assert shown(api.get(f"/servers/web?at_position={renamed - 1}"))["id"] == first["id"]
    assert api.get(f"/servers/web?at_position={renamed}").status_code == 404
    assert shown(api.get(f"/servers/old?at_position={renamed}"))["id"] == first["id"]
    assert shown(api.get(f"/servers/web?at_position={api.position}"))["id"] == second["id"]
    assert shown(api.get("/servers/web?at_version=1"))["id"] == second["id"], "looked up now"


def test_a_name_that_several_bore_then_is_ambiguous(api: Api) -> None:
    twins = [api.create("twin")["id"] for _ in range(2)]
    both = api.position
    api.delete(f"/servers/{twins[0]}")
    body = problem(api.get(f"/servers/twin?at_position={both}"), 409, "server.ambiguous")
    assert all(twin in body["detail"] for twin in twins)
    assert shown(api.get(f"/servers/twin?at_position={both + 1}"))["id"] == twins[1]


def test_a_server_is_there_from_its_creation_to_its_deletion(api: Api) -> None:
    server = api.create()
    born, path = api.position, f"/servers/{server['id']}"
    api.act("my_server", "poweron")
    api.delete(path)
    statuses = [api.get(f"{path}?at_position={at}").status_code for at in range(api.position + 1)]
    assert statuses == [404] * born + [200, 200, 404]
    assert [api.get(f"{path}?at_version={at}").status_code for at in (1, 2, 3)] == [200, 200, 404]
    problem(api.get(f"{path}?at_version=4"), 400, "request.invalid", {"at_version"})


def test_a_foreign_server_has_no_past(api: Api) -> None:
    server = api.create(organization=ELSEWHERE)
    member = api.issue("member", HOME)
    for tail in ("?at_version=1", "?at_version=9", f"?at_position={api.position}", "?at=-0s"):
        answer = api.get(f"/servers/{server['id']}{tail}", token=member)
        missing = api.get(f"/servers/{server['id'][:-1]}x{tail}", token=member)
        assert answer.status_code == missing.status_code == 404
        assert answer.json()["code"] == missing.json()["code"] == "server.unknown"


def test_a_page_as_of_a_point_leads_to_the_next_of_the_same_point(api: Api) -> None:
    for number in range(3):
        api.create(f"s{number}")
    then = api.position
    api.delete("/servers/s1")
    answer = api.get(f"/servers?limit=2&at_position={then}")
    following, _, _ = answer.headers["link"].partition('>; rel="next", ')
    assert [server["name"] for server in answer.json()["servers"]] == ["s0", "s1"]
    rest = api.get(following[1:]).json()["servers"]
    assert [server["name"] for server in rest] == ["s2"]
    cursor = following.partition("after=")[2].partition("&")[0]
    for other in (f"at_position={then + 1}", "at_position=3", ""):
        path = f"/servers?limit=2&after={cursor}&{other}".rstrip("&")
        refuses(api, (400, "request.invalid"), "GET", path, {"after"})
    paged = api.get(f"/servers?limit=2&at=-0s&name=s0&at_position={then}")
    problem(paged, 400, "request.invalid", {"at", "at_position"})


def test_a_read_of_the_past_records_nothing(api: Api) -> None:
    server = api.create()
    for path in (
        f"/servers?at_position={api.position}",
        f"/servers/{server['id']}?at_version=1",
        f"/servers/{server['id']}/blame",
        *("/audit", "/events", "/diff?from=0", "/timemap"),
    ):
        answer, names = recorded(api, functools.partial(api.get, path))
        assert (answer.status_code, names) == (200, [])
