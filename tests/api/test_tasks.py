"""Tasks: what became of an action, under the id of its record, for ever."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, UUID, rebuilt, refuses
from tests.support import Api, running

ACTIONS: Final = ("poweron", "resetsoft", "reboot", "resethard", "backup", "restore", "poweroff")


def task_of(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202
    assert list(answer.json()) == ["task"]
    task: dict[str, Any] = answer.json()["task"]
    return task


def test_a_task_tells_its_action_as_sent_its_server_and_its_position(api: Api) -> None:
    server = api.create()
    for action in ACTIONS:
        answer = api.act("my_server", action)
        task = task_of(answer)
        assert re.fullmatch(UUID, task["id"])
        assert answer.headers["location"] == f"/tasks/{task['id']}"
        backup = task.pop("backup", None)
        assert (backup is not None) == (action == "backup")
        assert task == {
            "id": task["id"],
            "description": f"server_{action}",
            "href_from": f"/servers/{server['id']}/action",
            "progress": 100,
            "status": "success",
            "position": api.position,
        }
        assert list(task) == ["id", "description", "href_from", "progress", "status", "position"]


def test_a_task_is_its_record(api: Api) -> None:
    api.create()
    task = task_of(api.act("my_server", "poweron"))
    ((position, record),) = api.records(task["position"] - 1)
    assert (position, record.id) == (task["position"], task["id"])


def test_a_task_is_read_as_it_was_answered(api: Api) -> None:
    api.create()
    for action in ACTIONS:
        answer = api.act("my_server", action)
        again = api.get(answer.headers["location"])
        assert (again.status_code, again.json()) == (200, answer.json())


def test_an_action_without_effect_has_a_task_too(api: Api) -> None:
    server = api.create()
    answer = api.act("my_server", "poweroff")
    task = task_of(answer)
    assert task["href_from"] == f"/servers/{server['id']}/action"
    assert api.get(answer.headers["location"]).json() == {"task": task}


@pytest.mark.parametrize("end", ["DELETE", "terminate"])
def test_a_task_outlives_its_server(api: Api, end: str) -> None:
    server = api.create()
    kept = [api.act("my_server", action) for action in ("poweron", "poweron", "backup")]
    if end == "DELETE":
        api.delete("/servers/my_server")
    else:
        kept.append(api.act("my_server", "terminate"))
    assert api.get(f"/servers/{server['id']}").status_code == 404
    for answer in kept:
        assert api.get(answer.headers["location"]).json() == answer.json()


def test_tasks_outlive_a_restart_and_a_rebuild(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        api.create()
        kept = [api.act("my_server", action) for action in ACTIONS]
    with running(tmp_path) as api:
        for rebuild_first in (False, True):
            if rebuild_first:
                rebuilt(api)
            for answer in kept:
                assert api.get(answer.headers["location"]).json() == answer.json()


def test_what_is_no_task_is_unknown(api: Api) -> None:
    server = api.create()
    api.act("my_server", "resetsoft")  # refused: a record, but no task
    ((_, refusal),) = api.records(api.position - 1)
    created = next(record for _, record in api.records() if record.originator_id == server["id"])
    for ref in (MISSING, "none", server["id"], refusal.id, created.id, "%20", "x" * 1_000):
        refuses(api, (404, "task.unknown"), "GET", f"/tasks/{ref}")


def test_an_update_makes_no_task(api: Api) -> None:
    api.create()
    api.put("/servers/my_server", {"tags": ["a"]})
    ((_, record),) = api.records(api.position - 1)
    refuses(api, (404, "task.unknown"), "GET", f"/tasks/{record.id}")


def test_a_task_id_may_be_written_in_capitals(api: Api) -> None:
    api.create()
    task = task_of(api.act("my_server", "poweron"))
    assert api.get(f"/tasks/{task['id'].upper()}").json() == {"task": task}
