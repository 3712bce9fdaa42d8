"""The audit: an entry a command, whatever came of it; its filters, its forms, and who may ask."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from commands.store.tables import origins, principals
from domain.access import Role
from tests.api.expecting import UUID, problem, refuses
from tests.support import ELSEWHERE, HOME, SEED_B, Api


def entries(api: Api, query: str = "", **kwargs: Any) -> list[dict[str, Any]]:
    answer = api.get(f"/audit{query}", **kwargs)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


def test_an_entry_tells_who_asked_for_what_and_what_it_changed(api: Api) -> None:
    server = api.create("web")
    headers = {"X-Request-Id": "r-1"}
    api.patch("/servers/web", {"server": {"new_name": "shop"}}, headers=headers)
    (entry,) = entries(api, "?request_id=r-1")
    changes = {change["field"]: change for change in entry.pop("changes")}
    assert changes.pop("name") == {"field": "name", "before": "web", "after": "shop"}
    assert changes.pop("version") == {"field": "version", "before": 1, "after": 2}
    assert list(changes) == ["modification_date"]
    assert re.fullmatch(UUID, entry["actor"].pop("id"))
    assert entry.pop("time") == changes["modification_date"]["after"]
    assert entry.pop("duration_ms") >= 0
    assert entry == {
        "request_id": "r-1",
        "actor": {"name": "admin"},
        "organization": HOME,
        "source": "testclient",
        "method": "PATCH",
        "path": "/servers/web",
        "dialect": "root",
        "action": "update",
        "ref": "web",
        "server": {"id": server["id"], "name": "web"},
        "volume": None,
        "outcome": "accepted",
        "status": 200,
        "reason": None,
        "positions": [api.position],
    }


def test_what_was_refused_unchanged_or_repeated_has_its_entry(api: Api) -> None:
    server = api.create("web")
    start = api.position
    api.act("web", "resetsoft")
    api.act("web", "poweroff")
    for _ in range(2):
        api.put("/servers/web", {"tags": ["a"]}, headers={"Idempotency-Key": "k"})
    api.delete("/servers/nobody")
    api.post("/servers", {"name": ""})  # 400: never became a command
    told = [entry for entry in entries(api) if entry["positions"][0] > start]
    bound, free = {"id": server["id"], "name": "web"}, None
    assert [(e["outcome"], e["status"], e["action"], e["server"]) for e in told] == [
        ("refused", 409, "resetsoft", bound),
        ("no_effect", 202, "poweroff", bound),
        ("accepted", 200, "update", bound),
        ("repeated", 200, "update", bound),
        ("refused", 404, "delete", free),
    ]
    assert told[0]["reason"] == "a stopped server cannot be restarted; start it first"
    assert [bool(entry["changes"]) for entry in told] == [False, False, True, False, False]


def test_old_entries_keep_old_names(api: Api) -> None:
    api.create("a")
    api.patch("/servers/a", {"server": {"new_name": "b"}})
    api.delete("/servers/b")
    api.create("a")
    assert [(e["action"], e["server"]["name"]) for e in entries(api, "?action=update")] == [
        ("update", "a")
    ]
    assert [e["action"] for e in entries(api, "?name=b")] == ["update", "delete"]
    assert [e["action"] for e in entries(api, "?name=a")] == ["create", "update", "create"]


def test_several_made_at_once_are_one_entry_found_from_each_of_them(api: Api) -> None:
    api.post("/servers", {"server": SEED_B["server"] | {"name": "web", "max_count": 3}})
    (entry,) = entries(api, "?action=create")
    last = api.position
    assert entry["positions"] == [last - 2, last - 1, last]
    assert entry["server"]["name"] == "web-1"
    second = api.get("/servers/web-2").json()["server"]["id"]
    (own,) = api.get(f"/servers/{second}/audit").json()["entries"]
    (named,) = entries(api, "?name=web-2")
    assert own == named
    assert (own["server"]["id"], own["positions"]) == (second, entry["positions"])


@pytest.mark.parametrize("path", ["/audit", "/servers/web/audit"])
def test_only_who_may_audit_reads_it_and_of_their_own_alone(api: Api, path: str) -> None:
    api.create("web")
    roles: tuple[Role, ...] = ("reader", "member")
    for role in roles:
        token = api.issue(role, HOME)
        refuses(api, (403, "right.missing"), "GET", path, token=token)
    assert api.get(path, token=api.issue("auditor", HOME)).status_code == 200


def test_an_auditor_sees_no_other_organization(api: Api) -> None:
    mine, theirs = api.create("mine"), api.create("theirs", organization=ELSEWHERE)
    token = api.issue("auditor", HOME)
    told = entries(api, token=token)
    assert {entry["organization"] for entry in told} == {HOME}
    assert api.get(f"/servers/{mine['id']}/audit", token=token).status_code == 200
    problem(api.get(f"/servers/{theirs['id']}/audit", token=token), 404, "server.unknown")
    for query in (f"?organization={ELSEWHERE}", f"?server={theirs['id']}", "?name=theirs"):
        assert entries(api, query, token=token) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("color=red", "color"),
        ("outcome=lost", "outcome"),
        ("field=colour", "field"),
        ("from=yesterday", "from"),
        ("to=", "to"),
        ("order=random", "order"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("after=AAAA", "after"),
        ("actor=a&actor=b", "actor"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused(api: Api, query: str, field: str) -> None:
    refuses(api, (400, "request.invalid"), "GET", f"/audit?{query}", {field})


def test_a_cursor_is_good_for_its_own_question_alone(api: Api) -> None:
    api.create()
    following = api.get("/audit?limit=1").json()["next"]
    assert api.get(f"/audit?limit=2&after={following}").status_code == 200
    for path in ("/audit?order=newest", "/audit?actor=admin", "/servers/my_server/audit"):
        joint = "&" if "?" in path else "?"
        refuses(api, (400, "request.invalid"), "GET", f"{path}{joint}after={following}", {"after"})
    refuses(api, (400, "request.invalid"), "GET", f"/events?after={following}", {"after"})


def test_an_actor_is_found_by_name_or_id_and_nobody_by_another(api: Api) -> None:
    token = api.issue("member", HOME, name="ann")
    api.post("/servers", SEED_B, token=token)
    (entry,) = entries(api, "?actor=ann")
    assert entry["actor"]["name"] == "ann"
    assert entries(api, f"?actor={entry['actor']['id']}") == [entry]
    assert entries(api, "?actor=bob") == []


def test_as_lines_and_as_a_table_it_says_the_same(api: Api) -> None:
    api.create('with "quotes", and commas')
    expected = entries(api)
    lines = api.get("/audit", headers={"Accept": "application/x-ndjson"})
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == expected
    table = api.get("/audit?limit=2", headers={"Accept": "text/csv;q=0.9, image/png"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'rel="next"' in table.headers["link"]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["request_id"] for row in rows] == [entry["request_id"] for entry in expected[:2]]
    whole = list(
        csv.DictReader(io.StringIO(api.get("/audit", headers={"Accept": "text/csv"}).text))
    )
    assert json.loads(whole[-1]["changes"]) == expected[-1]["changes"]
    assert whole[-1]["server.name"] == 'with "quotes", and commas'
    assert api.get("/audit", headers={"Accept": "text/csv;q=0, */*"}).json()["entries"] == expected


def test_names_and_addresses_can_be_erased_without_touching_the_log(api: Api) -> None:
    api.create()
    with api.service.database.writing() as session:
        session.write(principals.delete(), [{}])
        session.write(origins.delete(), [{}])
    entry = entries(api)[-1]
    assert (entry["actor"]["name"], entry["source"]) == (None, None)
    assert re.fullmatch(UUID, entry["actor"]["id"])


def test_who_acts_in_several_organizations_asks_what_others_do(api: Api) -> None:
    server, _ = api.create("here"), api.create("there", organization=ELSEWHERE)
    auditor = api.issue("auditor", HOME, ELSEWHERE)
    for question, several in (
        ("/audit", True),
        ("/audit?action=create", True),
        ("/audit?outcome=accepted", True),
        (f"/audit?server={server['id']}", False),
        (f"/servers/{server['id']}/audit", False),
        ("/events?type=server.created", True),
        (f"/servers/{server['id']}/events", False),
    ):
        answer = api.get(question, token=auditor)
        assert answer.status_code == 200, (question, answer.text)
        found = answer.json()
        entries = found.get("entries") or found.get("events")
        assert (len(entries) > 1) == several, (question, found)
    actions = api.get(f"/v2.1/servers/{server['id']}/os-instance-actions", token=auditor)
    assert [action["action"] for action in actions.json()["instanceActions"]] == ["create"]
