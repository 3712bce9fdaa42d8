"""Reverting: a server is what it was, live ones and deleted ones; asked about or done."""

from __future__ import annotations

from typing import Any

import jsonpatch
import pytest

from tests.api.expecting import problem, recorded, refuses
from tests.support import ELSEWHERE, HOME, Api


def revert(api: Api, ref: str, body: dict[str, Any], **kwargs: Any) -> Any:
    return api.post(f"/servers/{ref}/revert", body, **kwargs)


def test_a_live_server_is_what_it_was_at_a_version(api: Api) -> None:
    server = api.create("a", tags=["x"])
    api.put("/servers/a", {"name": "b", "tags": []})
    api.act("b", "poweron")
    answer, names = recorded(api, lambda: revert(api, "b", {"to_version": 1}))
    assert (answer.status_code, names) == (200, ["server.reverted"])
    shown = answer.json()["server"]
    assert shown | {"version": 1, "modification_date": server["modification_date"]} == server
    assert shown["version"] == 4
    assert answer.headers["etag"] == f'"{server["id"]}:4"'
    assert answer.headers["x-log-position"] == str(api.position)
    assert api.get("/servers/a").json()["server"] == shown


def test_a_revert_is_undone_by_another(api: Api) -> None:
    server = api.create("a")
    api.put("/servers/a", {"name": "b"})
    then = api.position
    revert(api, "b", {"to_version": 1})
    shown = revert(api, server["id"], {"to_position": then}).json()["server"]
    assert (shown["name"], shown["version"]) == ("b", 4)


def test_a_deleted_server_lives_again_in_its_old_place(api: Api) -> None:
    server = api.create("a", tags=["x"], volumes=[{"id": "v", "name": "root"}])
    api.act("a", "backup", name="safe")
    api.act("a", "poweron")
    api.create("b")
    api.delete("/servers/a")
    problem(api.get(f"/servers/{server['id']}"), 404, "server.unknown")
    shown = revert(api, server["id"], {"to_version": 3}).json()["server"]
    assert (shown["id"], shown["version"], shown["running"]) == (server["id"], 5, True)
    listed = api.get("/servers?page=1").json()["servers"]
    assert [one["name"] for one in listed] == ["a", "b"]
    assert api.get("/servers?page=1").headers["x-total-count"] == "2"
    assert api.get("/servers?tags=x").json()["servers"] == [shown]
    (volume,) = api.get("/volumes").json()["volumes"]
    assert (volume["id"], volume["server"]["id"]) == ("v", server["id"])
    assert api.act("a", "restore", backup="safe").status_code == 202, "its backups are there"


def test_it_can_go_and_come_back_again_and_again(api: Api) -> None:
    server = api.create("a")
    for _ in range(3):
        api.delete("/servers/a")
        assert revert(api, server["id"], {"to_version": 1}).status_code == 200
    alive = [
        api.get(f"/servers?at_position={at}").json()["servers"] != []
        for at in range(3, api.position + 1)
    ]
    assert alive == [True, *[False, True] * 3]
    totals = [
        api.get(f"/servers?page=1&at_position={at}").headers["x-total-count"]
        for at in range(3, api.position + 1)
    ]
    assert totals == ["1", *["0", "1"] * 3]


def test_what_it_would_do_is_told_and_nothing_recorded(api: Api) -> None:
    server = api.create("a", tags=["x"])
    api.put("/servers/a", {"tags": []})
    now = api.get("/servers/a").json()["server"]
    dry = {"to_version": 1, "dry_run": True}
    answer, names = recorded(api, lambda: revert(api, "a", dry))
    told = answer.json()
    assert (answer.status_code, names, told["dry_run"]) == (200, [], True)
    assert jsonpatch.apply_patch(now, told["patch"]) == told["server"]
    assert told["server"]["tags"] == ["x"]
    assert [change["field"] for change in told["changes"]] == [
        *("tags", "modification_date", "version")
    ]
    api.delete("/servers/a")
    back = revert(api, server["id"], dry).json()
    assert jsonpatch.apply_patch({}, back["patch"]) == back["server"]
    assert back["server"]["id"] == server["id"]


def test_a_dry_run_is_judged_as_the_real_one_and_records_no_refusal(api: Api) -> None:
    api.create("a")
    reader = api.issue("reader", HOME)
    stale = {"headers": {"If-Match": '"x:1"'}}
    for body, kwargs, status, code in (
        ({"to_version": 9}, {}, 409, "version.unknown"),
        ({"to_version": 1}, {"token": reader}, 403, "right.missing"),
        ({"to_version": 1}, stale, 412, "version.stale"),
    ):
        dry = body | {"dry_run": True}
        ask = lambda dry=dry, kwargs=kwargs: revert(api, "a", dry, **kwargs)  # noqa: E731
        answer, names = recorded(api, ask)
        problem(answer, status, code)
        assert names == []
        real = revert(api, "a", body, **kwargs)
        problem(real, status, code)


@pytest.mark.parametrize("target", [{"to_version": 0}, {"to_version": 4}, {"to_version": -1}])
def test_a_version_that_it_never_had_is_refused(api: Api, target: dict[str, int]) -> None:
    api.create("a")
    api.act("a", "poweron")
    refuses(api, (409, "version.unknown"), "POST", "/servers/a/revert", json=target)


def test_a_point_at_which_it_was_not_there_is_refused(api: Api) -> None:
    server = api.create("a")
    api.delete("/servers/a")
    deleted = api.position
    path = f"/servers/{server['id']}/revert"
    for target in (
        *({"to_version": 2}, {"to_position": 2}, {"to_position": 0}),
        *({"to_position": deleted}, {"to_position": 10**18}, {"to_position": -1}),
    ):
        refuses(api, (409, "version.unknown"), "POST", path, json=target)


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"to_version": None}, {"to_version": "1"}, {"to_version": 1.5}),
        *({"to_version": 1, "to_position": 3}, {"to_version": 1, "extra": 1}),
        {"to_version": 1, "dry_run": 1},
    ],
)
def test_a_body_that_names_no_one_point_is_refused(api: Api, body: dict[str, Any]) -> None:
    api.create("a")
    answer = revert(api, "a", body)
    problem(answer, 400, "request.invalid", set(answer.json()["fields"]))
    assert api.get("/servers/a").json()["server"]["version"] == 1


def test_a_foreign_server_cannot_be_brought_back(api: Api) -> None:
    server = api.create("a", organization=ELSEWHERE)
    api.delete("/servers/a")
    member = api.issue("member", HOME)
    path, body = f"/servers/{server['id']}/revert", {"to_version": 1}
    refuses(api, (404, "server.unknown"), "POST", path, json=body, token=member)


def test_it_is_repeated_under_its_key_and_expects_a_version(api: Api) -> None:
    server = api.create("a")
    api.delete("/servers/a")
    headers = {"Idempotency-Key": "k", "If-Match": f'"{server["id"]}:2"'}
    answers = [revert(api, server["id"], {"to_version": 1}, headers=headers) for _ in range(2)]
    assert answers[0].status_code == 200
    assert answers[0].content == answers[1].content
    assert api.names()[-2:] == ["server.reverted", "request.repeated"]
    headers = {"If-Match": f'"{server["id"]}:2"'}
    path, body = "/servers/a/revert", {"to_version": 1}
    refuses(api, (412, "version.stale"), "POST", path, headers=headers, json=body)
