"""`backup` and `restore`: configuration and power state as they were, by replay."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from tests.api.expecting import UUID, recorded
from tests.api.test_update import OTHER
from tests.support import Api

PATH: Final = "/servers/my_server/action"
OWN: Final = ("version", "modification_date")


def shown(api: Api, ref: str = "my_server") -> dict[str, Any]:
    server: dict[str, Any] = api.get(f"/servers/{ref}").json()["server"]
    return server


def configuration(server: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in server.items() if name not in OWN}


def back_up(api: Api, **members: Any) -> dict[str, Any]:
    answer, left = recorded(api, lambda: api.act("my_server", "backup", **members))
    assert (answer.status_code, left) == (202, ["server.backed_up"])
    backup: dict[str, Any] = answer.json()["task"]["backup"]
    return backup


def restore(api: Api, ref: str = "my_server", **members: Any) -> dict[str, Any]:
    version = shown(api, ref)["version"]
    answer, left = recorded(api, lambda: api.act(ref, "restore", **members))
    assert (answer.status_code, left) == (202, ["server.restored"])
    assert "backup" not in answer.json()["task"]
    server_id = answer.json()["task"]["href_from"].split("/")[2]
    server = shown(api, server_id)
    assert server["version"] == version + 1
    return server


def test_a_backup_names_the_version_backed_up_and_raises_it(api: Api) -> None:
    api.create()
    api.act("my_server", "poweron")
    backup = back_up(api, name="before the upgrade")
    assert re.fullmatch(UUID, backup["id"])
    assert backup == {"id": backup["id"], "name": "before the upgrade", "version": 2}
    assert shown(api)["version"] == 3
    assert back_up(api)["name"] is None
    assert back_up(api, name=None)["version"] == 4


@pytest.mark.parametrize("by", ["id", "name", "nothing"])
def test_a_restore_brings_back_configuration_and_power_state(api: Api, by: str) -> None:
    api.create(tags=["old"], volumes=["v"])
    api.act("my_server", "poweron")
    then = shown(api)
    backup = back_up(api, name="b")
    api.put("/servers/my_server", OTHER | {"name": "my_server"})
    api.act("my_server", "poweroff")
    assert configuration(shown(api)) != configuration(then)
    members = {} if by == "nothing" else {"backup": backup[by]}
    assert configuration(restore(api, **members)) == configuration(then)


def test_a_restore_takes_any_version(api: Api) -> None:
    states = [configuration(api.create())]
    api.put("/servers/my_server", {"tags": ["two"]})
    states.append(configuration(shown(api)))
    api.act("my_server", "poweron")
    states.append(configuration(shown(api)))
    for version in (1, 2, 3, 1):
        assert configuration(restore(api, version=version)) == states[version - 1]


def test_a_restore_can_itself_be_undone(api: Api) -> None:
    api.create(tags=["old"])
    back_up(api)
    api.put("/servers/my_server", {"tags": ["new"]})
    before = shown(api)
    restored = restore(api)
    assert restored["tags"] == ["old"]
    undone = restore(api, version=before["version"])
    assert configuration(undone) == configuration(before)
    assert configuration(restore(api, version=restored["version"])) == configuration(restored)


def test_without_an_argument_the_newest_backup_counts(api: Api) -> None:
    api.create(tags=["one"])
    back_up(api, name="one")
    api.put("/servers/my_server", {"tags": ["two"]})
    back_up(api, name="two")
    api.put("/servers/my_server", {"tags": ["three"]})
    assert restore(api, backup=None, version=None)["tags"] == ["two"]
    assert restore(api, backup="one")["tags"] == ["one"]
    assert restore(api)["tags"] == ["two"]


def test_of_two_backups_of_one_name_the_newer_counts(api: Api) -> None:
    api.create(tags=["one"])
    older = back_up(api, name="same")
    api.put("/servers/my_server", {"tags": ["two"]})
    back_up(api, name="same")
    api.put("/servers/my_server", {"tags": ["three"]})
    assert restore(api, backup="same")["tags"] == ["two"]
    assert restore(api, backup=older["id"])["tags"] == ["one"]


def test_a_backups_id_comes_before_anothers_name(api: Api) -> None:
    api.create(tags=["one"])
    meant = back_up(api)
    api.put("/servers/my_server", {"tags": ["two"]})
    back_up(api, name=meant["id"])
    assert restore(api, backup=meant["id"])["tags"] == ["one"]


def test_a_restore_that_alters_nothing_is_recorded_all_the_same(api: Api) -> None:
    created = api.create()
    back_up(api)
    assert configuration(restore(api)) == configuration(created)
    assert shown(api)["version"] == 3
