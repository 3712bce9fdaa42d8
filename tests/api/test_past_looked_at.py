"""What a close look at the past found once, and must not find again."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from typing import Any
from urllib.parse import quote

import pytest

from api.history import diffs
from commands.tokens import revoke_token
from tests.api.expecting import problem, refuses
from tests.support import ELSEWHERE, HOME, Api


def test_a_refusal_for_several_of_a_name_tells_the_log_no_ids(api: Api) -> None:
    api.create("dup")
    hidden = api.create("dup", organization=ELSEWHERE)["id"]
    body = problem(api.put("/servers/dup", {}), 409, "server.ambiguous")
    assert hidden in body["detail"], "who asked sees both"
    auditor = api.issue("auditor", HOME)
    for path in ("/audit", "/events"):
        told = api.get(path, token=auditor).text
        assert "several servers are named" in told
        assert hidden not in told


def test_ages_can_be_paged(api: Api) -> None:
    api.create()
    first = api.get("/audit?from=-1h&limit=1")
    path = first.headers["link"].partition(">")[0][1:]
    assert api.get(path).status_code == 200
    assert api.get(f"/audit?from=-1h&limit=1&after={first.json()['next']}").status_code == 200


def test_an_answer_by_a_name_that_is_looked_up_now_is_not_kept(api: Api) -> None:
    server = api.create("web")
    at = quote(server["creation_date"])
    api.patch("/servers/web", {"server": {"new_name": "old"}})
    by_name = api.get("/servers/old?at_version=1")
    assert by_name.headers["cache-control"] == "private, no-cache"
    kept = api.get(f"/servers/{server['id']}?at_version=1").headers["cache-control"]
    assert kept.endswith("immutable")
    for path in (f"/servers/web?at={at}", f"/servers/web/action?at={at}"):
        answer = api.get(path)
        place = answer.headers["content-location"]
        assert place.startswith(f"/servers/{server['id']}")
        assert api.get(place).content == answer.content


def test_questions_have_places_of_their_own_beside_streamed_lists(api: Api) -> None:
    api.create()
    api.service.streams = asyncio.Semaphore(0)  # as many lists are streamed as may be
    assert api.get("/audit").status_code == 200
    assert api.get("/servers?limit=5&at_position=3").status_code == 200


def test_more_questions_than_there_are_places_for_wait_and_are_told(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.reads.READING_S", 0.05)
    api.service.reads._places = asyncio.Semaphore(0)
    problem(api.get("/audit"), 503, "store.unavailable")


def test_what_was_waited_for_is_what_is_read(api: Api) -> None:
    server = api.create("a")
    api.get("/audit")
    service = api.service
    service.follower.stop()  # its thread would step beside this test's
    asked = service.log_position
    api.create("b")

    async def moved_on() -> int:
        # As if it was followed just after the turn's first read.
        found = await asked()
        follow = threading.Thread(target=service.follower.step)
        follow.start()
        follow.join()
        return found

    service.log_position = moved_on
    end = dt.datetime.now(dt.UTC).isoformat()
    answer = api.get(f"/servers?at={quote(end)}")
    assert len(answer.json()["servers"]) == 2
    assert api.get(f"/servers/b?at_position={api.position}").status_code == 200
    assert server["id"] in answer.text


def test_a_position_that_is_reached_is_not_waited_for(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.create("a")
    api.get("/audit")
    reached = api.service.follower.position
    api.service.follower.stop()
    monkeypatch.setattr("api.history.reach.WAIT_S", 0.05)
    api.create("b")
    for path in ("/servers?limit=1&", "/servers/a?", f"/diff?from=0&to={reached}&"):
        point = "" if path.startswith("/diff") else f"at_position={reached}"
        assert api.get(f"{path}{point}".rstrip("&")).status_code == 200
    assert api.get(f"/events/{reached}").status_code == 200
    for path in (f"/events/{reached + 1}", f"/servers?at_position={reached + 1}"):
        problem(api.get(path), 503, "position.unreached")
    late = api.get("/audit", headers={"X-Min-Position": str(reached + 1)})
    problem(late, 503, "position.unreached")
    assert api.get("/audit").headers["x-log-position"] == str(reached)


@pytest.mark.parametrize(
    "value",
    [
        "Sun, 22 Nov 99999999999999999999 04:00:00 GMT",
        "Sun, 22 Nov 2020 04:00:00 +0500 GMT",
        "Sun, 22 Nov 2020 04:00:00 GMT GMT",
        "Sun, 32 Nov 2020 04:00:00 GMT",
    ],
)
def test_a_date_that_only_looks_like_one_is_refused(api: Api, value: str) -> None:
    headers = {"Accept-Datetime": value}
    refuses(api, (400, "header.malformed"), "GET", "/servers", headers=headers)


def test_digits_of_other_scripts_are_none(api: Api) -> None:
    refuses(api, (400, "request.invalid"), "GET", "/servers?at=-%D9%A1h", {"at"})


def test_an_empty_filter_is_a_filter(api: Api) -> None:
    api.create()
    assert api.get("/audit?server=").json()["entries"] == []
    assert api.get("/events?server=").json()["events"] == []


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json, text/event-stream;q=0.1", "application/json"),
        ("application/*", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_of_forms_that_are_accepted_the_best_is_given(api: Api, accept: str, kind: str) -> None:
    answer = api.get("/events?limit=1", headers={"Accept": accept})
    assert answer.headers["content-type"] == kind
    lines = api.get("/audit", headers={"Accept": "application/json;q=0, */*"})
    assert lines.headers["content-type"] == "application/x-ndjson"


def test_a_wait_ends_with_its_token(api: Api) -> None:
    token = api.issue("reader", HOME, name="rod")
    answers: list[Any] = []

    def wait() -> None:
        path = f"/events?after_position={api.position}&wait=30"
        answers.append(api.get(path, token=token))

    waiting = threading.Thread(target=wait)
    waiting.start()
    api.service.store.writer.run(lambda unit: revoke_token(unit, "rod"))
    waiting.join()
    problem(answers[0], 401, "caller.unknown")


def test_a_restore_of_a_deletion_is_refused(api: Api) -> None:
    server = api.create("a")
    api.delete("/servers/a")
    api.post(f"/servers/{server['id']}/revert", {"to_version": 1})
    body = {"action": "restore", "version": 2}
    refuses(api, (409, "version.unknown"), "POST", "/servers/a/action", json=body)
    assert api.act("a", "restore", version=1).status_code == 202


def test_an_organization_named_twice_counts_once(api: Api) -> None:
    api.create("a")
    token = api.issue("member", HOME, HOME)
    path = f"/servers?page=1&at_position={api.position}"
    assert api.get(path, token=token).headers["x-total-count"] == "1"
    assert api.get(f"/servers/a?at_position={api.position}", token=token).status_code == 200


def test_a_diff_of_more_of_the_fleet_than_is_told_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diffs, "SERVERS_MAX", 2)
    start = api.get("/diff?from=0").headers["X-Log-Position"]
    for name in ("a", "b"):
        api.create(name)
    told = api.get(f"/diff?from={start}")
    assert (told.status_code, len(told.json()["created"])) == (200, 2)
    shorter = told.headers["X-Log-Position"]
    api.create("c")
    fields = {"to": ["more than 2 servers changed; ask for a shorter stretch"]}
    refuses(api, (400, "request.invalid"), "GET", f"/diff?from={start}", fields)
    assert api.get(f"/diff?from={start}&to={shorter}").status_code == 200
