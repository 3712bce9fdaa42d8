"""Actions: the six, their two other words, and what each does in each power state."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, recorded, refuses
from tests.support import Api

SIX: Final = ["poweron", "poweroff", "resetsoft", "resethard", "backup", "restore"]
WORDS: Final = "must be one of poweron, poweroff, resetsoft, resethard, backup, restore"
ON: Final = "server.powered_on"
OFF: Final = "server.powered_off"
NOTHING: Final = "request.unchanged"
# Action, running before, what is recorded, running after.
EFFECTS: Final = [
    ("poweron", False, ON, True),
    ("poweron", True, NOTHING, True),
    ("poweroff", True, OFF, False),
    ("poweroff", False, NOTHING, False),
    ("resetsoft", True, "server.reset", True),
    ("reboot", True, "server.reset", True),
    ("resethard", True, "server.reset", True),
    ("resethard", False, "server.reset", True),
    ("backup", False, "server.backed_up", False),
    ("backup", True, "server.backed_up", True),
]
OTHER_WORDS: Final = ("zap", "", "PowerOn", "poweron ", "start", "os-start", "x" * 10_000)
OTHER_KINDS: Final[tuple[Any, ...]] = (None, 1, 1.5, True, [], {}, ["poweron"], {"poweron": None})


def server_of(api: Api) -> dict[str, Any]:
    server: dict[str, Any] = api.get("/servers/my_server").json()["server"]
    return server


@pytest.mark.parametrize("running", [False, True])
def test_the_actions_are_the_six_in_any_state(api: Api, running: bool) -> None:
    server = api.create()
    if running:
        api.act("my_server", "poweron")
    for ref in (server["id"], "my_server"):
        answer = api.get(f"/servers/{ref}/action")
        assert (answer.status_code, answer.json()) == (200, {"actions": SIX})


@pytest.mark.parametrize(("action", "before", "left", "after"), EFFECTS)
def test_an_action_has_its_effect(
    api: Api, action: str, before: bool, left: str, after: bool
) -> None:
    api.create()
    if before:
        api.act("my_server", "poweron")
    was = server_of(api)
    answer, names = recorded(api, lambda: api.act("my_server", action))
    assert (answer.status_code, names) == (202, [left])
    now = server_of(api)
    version = was["version"] + (left != NOTHING)
    assert (now["running"], now["version"]) == (after, version)
    assert answer.headers["etag"] == f'"{now["id"]}:{version}"'
    assert answer.headers["x-log-position"] == str(api.position)
    unchanged = ("running", "state", "version", "modification_date")
    assert {k: v for k, v in now.items() if k not in unchanged} == {
        k: v for k, v in was.items() if k not in unchanged
    }


@pytest.mark.parametrize("action", ["resetsoft", "reboot"])
def test_a_stopped_server_cannot_be_restarted_softly(api: Api, action: str) -> None:
    api.create()
    body = {"action": action}
    refuses(api, (409, "server.stopped"), "POST", "/servers/my_server/action", json=body)


def test_terminate_deletes(api: Api) -> None:
    server = api.create()
    answer, names = recorded(api, lambda: api.act("my_server", "terminate"))
    assert (answer.status_code, names) == (202, ["server.deleted"])
    assert "etag" not in answer.headers
    assert answer.json()["task"]["description"] == "server_terminate"
    assert api.get(f"/servers/{server['id']}").status_code == 404
    assert api.get("/servers").json() == {"servers": []}


@pytest.mark.parametrize("action", [*OTHER_WORDS, *OTHER_KINDS])
def test_anything_else_is_told_the_six(api: Api, action: Any) -> None:
    api.create()
    path, body = "/servers/my_server/action", {"action": action, "name": 5}
    wanted = {"action": [WORDS]}
    refuses(api, (400, "request.invalid"), "POST", path, wanted, json=body)


@pytest.mark.parametrize("action", [None, {"id": ""}, [None], "", 5, "x" * 81])
@pytest.mark.parametrize("mount", ["", "/instance/v1/zones/fr-par-1"])
def test_what_is_recorded_of_an_action_that_nobody_knows_is_its_word(
    api: Api, mount: str, action: Any
) -> None:
    answer = api.post(f"{mount}/servers/{MISSING}/action", {"action": action})
    assert answer.status_code == 404
    word = api.records()[-1][1].metadata.action
    assert word == ("x" * 80 if isinstance(action, str) and action else None)


@pytest.mark.parametrize("body", [{}, {"actions": "poweron"}, {"Action": "poweron"}])
def test_a_missing_action_is_told_the_six(api: Api, body: dict[str, Any]) -> None:
    api.create()
    path = "/servers/my_server/action"
    refuses(api, (400, "request.invalid"), "POST", path, {"action": [WORDS]}, json=body)


@pytest.mark.parametrize("action", ["poweron", "poweroff", "resethard", "terminate"])
def test_further_members_are_ignored(api: Api, action: str) -> None:
    api.create()
    members = {"name": 5, "backup": [], "version": "x", "volumes": {"0": {}}, "": None}
    assert api.act("my_server", action, **members).status_code == 202


def test_every_event_raises_the_version_by_one(api: Api) -> None:
    api.create()
    actions = ("poweron", "resetsoft", "resethard", "backup", "restore", "reboot", "poweroff")
    versions = []
    for action in actions:
        assert api.act("my_server", action).status_code == 202
        versions.append(server_of(api)["version"])
    assert versions == [2, 3, 4, 5, 6, 7, 8]
