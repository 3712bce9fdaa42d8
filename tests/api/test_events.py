"""Events as CloudEvents: their shape, their pages, waiting for them, and who sees which."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from commands.tokens import token_sha256
from domain.access import Role
from tests.api.expecting import UUID, problem, refuses
from tests.support import ELSEWHERE, HOME, Api


def events(api: Api, path: str = "/events", **kwargs: Any) -> list[dict[str, Any]]:
    answer = api.get(path, **kwargs)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


def test_an_event_is_a_cloud_event(api: Api) -> None:
    server = api.create()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"traceparent": trace, "X-Request-Id": "r-1"}
    api.post("/servers/my_server/action", {"action": "poweron"}, headers=headers)
    event = api.get(f"/events/{api.position}").json()
    data, actor = event.pop("data"), event["actorid"]
    assert re.fullmatch(f"urn:uuid:{UUID}", event.pop("source"))
    assert re.fullmatch(UUID, event.pop("id"))
    assert event == {
        "specversion": "1.0",
        "type": "server.powered_on",
        "subject": server["id"],
        "time": api.get("/servers/my_server").json()["server"]["modification_date"],
        "datacontenttype": "application/json",
        "sequence": f"{api.position:020}",
        "actorid": actor,
        "requestid": "r-1",
        "traceparent": trace,
    }
    changes = data.pop("changes")
    assert {"field": "running", "before": False, "after": True} in changes
    assert data == {
        "position": api.position,
        "version": 2,
        "organization": HOME,
        "actor": {"id": actor, "name": "admin"},
        "dialect": "root",
        "outcome": "accepted",
        "reason": None,
    }


def test_attributes_are_lower_case_text_and_never_null(api: Api) -> None:
    api.create()
    api.delete("/servers/nobody")
    for event in events(api):
        attributes = {name: value for name, value in event.items() if name != "data"}
        assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in attributes)
        assert all(isinstance(value, str) and value for value in attributes.values())


def test_pages_lead_on_and_end(api: Api) -> None:
    for number in range(5):
        api.create(f"s{number}")
    found, path = [], "/events?limit=2"
    while path:
        answer = api.get(path)
        found += [event["data"]["position"] for event in answer.json()["events"]]
        link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("link", ""))
        assert (link is None) == (answer.json()["next"] is None)
        path = link[1] if link else ""
    assert found == list(range(1, api.position + 1))
    assert [e["data"]["position"] for e in events(api, "/events?after_position=6")] == [7]


def test_no_event_tells_a_token_or_its_hash(api: Api) -> None:
    token = api.issue("member", HOME, name="ann")
    text = api.get("/events").text
    assert "token.issued" in text
    assert token not in text
    assert token_sha256(token) not in text


def test_members_see_what_changed_their_servers_and_auditors_the_requests_too(api: Api) -> None:
    api.create("mine")
    api.create("theirs", organization=ELSEWHERE)
    api.act("mine", "resetsoft")  # refused
    seen: dict[Role, set[str]] = {
        "reader": {"server.created"},
        "member": {"server.created"},
        "auditor": {"server.created", "token.issued", "request.refused"},
    }
    for role, types in seen.items():
        found = events(api, token=api.issue(role, HOME))
        assert {event["data"]["organization"] for event in found} == {HOME}
        assert {event["type"] for event in found} == types
    everything = {event["data"]["position"] for event in events(api)}
    assert everything == set(range(1, api.position + 1))


def test_an_event_of_another_organization_is_not_there(api: Api) -> None:
    theirs = api.create("theirs", organization=ELSEWHERE)
    token = api.issue("auditor", HOME)
    problem(api.get(f"/events/{api.position - 1}", token=token), 404, "event.unknown")
    problem(api.get(f"/servers/{theirs['id']}/events", token=token), 404, "server.unknown")
    for query in (f"server={theirs['id']}", f"organization={ELSEWHERE}"):
        assert events(api, f"/events?{query}", token=token) == []


@pytest.mark.parametrize("position", ["0", "1000000", "x", "-1", "1.0", str(2**64)])
def test_a_position_without_an_event_is_unknown(api: Api, position: str) -> None:
    problem(api.get(f"/events/{position}"), 404, "event.unknown")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=x", "kind"),
        ("type=server.exploded", "type"),
        ("after_position=x", "after_position"),
        ("after_position=1000000", "after_position"),
        ("wait=61", "wait"),
        ("wait=-1", "wait"),
        ("limit=0", "limit"),
        ("after=x", "after"),
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(api: Api, query: str, field: str) -> None:
    refuses(api, (400, "request.invalid"), "GET", f"/events?{query}", {field})


def test_a_server_s_events_are_its_own_after_its_deletion_too(api: Api) -> None:
    server = api.create()
    api.create("other")
    api.act("my_server", "resetsoft")  # refused: nothing that happened to it
    api.delete("/servers/my_server")
    found = events(api, f"/servers/{server['id']}/events")
    assert [event["type"] for event in found] == ["server.created", "server.deleted"]
    assert [event["data"]["version"] for event in found] == [1, 2]


def test_who_waits_gets_what_comes_then(api: Api) -> None:
    end = api.position
    answers: list[Any] = []

    def wait() -> None:
        answers.append(api.get(f"/events?type=server.created&after_position={end}&wait=30"))

    waiting = threading.Thread(target=wait)
    waiting.start()
    api.issue("reader", HOME)  # not what is waited for
    api.create()
    waiting.join()
    assert [event["type"] for event in answers[0].json()["events"]] == ["server.created"]


def test_who_waits_in_vain_gets_nothing(api: Api) -> None:
    answer = api.get(f"/events?after_position={api.position}&wait=1")
    assert answer.json() == {"events": [], "next": None}
