"""The check in the background: what it finds, and what `/readyz` and `/metrics` say of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from commands.store.soundness import Finding
from tests.api.test_operations import figure
from tests.commands.stores import TABLES
from tests.databases import ON_POSTGRES, edited, in_bytes
from tests.support import Api, running

TAGGED_OTHERWISE = in_bytes("state", '"y"', '"z"')
NO_STATE = "'\\x00'::bytea" if ON_POSTGRES else "x'00'"
NO_OTHER_TEXT = pytest.mark.skipif(
    ON_POSTGRES, reason="PostgreSQL takes no text that is not of its encoding"
)


@pytest.fixture
def used(tmp_path: Path) -> Iterator[Api]:
    """A service that was used, and that checks when it is told to."""
    with running(tmp_path, check_s=0) as api:
        server: dict[str, Any] = {}
        for name in ("a", "b"):
            server = api.create(name, tags=["x"])
            api.put(f"/servers/{server['id']}", {"tags": ["y"]})
            api.act(server["id"], "poweron")
            api.act(server["id"], "backup")
        api.delete(f"/servers/{server['id']}")
        api.post(f"/servers/{server['id']}/revert", {"to_version": 2})
        yield api


def edit(folder: Path, statement: str, *parameters: Any) -> None:
    with edited(folder) as database:
        assert database.execute(statement, parameters).found == 1


def told(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/readyz").json()["check"]
    return found


def findings(api: Api) -> list[Finding]:
    return list(api.service.sampler._findings.values())


def test_nothing_is_called_sound_before_it_was_looked_at(used: Api) -> None:
    assert told(used) == {"state": "unchecked", "position": 0, "rounds": 0, "unsound": 0}
    assert figure(used, "rackledger_unchecked") == 1
    used.service.sampler.step(5)
    assert told(used) == {"state": "unchecked", "position": 5, "rounds": 0, "unsound": 0}
    used.service.sampler.step(50)
    assert told(used) == {"state": "sound", "position": 0, "rounds": 1, "unsound": 0}
    assert figure(used, "rackledger_unchecked") == 0


def test_what_was_not_looked_at_lately_is_not_called_sound(used: Api) -> None:
    sampler = used.service.sampler
    sampler.step(50)
    sampler._looked -= 301
    assert told(used)["state"] == "unchecked"


@pytest.mark.parametrize("position", range(1, 12))
def test_a_changed_byte_is_found_at_its_position(used: Api, tmp_path: Path, position: int) -> None:
    edit(
        tmp_path,
        f"UPDATE events SET state = {in_bytes('state', '202', '203')} WHERE position = ?",
        position,
    )
    used.service.sampler.step(50)
    assert {finding.position for finding in findings(used)} == {position}
    assert told(used)["state"] == "unsound"
    assert figure(used, "rackledger_unsound_records") >= 1
    assert used.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("statement", "where", "why"),
    [
        (
            f"UPDATE servers SET state = {TAGGED_OTHERWISE} WHERE name = 'a'",
            "position 6",
            "the kept state differs from what its events tell: tags",
        ),
        (
            f"UPDATE servers SET document = {in_bytes('document', 'x86', 'x85')} WHERE name = 'a'",
            "position 6",
            "the document that is shown differs from its state",
        ),
        ("DELETE FROM past_servers WHERE until = 5", "position 4", "its state is not kept"),
        (
            f"UPDATE past_servers SET state = {NO_STATE} WHERE until = 5",
            "position 4",
            "a kept state cannot be read",
        ),
        (
            "UPDATE origins SET address = '10.0.0.1'",
            "origins",
            "its address does not have that hash",
        ),
        ("UPDATE principals SET name = 'eve'", "principals", "not the name that was stored"),
        (
            "UPDATE secrets SET value = 'x'",
            "secrets",
            "not what was stored",
        ),
        pytest.param(
            "UPDATE events SET name = CAST(x'ff' AS TEXT) WHERE position = 5",
            "position 5",
            "its bytes are not those that were stored",
            marks=NO_OTHER_TEXT,
        ),
        pytest.param(
            "UPDATE events SET state = 7 WHERE position = 5",
            "position 5",
            "it cannot be read",
            marks=pytest.mark.skipif(
                ON_POSTGRES, reason="PostgreSQL takes nothing but bytes in a column of bytes"
            ),
        ),
        ("UPDATE events SET position = 0 WHERE position = 11", "position 0", "stands before"),
        pytest.param(
            "UPDATE servers SET name = CAST(x'ff' AS TEXT) WHERE name = 'a'",
            "position 6",
            "the row that is kept differs in name",
            marks=NO_OTHER_TEXT,
        ),
    ],
)
def test_what_is_kept_of_a_record_is_held_against_it(
    used: Api, tmp_path: Path, statement: str, where: str, why: str
) -> None:
    edit(tmp_path, statement)
    used.service.sampler.step(50)
    found = findings(used)
    assert any(each.where.startswith(where) and each.why.startswith(why) for each in found), found


@pytest.mark.parametrize(
    ("table", "key", "position"), [("servers", "position = 3", 6), ("past_servers", "until = 5", 4)]
)
def test_each_cell_of_a_servers_row_is_held_against_its_events(
    used: Api, tmp_path: Path, table: str, key: str, position: int
) -> None:
    for column in TABLES[table].c:
        if column.name == "backups":
            continue  # which only a fold of all events tells
        with edited(tmp_path) as database:
            database.execute(f"CREATE TABLE good AS SELECT * FROM {table}")
        edit(tmp_path, f"UPDATE {table} SET {column.name} = ? WHERE {key}", otherwise(column))
        used.service.sampler.step(50)
        assert position in {finding.position for finding in findings(used)}, column.name
        with edited(tmp_path) as database:
            database.execute(f"DELETE FROM {table}")
            database.execute(f"INSERT INTO {table} SELECT * FROM good")
            database.execute("DROP TABLE good")
        used.service.sampler.step(50)
        assert findings(used) == []


def otherwise(column: Any) -> Any:
    """Something else for a cell of a column."""
    if isinstance(column.type, sa.Integer):
        return -1
    return b"x" if ON_POSTGRES and isinstance(column.type, sa.LargeBinary) else "x"


def test_what_was_mended_is_no_longer_told(used: Api, tmp_path: Path) -> None:
    edit(tmp_path, "UPDATE principals SET name = 'eve'")
    edit(tmp_path, "UPDATE events SET name = 'server.reset' WHERE position = 5")
    for _ in range(2):
        used.service.sampler.step(50)
        assert told(used)["unsound"] >= 2
    edit(tmp_path, "UPDATE principals SET name = 'admin'")
    edit(tmp_path, "UPDATE events SET name = 'server.powered_on' WHERE position = 5")
    used.service.sampler.step(50)
    assert told(used) == {"state": "sound", "position": 0, "rounds": 3, "unsound": 0}


def test_a_missing_record_is_found(used: Api, tmp_path: Path) -> None:
    edit(tmp_path, "DELETE FROM events WHERE position = 5")
    used.service.sampler.step(50)
    assert "position 5" in {finding.where for finding in findings(used)}


def test_a_check_that_fails_is_said_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path, check_s=0.001) as api:
        failed: list[Exception] = []
        sampler = api.service.sampler
        sampler._failed = failed.append
        failing = Failing(sampler.step)
        monkeypatch.setattr(sampler, "step", failing)
        failing.again.wait(60)
        assert [str(error) for error in failed] == ["a mistake"]


class Failing:
    """Fails once."""

    def __init__(self, step: Any) -> None:
        self._step = step
        self._failed = False
        self.again = threading.Event()

    def __call__(self) -> None:
        if not self._failed:
            self._failed = True
            raise ZeroDivisionError("a mistake")
        self._step()
        self.again.set()
