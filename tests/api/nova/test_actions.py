"""Nova's actions: what each does, in which state it is refused, and what is recorded."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, recorded
from tests.api.nova.expecting import BASE, SERVERS, act, create, refused, show
from tests.nova_schemas import conforms
from tests.support import ELSEWHERE, HOME, Api

# Action, what is asked, running before, what is recorded, status after.
EFFECTS: Final = [
    ("os-stop", None, True, "server.powered_off", "SHUTOFF"),
    ("os-stop", {}, True, "server.powered_off", "SHUTOFF"),
    ("os-start", None, False, "server.powered_on", "ACTIVE"),
    ("reboot", {"type": "SOFT"}, True, "server.reset", "ACTIVE"),
    ("reboot", {"type": "HARD"}, True, "server.reset", "ACTIVE"),
    ("reboot", {"type": "HARD"}, False, "server.reset", "ACTIVE"),
    ("createImage", {"name": "golden"}, True, "server.backed_up", "ACTIVE"),
    (
        "createImage",
        {"name": "golden", "metadata": {"a": "b"}},
        False,
        "server.backed_up",
        "SHUTOFF",
    ),
]
STATES: Final = [
    (
        "os-start",
        None,
        True,
        "server.running",
        "Cannot 'start' instance {} while it is in vm_state active",
    ),
    (
        "os-stop",
        None,
        False,
        "server.stopped",
        "Cannot 'stop' instance {} while it is in vm_state stopped",
    ),
    (
        "reboot",
        {"type": "SOFT"},
        False,
        "server.stopped",
        "Cannot 'reboot' instance {} while it is in vm_state stopped",
    ),
]
WRONG: Final[list[tuple[Any, str]]] = [
    ({"zap": None}, "There is no such action: zap"),
    ({"resize": {"flavorRef": "3"}}, "There is no such action: resize"),
    ({"rebuild": {}}, "There is no such action: rebuild"),
    ({"poweron": None}, "There is no such action: poweron"),
    ({"action": "poweron"}, "There is no such action: action"),
    ({}, "one action"),
    ({"os-start": None, "os-stop": None}, "one action"),
    ({"reboot": {}}, "type: required key not provided"),
    ({"reboot": {"type": "GENTLE"}}, "type: "),
    ({"reboot": None}, "reboot: "),
    ({"createImage": {}}, "name: required key not provided"),
    ({"createImage": {"name": ""}}, "name: "),
    ({"createBackup": {}}, "rotation: required key not provided"),
    ({"createBackup": {"name": "a", "backup_type": "daily"}}, "rotation: "),
    ({"createBackup": {"name": "a", "rotation": 1}}, "backup_type: "),
    ({"createBackup": {"name": "a", "backup_type": "b", "rotation": -1}}, "rotation: "),
]


def made(api: Api, *, running: bool) -> str:
    server_id = create(api)
    if not running:
        assert act(api, server_id, "os-stop").status_code == 202
    return server_id


@pytest.mark.parametrize(("action", "asked", "running", "left", "status"), EFFECTS)
def test_an_action_has_its_effect_and_is_recorded_by_its_word(
    api: Api, action: str, asked: Any, running: bool, left: str, status: str
) -> None:
    server_id = made(api, running=running)
    answer, names = recorded(api, lambda: act(api, server_id, action, asked))
    conforms("action taken", answer)
    assert names == [left]
    assert show(api, server_id)["status"] == status
    ((_, record),) = api.records(api.position - 1)
    assert (record.metadata.action, record.metadata.dialect) == (action, "nova")


@pytest.mark.parametrize(("action", "asked", "running", "code", "words"), STATES)
def test_an_action_that_does_not_fit_the_state_is_a_conflict_in_novas_words(
    api: Api, action: str, asked: Any, running: bool, code: str, words: str
) -> None:
    server_id = made(api, running=running)
    message = refused(api, lambda: act(api, server_id, action, asked), 409, code)
    assert message == words.format(server_id)


@pytest.mark.parametrize(("body", "words"), WRONG)
def test_what_is_no_action_is_refused(api: Api, body: Any, words: str) -> None:
    path = f"{SERVERS}/{create(api)}/action"
    assert words in refused(api, lambda: api.post(path, body), 400)


def test_a_server_that_is_not_there_comes_before_what_is_wrong_with_the_action(api: Api) -> None:
    create(api)
    refused(api, lambda: act(api, MISSING, "zap"), 404, "server.unknown")
    refused(api, lambda: act(api, "web-1", "zap"), 404, "server.unknown")


def test_a_foreign_server_is_not_there_and_a_reader_may_not_act(api: Api) -> None:
    server_id = create(api)
    other, reader = api.issue("member", ELSEWHERE), api.issue("reader", HOME)
    refused(api, lambda: act(api, server_id, "os-stop", token=other), 404, "server.unknown")
    refused(api, lambda: act(api, server_id, "os-stop", token=reader), 403, "right.missing")


def test_an_image_is_where_the_answer_says(api: Api) -> None:
    server_id = create(api)
    asked = {"name": "golden", "metadata": {"a": "b"}}
    answer = act(api, server_id, "createImage", asked)
    base, _, image_id = answer.headers["location"].rpartition("/")
    assert base == f"{BASE}/image/v2/images"
    image = api.get(f"/image/v2/images/{image_id}").json()
    assert (image["name"], image["status"], image["owner"]) == ("golden", "active", HOME)
    assert (image["a"], image["image_type"]) == ("b", "snapshot")
    assert image["instance_uuid"] == server_id


def test_of_a_kind_of_backup_so_many_are_kept_as_asked_for(api: Api) -> None:
    server_id = create(api)
    images = []
    for number in range(3):
        asked = {"name": f"b{number}", "backup_type": "daily", "rotation": "2"}
        images.append(act(api, server_id, "createBackup", asked).headers["location"])
    other = {"name": "other", "backup_type": "", "rotation": 1}
    images.append(act(api, server_id, "createBackup", other).headers["location"])
    found = [api.get(image.removeprefix(BASE)).status_code for image in images]
    assert found == [404, 200, 200, 200]
    shown = api.get(images[1].removeprefix(BASE)).json()
    assert (shown["image_type"], shown["backup_type"]) == ("backup", "daily")


def test_a_backup_of_which_none_is_kept_is_nowhere(api: Api) -> None:
    asked = {"name": "b", "backup_type": "daily", "rotation": 0}
    answer, left = recorded(api, lambda: act(api, create(api), "createBackup", asked))
    assert (answer.status_code, left[-1]) == (202, "server.backed_up")
    assert "location" not in answer.headers


def test_an_action_under_its_key_is_done_once(api: Api) -> None:
    server_id = create(api)
    headers = {"Idempotency-Key": "k"}
    first = act(api, server_id, "createImage", {"name": "i"}, headers=headers)
    again, left = recorded(
        api, lambda: act(api, server_id, "createImage", {"name": "i"}, headers=headers)
    )
    assert left == ["request.repeated"]
    assert (again.status_code, again.headers["location"]) == (202, first.headers["location"])
    refused(api, lambda: act(api, server_id, "os-stop", headers=headers), 422, "key.reused")


def test_a_stale_version_changes_nothing(api: Api) -> None:
    server_id = create(api)
    headers = {"If-Match": f'"{server_id}:7"'}
    refused(api, lambda: act(api, server_id, "os-stop", headers=headers), 412, "version.stale")
    headers = {"If-Match": f'"{server_id}:1"'}
    assert act(api, server_id, "os-stop", headers=headers).headers["etag"] == f'"{server_id}:2"'
