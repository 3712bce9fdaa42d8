"""Rebuilding beside the live rows: compared, caught up, switched at once, and switched back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.models import MODELS
from api.rebuilding import Rebuild
from api.store import Store
from commands.store import sqlite_rebuild
from commands.store.export_files import FileRefused
from tests.api.test_check import edit
from tests.databases import ON_POSTGRES, in_bytes, tables_of
from tests.moving import is_sound, quiet, url_of
from tests.support import Api, running

ALL = tuple(model.name for model in MODELS)


def rebuild(
    folder: Path, *names: str, keep_old: bool = False, then: Callable[[], Any] = lambda: None
) -> list[str]:
    """Rebuild, as a process beside the service would, with something done once it has folded.

    Where rows were not as the log says.
    """
    store = Store(url_of(folder))
    try:
        job = Rebuild(store, chosen(names or ALL), quiet)
        fill = job._fill

        def filled(path: Path) -> None:
            fill(path)
            then()

        job._fill = filled  # type: ignore[method-assign]
        return [drift.where for drift in job.run(keep_old)]
    finally:
        store.close()


def chosen(names: tuple[str, ...]) -> list[Any]:
    return [model for model in MODELS if model.name in names]


def switch_back(folder: Path, *names: str, drop: bool = False) -> None:
    store = Store(url_of(folder))
    try:
        job = Rebuild(store, chosen(names or ALL), quiet)
        job.drop_old() if drop else job.switch_back()
    finally:
        store.close()


def use(api: Api, *names: str) -> None:
    """Make servers of these names, let each see something, and delete the last."""
    server: dict[str, Any] = {}
    for name in names:
        server = api.create(name, tags=["x"])
        api.act(server["id"], "backup")
        api.put(f"/servers/{server['id']}", {"tags": ["y"]}, headers={"Idempotency-Key": name})
    api.delete(f"/servers/{server['id']}")


def seen(api: Api) -> dict[str, Any]:
    """What is answered, now and as of before."""
    paths = ("/servers", "/servers?page=1&per_page=3", "/servers?tags=y", "/audit", "/servers/a")
    end = api.position
    past = [f"/servers?at_position={position}" for position in range(end + 1)]
    return {path: api.get(path).json() for path in (*paths, *past)}


def test_a_served_store_answers_the_same_and_goes_on(api: Api, tmp_path: Path) -> None:
    use(api, "a", "b")
    before, there = seen(api), tables_of(tmp_path)
    assert rebuild(tmp_path) == []
    assert seen(api) == before
    assert tables_of(tmp_path) == there
    use(api, "c", "d")
    assert is_sound(tmp_path)


def test_what_is_written_meanwhile_is_there(api: Api, tmp_path: Path) -> None:
    use(api, "a", "b")
    assert rebuild(tmp_path, then=lambda: use(api, *(f"n{number}" for number in range(300)))) == []
    assert len(api.get("/servers").json()["servers"]) == 300
    api.get("/audit")  # waits until all is followed
    assert is_sound(tmp_path)


def test_rows_that_were_not_as_the_log_says_are_told_and_right_again(
    api: Api, tmp_path: Path
) -> None:
    use(api, "a", "b")
    good = api.get("/servers/a").json()
    edit(
        tmp_path,
        f"UPDATE servers SET document = {in_bytes('document', 'x86', 'x85')}",
    )
    edit(tmp_path, "DELETE FROM tokens")
    assert api.get("/servers", token="none").status_code == 401
    found = rebuild(tmp_path)
    assert [where.split()[0] for where in found] == ["tokens", "servers"]
    assert api.get("/servers/a").json() == good
    assert is_sound(tmp_path)


@pytest.mark.parametrize("name", ALL)
def test_one_read_model_is_rebuilt_by_itself(api: Api, tmp_path: Path, name: str) -> None:
    use(api, "a", "b")
    before = seen(api)
    assert rebuild(tmp_path, name, then=lambda: use(api, "c", "d")) == []
    assert {path: api.get(path).json() for path in before if "at_position" in path} == {
        path: told for path, told in before.items() if "at_position" in path
    }
    api.get("/audit")
    assert is_sound(tmp_path)


def test_the_replaced_rows_can_be_switched_back_to_and_forth_until_they_are_dropped(
    api: Api, tmp_path: Path
) -> None:
    use(api, "a", "b")
    there = tables_of(tmp_path)
    edit(
        tmp_path,
        f"UPDATE servers SET document = {in_bytes('document', 'x86', 'x85')}",
    )
    rebuild(tmp_path, keep_old=True)
    for number, arch in enumerate(("x85_64", "x86_64", "x85_64")):
        use(api, f"m{number}", f"n{number}")
        now = len(api.get("/servers").json()["servers"])
        assert now == 2 + number
        switch_back(tmp_path)
        assert len(api.get("/servers").json()["servers"]) == now
        assert api.get("/servers/a").json()["server"]["arch"] == arch
    switch_back(tmp_path)
    switch_back(tmp_path, drop=True)
    assert tables_of(tmp_path) == there
    for drop in (False, True):
        with pytest.raises(FileRefused, match="no replaced rows are kept"):
            switch_back(tmp_path, drop=drop)
    api.get("/audit")
    assert is_sound(tmp_path)


STEPS = (
    "commands.store.postgres_rebuild.PostgresSteps"
    if ON_POSTGRES
    else "commands.store.sqlite_rebuild.SqliteSteps"
)
STAGES = {
    "fold": "projections.rebuild.Rebuilder.rebuild",
    "follow": "api.fold.follow",
    "compare": "api.fold.compare_rows",
    "make": "api.rebuilding.make",
    "fill": f"{STEPS}.fill",
    "catch up": "projections.rebuild.Rebuilder.catch_up",
    "switch": "api.rebuilding._kept",
    "drop": f"{STEPS}.empty",
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_crash_at_any_stage_leaves_rows_that_serve_and_the_next_rebuild_comes_to_its_end(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    use(api, "a", "b")
    before, there = seen(api), tables_of(tmp_path)

    def crash(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(STAGES[stage], crash)
        with pytest.raises(ZeroDivisionError):
            rebuild(tmp_path)
    assert seen(api) == before
    use(api, "c", "d")
    api.get("/audit")
    assert is_sound(tmp_path)
    assert rebuild(tmp_path) == []
    assert tables_of(tmp_path) == there
    assert is_sound(tmp_path)


@pytest.mark.sqlite
def test_a_step_that_is_small_enough_for_others_copies_every_row(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_rebuild, "_ROWS_FIRST", 1)
    monkeypatch.setattr(sqlite_rebuild, "_ROWS_LEAST", 1)
    monkeypatch.setattr(sqlite_rebuild, "_HOLD_S", 0)
    use(api, "a", "b", "c")
    assert rebuild(tmp_path, keep_old=True) == []
    switch_back(tmp_path)
    switch_back(tmp_path, drop=True)
    assert is_sound(tmp_path)


def test_a_record_that_cannot_be_read_refuses_it(api: Api, tmp_path: Path) -> None:
    use(api, "a", "b")
    before = seen(api)
    edit(tmp_path, "UPDATE events SET state = ? WHERE position = 4", b"{}")
    with pytest.raises(FileRefused, match=r"^position 4: "):
        rebuild(tmp_path)
    assert seen(api)["/servers"] == before["/servers"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events WHERE position = 4",
        f"UPDATE events SET state = {in_bytes('state', 'x86', 'x85')} WHERE position = 3",
        "UPDATE events SET originator_version = 9 WHERE position = 4",
    ],
)
def test_rows_that_are_right_are_not_replaced_by_what_a_damaged_log_comes_to(
    api: Api, tmp_path: Path, statement: str
) -> None:
    use(api, "a", "b")
    before = api.get("/servers").content
    edit(tmp_path, statement)
    with pytest.raises(FileRefused, match=r"^position [34]: .*; what was served is served on$"):
        rebuild(tmp_path)
    assert api.get("/servers").content == before


def test_a_state_that_was_read_from_wrong_rows_is_not_written_again(
    api: Api, tmp_path: Path
) -> None:
    server = api.create("a", tags=["x"])
    api.service.store.writer._resources.cache.clear()  # as of a service that was started since
    other = in_bytes("state", '"x"', '"q"')
    edit(tmp_path, f"UPDATE servers SET state = {other}")
    api.act(server["id"], "poweron")
    rebuild(tmp_path)
    api.act(server["id"], "poweroff")
    assert api.get("/servers/a").json()["server"]["tags"] == ["x"]
    api.get("/audit")
    assert is_sound(tmp_path)


@pytest.mark.sqlite
def test_a_damaged_index_is_replaced_with_its_table(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        use(api, "a", "b", "c")
        api.get("/audit")
    there = tables_of(tmp_path)
    connection = sqlite3.connect(tmp_path / "rackledger.db")
    with connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            """UPDATE sqlite_master
            SET sql = replace(sql, 'name, organization', 'organization, name')
            WHERE name = 'servers_by_name'"""
        )
    connection.close()
    assert not is_sound(tmp_path)
    assert rebuild(tmp_path) == []
    assert tables_of(tmp_path) == there
    assert is_sound(tmp_path)


@pytest.mark.sqlite
def test_rows_whose_keys_are_no_text_are_replaced(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("_ROWS_FIRST", 1), ("_ROWS_LEAST", 1), ("_HOLD_S", 0)):
        monkeypatch.setattr(sqlite_rebuild, name, value)
    use(api, "a", "b")
    there = tables_of(tmp_path)
    edit(tmp_path, "UPDATE server_tags SET tag = CAST(x'ff' AS TEXT)")
    assert {where.split()[0] for where in rebuild(tmp_path)} == {"server_tags"}
    assert tables_of(tmp_path) == there
    assert is_sound(tmp_path)


def test_two_at_once_are_refused(api: Api, tmp_path: Path) -> None:
    use(api, "a", "b")
    with api.service.database.rebuilding() as place:
        assert place is not None
        with pytest.raises(FileRefused, match="another rebuild is under way"):
            rebuild(tmp_path)
    assert rebuild(tmp_path) == []


@pytest.mark.sqlite
def test_an_older_files_replaced_rows_go_with_its_rows(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        use(api, "a", "b")
        rebuild(tmp_path, keep_old=True)
    there = tables_of(tmp_path)
    connection = sqlite3.connect(tmp_path / "rackledger.db")
    for table in ("events", "principals", "secrets"):
        connection.execute(f"ALTER TABLE {table} DROP COLUMN sha256")
    connection.execute("DROP TABLE alembic_version")
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with running(tmp_path) as api:
        assert len(api.get("/servers").json()["servers"]) == 1
        api.get("/audit")
    assert {name for name in there if name.endswith("_old")} & tables_of(tmp_path) == set()
    assert is_sound(tmp_path)
