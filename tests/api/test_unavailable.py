"""503 with `Retry-After` when the store is unavailable or the queue is full; never 500 for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from commands.store import connections, postgres_engine, sqlite
from tests.api.expecting import problem
from tests.api.keyed import WRITES
from tests.databases import disk_error, locked
from tests.support import SEED_A, Api, running


def unavailable(answer: Any, code: str = "store.unavailable") -> None:
    body = problem(answer, 503, code)
    assert answer.headers["retry-after"] == "1"
    for inner in ("sqlite", "psycopg", "postgres"):
        assert inner not in answer.text.lower()
    assert "disk" not in body["detail"]


def every_write(api: Api) -> list[Any]:
    """An answer to every kind of write on one running server."""
    return [
        api.request(write.method, write.path.format(name="my_server"), json=write.json)
        for write in WRITES.values()
    ]


def test_while_another_holds_the_write_lock_writes_are_unavailable_and_reads_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.01)
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.01)
    monkeypatch.setattr(postgres_engine, "_OPTIONS", "-c lock_timeout=10")
    with running(tmp_path) as api:
        server = api.create()
        position = api.position
        with locked(tmp_path):
            for answer in every_write(api):
                unavailable(answer)
            assert api.get("/servers").json() == {"servers": [server]}
            assert api.get("/servers/my_server").json() == {"server": server}
            assert api.get("/readyz").status_code == 200
        assert api.names(position) == []
        assert api.put("/servers/my_server", {"tags": ["a"]}).json()["server"]["version"] == 2


@pytest.mark.parametrize(
    "error",
    [
        disk_error("database or disk is full"),
        disk_error(),
        disk_error("database disk image is malformed", "DatabaseError"),
    ],
)
def test_a_commit_that_fails_is_unavailable_and_leaves_nothing(
    api: Api, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = api.create()
    position = api.position
    writing = api.service.database.writing

    @contextmanager
    def failing() -> Iterator[Any]:
        with writing() as session:
            yield session
            raise error

    with monkeypatch.context() as patch:
        patch.setattr(api.service.database, "writing", failing)
        for answer in every_write(api):
            unavailable(answer)
    assert api.names(position) == []
    assert api.get("/servers").json() == {"servers": [server]}
    assert api.delete("/servers/my_server").status_code == 204


def test_a_key_is_not_spent_by_a_commit_that_failed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def failing() -> Iterator[Any]:
        raise disk_error()
        yield

    headers = {"Idempotency-Key": "k"}
    with monkeypatch.context() as patch:
        patch.setattr(api.service.database, "writing", failing)
        unavailable(api.post("/servers", SEED_A, headers=headers))
    _, created = api.post("/servers", SEED_A, headers=headers), api.get("/servers").json()
    assert len(created["servers"]) == 1


def test_a_store_that_cannot_be_read_is_unavailable(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.create()
    several = api.create("x")

    class Unreadable:
        def row(self, *_: Any) -> Any:
            raise disk_error()

        rows = row

    @contextmanager
    def failing() -> Iterator[Any]:
        yield Unreadable()

    async def ask(question: Callable[[Any], Any]) -> Any:
        return question(Unreadable())

    with monkeypatch.context() as patch:
        patch.setattr(api.service, "ask", ask)
        patch.setattr(api.service, "read", ask)
        patch.setattr(api.service.reads, "ask_primary", ask)
        patch.setattr(api.service.callers, "_ask", ask)
        patch.setattr(api.service, "reading", failing)
        for path in (
            "/servers",
            "/servers?limit=1",
            "/servers?page=1",
            "/servers/my_server",
            f"/servers/{several['id']}/action",
            "/tasks/none",
            "/volumes",
            "/readyz",
        ):
            unavailable(api.get(path))
        unavailable(api.get("/flavors", token="unknown to the memory"))
        assert api.get("/healthz").status_code == 200
    assert api.get("/servers/my_server").status_code == 200
