"""What `backup` and `restore` refuse."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.api.expecting import MISSING, refuses
from tests.support import Api

PATH: Final = "/servers/my_server/action"
WRONG: Final[dict[str, tuple[Any, ...]]] = {
    "backup": (1, 1.5, True, [], {}, ["b"]),
    "version": ("1", 1.5, True, [], {}, "b"),
}


@pytest.mark.parametrize("members", [{}, {"backup": "none"}, {"backup": MISSING}])
def test_with_no_backup_at_all_there_is_nothing_to_restore(
    api: Api, members: dict[str, Any]
) -> None:
    api.create()
    body = {"action": "restore"} | members
    refuses(api, (409, "backup.unknown"), "POST", PATH, json=body)


@pytest.mark.parametrize("backup", ["none", "B", "", "x" * 255, MISSING])
def test_an_unknown_backup_is_told(api: Api, backup: str) -> None:
    api.create()
    api.act("my_server", "backup", name="b")
    body = {"action": "restore", "backup": backup}
    refuses(api, (409, "backup.unknown"), "POST", PATH, json=body)


def test_another_servers_backup_is_unknown(api: Api) -> None:
    api.create("other")
    theirs = api.act("other", "backup").json()["task"]["backup"]["id"]
    api.create()
    api.act("my_server", "backup")
    body = {"action": "restore", "backup": theirs}
    refuses(api, (409, "backup.unknown"), "POST", PATH, json=body)


@pytest.mark.parametrize("version", [0, -1, 3, 10**9, 2**63 - 1, -(2**63), 2**63, 2**64 - 1])
def test_an_unknown_version_is_told(api: Api, version: int) -> None:
    api.create()
    api.act("my_server", "poweron")
    body = {"action": "restore", "version": version}
    refuses(api, (409, "version.unknown"), "POST", PATH, json=body)


def test_a_backup_and_a_version_at_once_are_both_named(api: Api) -> None:
    api.create()
    backup = api.act("my_server", "backup").json()["task"]["backup"]["id"]
    body = {"action": "restore", "backup": backup, "version": 1}
    both = ["give a backup or a version, not both"]
    wanted = {"backup": both, "version": both}
    refuses(api, (400, "request.invalid"), "POST", PATH, wanted, json=body)


@pytest.mark.parametrize("member", WRONG)
def test_an_argument_of_a_wrong_type_is_named(api: Api, member: str) -> None:
    api.create()
    api.act("my_server", "backup", name="b")
    for value in WRONG[member]:
        body = {"action": "restore", member: value}
        refuses(api, (400, "request.invalid"), "POST", PATH, (member,), json=body)


def test_arguments_of_wrong_types_are_named_together(api: Api) -> None:
    api.create()
    body = {"action": "restore", "backup": 1, "version": "x"}
    wanted = ("backup", "version")
    refuses(api, (400, "request.invalid"), "POST", PATH, wanted, json=body)


@pytest.mark.parametrize("name", [1, 1.5, True, [], {}, "", "x" * 256])
def test_a_backups_name_has_1_to_255_characters(api: Api, name: Any) -> None:
    api.create()
    body = {"action": "backup", "name": name}
    refuses(api, (400, "request.invalid"), "POST", PATH, ("name",), json=body)
