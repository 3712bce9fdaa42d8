"""Records that this release cannot read: their server is unavailable, all others go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.expecting import problem
from tests.databases import edited
from tests.support import ELSEWHERE, Api, running


def damage(folder: Path, statement: str, *parameters: Any) -> None:
    """Change what is stored behind the service's back."""
    with edited(folder) as database:
        assert database.execute(statement, parameters).found == 1


def unreadable(api: Api, method: str, path: str, json: Any = None, **kwargs: Any) -> None:
    position = api.position
    answer = api.request(method, path, json=json, **kwargs)
    problem(answer, 503, "server.unreadable")
    assert answer.headers["retry-after"] == "1"
    assert api.names(position) == []


def test_a_server_whose_state_cannot_be_read_takes_no_writes(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        broken, _ = api.create("broken"), api.create("sound")
    damage(tmp_path, "UPDATE servers SET state = ? WHERE id = ?", b"\0", broken["id"])
    with running(tmp_path) as api:
        for ref in (broken["id"], "broken"):
            unreadable(api, "PUT", f"/servers/{ref}", {"tags": ["a"]})
            unreadable(api, "DELETE", f"/servers/{ref}")
            unreadable(api, "POST", f"/servers/{ref}/action", {"action": "poweron"})
        assert api.get("/servers/broken").json() == {"server": broken}
        assert api.put("/servers/sound", {"tags": ["a"]}).status_code == 200
        assert len(api.get("/servers").json()["servers"]) == 2
        assert b"rackledger_unreadable_total 6.0" in api.service.metrics.render()


def test_who_asks_for_the_past_of_one_is_told_which_it_is(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        broken = api.create("broken")
        api.create("sound")
    damage(tmp_path, "UPDATE servers SET state = ? WHERE id = ?", b"\0", broken["id"])
    with running(tmp_path) as api:
        for path in ("blame", "timemap", "events", "diff?from=1"):
            answer = api.get(f"/servers/{broken['id']}/{path}")
            problem(answer, 503, "server.unreadable")
            assert broken["id"] in answer.json()["detail"]
            assert api.get(f"/servers/sound/{path}").status_code == 200


def test_a_page_of_volumes_says_whose_cannot_be_read(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        broken = api.create("broken", volumes=["v-1"])
        api.create("sound", volumes=["v-2"])
        api.post("/volumes", {"name": "alone", "size": 1})
    damage(tmp_path, "UPDATE servers SET state = ? WHERE id = ?", b"\0", broken["id"])
    with running(tmp_path) as api:
        for path in ("/volumes", "/volumes/v-1"):
            answer = api.get(path)
            problem(answer, 503, "server.unreadable")
            assert broken["id"] in answer.json()["detail"]
        assert api.get("/volumes/v-2").status_code == 200
        ids = [volume["name"] for volume in api.get("/volumes?name=alone").json()["volumes"]]
        assert ids == ["alone"]


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM servers WHERE id = ?", "UPDATE server_volumes SET ordinal = 7 WHERE id = ?"],
)
def test_a_volume_whose_server_is_damaged_is_unavailable(tmp_path: Path, statement: str) -> None:
    with running(tmp_path) as api:
        server = api.create("a", volumes=["v-1"])
    damage(tmp_path, statement, server["id"] if "FROM" in statement else "v-1")
    with running(tmp_path) as api:
        problem(api.get("/volumes"), 503, "server.unreadable")


def test_a_foreign_server_is_missing_whether_it_can_be_read_or_not(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        broken = api.create("broken")
        stranger = api.issue("member", ELSEWHERE)
    damage(tmp_path, "UPDATE servers SET state = ? WHERE id = ?", b"\0", broken["id"])
    with running(tmp_path) as api:
        answer = api.put(f"/servers/{broken['id']}", {"tags": []}, token=stranger)
        problem(answer, 404, "server.unknown")


def test_a_restore_over_a_state_that_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        server = api.create("broken")
        api.put("/servers/broken", {"tags": ["a"]})
        api.create("sound")
        api.act("sound", "poweron")
    damage(
        tmp_path,
        "UPDATE past_servers SET state = ? WHERE id = ? AND version = 1",
        b"{}",
        server["id"],
    )
    with running(tmp_path) as api:
        for version in (1, 2):
            body = {"action": "restore", "version": version}
            if version == 1:
                unreadable(api, "POST", "/servers/broken/action", body)
        assert api.act("sound", "restore", version=1).status_code == 202
        assert api.put("/servers/broken", {"tags": ["b"]}).status_code == 200


def test_a_task_whose_record_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        api.create()
        task = api.act("my_server", "poweron").json()["task"]
        sound = api.act("my_server", "poweroff").headers["location"]
    damage(tmp_path, "UPDATE events SET name = 'no.such' WHERE position = ?", task["position"])
    with running(tmp_path) as api:
        unreadable(api, "GET", f"/tasks/{task['id']}")
        assert api.get(sound).status_code == 200


def test_a_key_whose_record_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    headers = {"Idempotency-Key": "k"}
    with running(tmp_path) as api:
        api.create()
        put = api.put("/servers/my_server", {"tags": ["a"]}, headers=headers)
    position = int(put.headers["x-log-position"])
    damage(tmp_path, "UPDATE events SET state = ? WHERE position = ?", b"\xff", position)
    with running(tmp_path) as api:
        unreadable(api, "PUT", "/servers/my_server", {"tags": ["a"]}, headers=headers)
        assert api.get("/servers/my_server").status_code == 200
