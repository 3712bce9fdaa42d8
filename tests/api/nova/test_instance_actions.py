"""What was done to a server, as Nova tells it."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from api.nova import instance_actions
from api.openstack.request_ids import shown_request_id
from tests.api.expecting import MISSING
from tests.api.nova.expecting import SERVERS, act, create, refused
from tests.nova_schemas import conforms
from tests.support import ELSEWHERE, HOME, Api

SHOWN: Final = re.compile("req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def told(api: Api, server_id: str, **kwargs: Any) -> list[dict[str, Any]]:
    answer = api.get(f"{SERVERS}/{server_id}/os-instance-actions", **kwargs)
    actions: list[dict[str, Any]] = conforms("instance actions", answer)["instanceActions"]
    return actions


def test_everything_is_told_the_newest_first_after_the_servers_end_too(api: Api) -> None:
    server_id = create(api)
    act(api, server_id, "os-stop")
    act(api, server_id, "os-stop")  # refused
    act(api, server_id, "os-start")
    act(api, server_id, "reboot", {"type": "HARD"})
    act(api, server_id, "createImage", {"name": "i"})
    act(api, server_id, "createBackup", {"name": "b", "backup_type": "d", "rotation": 1})
    api.put(f"{SERVERS}/{server_id}", {"server": {"name": "x"}})
    api.post(f"{SERVERS}/{server_id}/metadata", {"metadata": {"a": "b"}})
    api.act(server_id, "backup")
    api.act(server_id, "restore")
    api.act(server_id, "poweron")  # without effect
    api.delete(f"{SERVERS}/{server_id}")
    actions = told(api, server_id)
    assert [action["action"] for action in actions] == [
        *("delete", "restore", "backup", "update", "update", "createBackup", "createImage"),
        *("reboot", "start", "stop", "create"),
    ]
    for action in actions:
        assert (action["instance_uuid"], action["project_id"]) == (server_id, HOME)
        assert SHOWN.fullmatch(action["request_id"])
    ((_, first),) = [(at, r) for at, r in api.records() if r.originator_id == server_id][:1]
    assert {action["user_id"] for action in actions} == {first.metadata.principal_id}


def test_one_is_found_by_its_request_id_however_that_looked(api: Api) -> None:
    server_id = create(api)
    sent = ("0193c1de-6c0e-4711-b3b2-3ba311cb722b", "ticket-4711", f"req-{MISSING}")
    for request_id in sent:
        answer = act(
            api, server_id, "reboot", {"type": "HARD"}, headers={"X-Request-Id": request_id}
        )
        shown = answer.headers["x-openstack-request-id"]
        found = api.get(f"{SERVERS}/{server_id}/os-instance-actions/{shown}")
        action = conforms("instance action", found)["instanceAction"]
        assert (action["action"], action["request_id"]) == ("reboot", shown)
        (event,) = action.pop("events")
        assert (event["event"], event["result"]) == ("compute_reboot_instance", "Success")
        assert event["start_time"] == action["start_time"] <= event["finish_time"]
        assert action == told(api, server_id)[0]
    assert told(api, server_id)[0]["request_id"] == f"req-{MISSING}"


def test_only_the_last_ones_are_looked_through_for_an_id_that_was_hashed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_id = create(api)
    act(api, server_id, "reboot", {"type": "HARD"}, headers={"X-Request-Id": "first"})
    act(api, server_id, "reboot", {"type": "HARD"}, headers={"X-Request-Id": "second"})
    where = f"{SERVERS}/{server_id}/os-instance-actions"
    monkeypatch.setattr(instance_actions, "SCANNED_MAX", 1)
    assert api.get(f"{where}/{shown_request_id('second')}").status_code == 200
    assert api.get(f"{where}/{shown_request_id('first')}").status_code == 404
    assert api.get(f"{where}/req-{MISSING}").status_code == 404


def test_what_has_no_event_of_novas_has_none(api: Api) -> None:
    server_id = create(api)
    answer = api.put(f"{SERVERS}/{server_id}", {"server": {"name": "x"}})
    shown = answer.headers["x-openstack-request-id"]
    found = api.get(f"{SERVERS}/{server_id}/os-instance-actions/{shown}").json()
    assert (found["instanceAction"]["action"], found["instanceAction"]["events"]) == ("update", [])


def test_of_several_made_at_once_each_has_its_own(api: Api) -> None:
    create(api, max_count=2)
    for server in api.get(SERVERS).json()["servers"]:
        (action,) = told(api, server["id"])
        assert action["instance_uuid"] == server["id"]
        path = f"{SERVERS}/{server['id']}/os-instance-actions/{action['request_id']}"
        assert api.get(path).json()["instanceAction"]["instance_uuid"] == server["id"]


def test_who_does_not_see_the_server_is_told_nothing(api: Api) -> None:
    server_id, other = create(api), api.issue("member", ELSEWHERE)
    path = f"{SERVERS}/{server_id}/os-instance-actions"
    (action,) = told(api, server_id)
    one = f"{path}/{action['request_id']}"
    refused(api, lambda: api.get(path, token=other), 404)
    refused(api, lambda: api.get(one, token=other), 404)
    refused(api, lambda: api.get(f"{SERVERS}/{MISSING}/os-instance-actions"), 404)
    refused(api, lambda: api.get(f"{SERVERS}/web-1/os-instance-actions"), 404)
    for unknown in (f"req-{MISSING}", "x", MISSING):
        refused(api, lambda unknown=unknown: api.get(f"{path}/{unknown}"), 404)  # type: ignore[misc]
    assert told(api, server_id, token=api.issue("reader", HOME)) == [action]
    api.delete(f"{SERVERS}/{server_id}")
    refused(api, lambda: api.get(path, token=other), 404)
