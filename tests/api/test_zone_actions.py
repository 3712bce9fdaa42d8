"""Actions on servers of a zone, in Scaleway's words, and their tasks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api.expecting import MISSING, UUID, recorded, refuses
from tests.api.zones import IMAGE, SERVERS, ZONE, act, get, make, path, root
from tests.support import ELSEWHERE, HOME, Api

WORDS = "must be one of poweron, poweroff, stop_in_place, reboot, terminate, backup"
ON, OFF, NOTHING = "server.powered_on", "server.powered_off", "request.unchanged"
EFFECTS = [
    ("poweron", False, ON, "running"),
    ("poweron", True, NOTHING, "running"),
    ("poweroff", True, OFF, "stopped"),
    ("poweroff", False, NOTHING, "stopped"),
    ("stop_in_place", True, OFF, "stopped"),
    ("stop_in_place", False, NOTHING, "stopped"),
    ("reboot", True, "server.reset", "running"),
    ("backup", True, "server.backed_up", "running"),
    ("backup", False, "server.backed_up", "stopped"),
]


@pytest.mark.parametrize(("action", "before", "left", "after"), EFFECTS)
def test_an_action_has_its_effect(
    api: Api, action: str, before: bool, left: str, after: str
) -> None:
    made = make(api)
    if before:
        act(api, made, "poweron")
    version = root(api, made)["version"] + (left != NOTHING)
    answer, names = recorded(api, lambda: act(api, made, action))
    assert (answer.status_code, names) == (202, [left])
    assert (get(api, made)["state"], root(api, made)["version"]) == (after, version)
    assert answer.headers["etag"] == f'"{made["id"]}:{version}"'


def test_the_actions_offered_are_those_of_the_state(api: Api) -> None:
    made = make(api)
    stopped = ["poweron", "terminate", "backup"]
    running = ["poweroff", "stop_in_place", "reboot", "terminate", "backup"]
    for offered in (stopped, running):
        assert api.get(path(made, "action")).json() == {"actions": offered}
        assert get(api, made)["allowed_actions"] == offered
        act(api, made, "poweron")


def test_an_action_becomes_a_task_that_is_found_again(api: Api) -> None:
    made = make(api)
    answer = act(api, made, "poweron", name="ignored", disable_ipv6=True)
    task = answer.json()["task"]
    assert task == {
        "id": task["id"],
        "description": "server_poweron",
        "href_from": f"/servers/{made['id']}/action",
        "href_result": f"/servers/{made['id']}",
        "progress": 100,
        "status": "success",
        "position": api.position,
        "started_at": task["started_at"],
        "terminated_at": task["terminated_at"],
        "zone": "fr-par-1",
    }
    assert task["started_at"] <= task["terminated_at"]
    assert answer.headers["location"] == f"{ZONE}/tasks/{task['id']}"
    assert api.get(answer.headers["location"]).json() == {"task": task}
    assert api.get(f"/tasks/{task['id']}").json()["task"]["description"] == "server_poweron"


def test_a_backup_is_an_image_and_its_task_says_where(api: Api) -> None:
    made = make(api, image=IMAGE)
    task = act(api, made, "backup", name="golden", volumes={}).json()["task"]
    image = api.get(ZONE + task["href_result"]).json()["image"]
    assert (image["name"], image["from_server"]) == ("golden", made["id"])
    assert task["backup"] == {"id": image["id"], "name": "golden", "version": 1}
    unnamed = act(api, made, "backup").json()["task"]
    assert api.get(ZONE + unnamed["href_result"]).json()["image"]["name"] is None


def test_terminate_deletes_and_its_task_stays(api: Api) -> None:
    made = make(api)
    act(api, made, "poweron")
    answer, names = recorded(api, lambda: act(api, made, "terminate"))
    assert (answer.status_code, names) == (202, ["server.deleted"])
    assert "etag" not in answer.headers
    assert api.get(path(made)).status_code == 404
    assert api.get(answer.headers["location"]).json() == answer.json()


def test_an_action_is_repeated_under_its_key(api: Api) -> None:
    made = make(api)
    key = {"Idempotency-Key": "k"}
    first = api.post(path(made, "action"), {"action": "terminate"}, headers=key)
    again, names = recorded(
        api, lambda: api.post(path(made, "action"), {"action": "terminate"}, headers=key)
    )
    assert (again.status_code, names) == (202, ["request.repeated"])
    assert again.json() == first.json()


def test_a_stopped_server_is_not_rebooted(api: Api) -> None:
    made = make(api)
    refuses(api, (409, "server.stopped"), "POST", path(made, "action"), json={"action": "reboot"})


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"action": "enable_routed_ip"}, {"action": [WORDS]}),
        ({"action": "resetsoft"}, {"action": [WORDS]}),
        ({"action": None}, {"action": [WORDS]}),
        ({}, {"action": [WORDS]}),
        ({"action": "backup", "name": ""}, ("name",)),
        (
            {"action": "backup", "volumes": {MISSING: {"volume_type": "unified"}}},
            {"volumes": ["a backup holds every volume, each with the type it has"]},
        ),
    ],
)
def test_what_is_not_offered_is_refused(api: Api, body: dict[str, Any], wrong: Any) -> None:
    made = make(api)
    refuses(api, (400, "request.invalid"), "POST", path(made, "action"), wrong, json=body)


@pytest.mark.parametrize("task", [MISSING, "none", "%20"])
def test_an_unknown_task_is_told(api: Api, task: str) -> None:
    refuses(api, (404, "task.unknown"), "GET", f"{ZONE}/tasks/{task}")


def test_a_task_of_somebody_else_does_not_exist(api: Api) -> None:
    location = act(api, make(api), "poweron").headers["location"]
    stranger = api.issue("member", ELSEWHERE)
    refuses(api, (404, "task.unknown"), "GET", location, token=stranger)


def test_a_reader_does_nothing_to_servers(api: Api) -> None:
    made = make(api)
    reader = api.issue("reader", HOME)
    body = {"action": "poweron"}
    refuses(api, (403, "right.missing"), "POST", path(made, "action"), token=reader, json=body)
    assert api.get(f"{SERVERS}/{made['id']}/action", token=reader).status_code == 200


def test_the_unknown_is_named_with_its_id_where_clients_look_for_it(api: Api) -> None:
    """Scaleway's JavaScript client takes a message apart at its quotes."""
    body = refuses(api, (404, "server.unknown"), "GET", f"{SERVERS}/{MISSING}")
    before, id_, after = body["message"].split("'")
    assert (before, id_, after) == ("no server ", MISSING, "")
    assert re.fullmatch(UUID, id_)
