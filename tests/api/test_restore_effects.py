"""What a restore has an effect on besides the server itself: names, filters, later restores."""

from __future__ import annotations

from pathlib import Path

from tests.api.test_backup_restore import back_up, restore
from tests.support import Api, running


def test_a_restore_may_bring_back_a_name_that_another_bears_by_now(api: Api) -> None:
    created = api.create()
    back_up(api)
    api.put("/servers/my_server", {"name": "other"})
    api.create()
    assert restore(api, "other")["name"] == "my_server"
    assert [s["name"] for s in api.get("/servers").json()["servers"]] == ["my_server"] * 2
    assert api.get(f"/servers/{created['id']}").status_code == 200


def test_a_restored_name_and_tags_are_found_by_filters(api: Api) -> None:
    api.create(tags=["old"])
    api.act("my_server", "poweron")
    back_up(api)
    api.put("/servers/my_server", {"tags": ["new"]})
    api.act("my_server", "poweroff")
    server = restore(api)
    for query in ("tags=old", "running=true", "name=my_server"):
        assert api.get(f"/servers?{query}").json() == {"servers": [server]}
    assert api.get("/servers?tags=new").json() == {"servers": []}


def test_backups_outlive_a_restart_and_a_restore(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        api.create(tags=["old"])
        back_up(api, name="b")
        api.put("/servers/my_server", {"tags": ["new"]})
        restore(api, version=1)
    with running(tmp_path) as api:
        api.put("/servers/my_server", {"tags": ["newest"]})
        assert restore(api, backup="b")["tags"] == ["old"]
