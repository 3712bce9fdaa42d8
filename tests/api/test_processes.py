"""Several processes over one database: each answers as if it were the only one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from tests.databases import database_url, edited
from tests.process import Process, process
from tests.program import BOUND_S, issue, run_program
from tests.support import HOME, SEED_A

pytestmark = pytest.mark.postgresql

WRITES = 60


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """Two processes, started one after the other."""
    with process(tmp_path) as one, process(tmp_path) as other:
        yield one, other


def until(done: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    end = time.monotonic() + BOUND_S
    while not done():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


def test_what_one_writes_the_other_answers_at_once(both: tuple[Process, Process]) -> None:
    with both[0].client() as one, both[1].client() as other:
        for number in range(WRITES):
            wrote, reads = (one, other) if number % 2 else (other, one)
            made = wrote.post("/servers", json=SEED_A | {"name": f"s{number}"})
            server = made.json()["server"]
            assert reads.get(f"/servers/{server['id']}").json()["server"] == server
            position = made.headers["x-log-position"]
            headers = {"X-Min-Position": position}
            listed = reads.get("/servers", params={"limit": 200}, headers=headers).json()
            assert len(listed["servers"]) == number + 1
            past = reads.get("/servers", params={"limit": 200, "at_position": position}).json()
            assert past["servers"] == listed["servers"]


def test_writers_in_both_lose_and_double_nothing(
    both: tuple[Process, Process], tmp_path: Path
) -> None:
    with both[0].client() as client:
        server = client.post("/servers", json=SEED_A).json()["server"]["id"]
    answered: list[int] = []

    def write(service: Process, tag: str) -> None:
        with service.client() as client:
            for number in range(WRITES):
                changed = client.put(f"/servers/{server}", json={"tags": [f"{tag}{number}"]})
                assert changed.status_code == 200, changed.text
                answered.append(changed.json()["server"]["version"])

    writers = [
        threading.Thread(target=write, args=(service, tag))
        for service, tag in zip((*both, *both), "abcd", strict=True)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    # Each write was the next version of the one before, whichever process took it.
    assert sorted(answered) == list(range(2, 4 * WRITES + 2))
    with edited(tmp_path) as database:
        found = database.execute("SELECT position FROM events ORDER BY position").rows
    positions = [at for (at,) in found]
    assert positions == list(range(1, len(positions) + 1))


def test_a_token_that_is_revoked_all_soon_refuse(
    both: tuple[Process, Process], tmp_path: Path
) -> None:
    token = issue(tmp_path, "member", HOME, name="a member")
    with both[0].client(token) as one, both[1].client(token) as other:
        assert (one.get("/servers").status_code, other.get("/servers").status_code) == (200, 200)
        assert run_program(tmp_path, "token", "revoke", "a member").returncode == 0
        until(lambda: one.get("/servers").status_code == 401)
        until(lambda: other.get("/servers").status_code == 401)


def test_the_password_of_the_database_is_told_to_nobody(tmp_path: Path) -> None:
    url = make_url(database_url(tmp_path)).set(username="postgres", password="hunter2")
    shown = url.render_as_string(hide_password=False)
    with process(tmp_path, RACKLEDGER_DATABASE=shown, RACKLEDGER_REQUEST_LOG="1") as service:
        with service.client() as client:
            assert client.post("/servers", json=SEED_A).status_code == 201
        assert service.stop() == 0
        assert any(":***@" in line for line in service.output)
        assert not any("hunter2" in line for line in service.output)


def audited(client: httpx2.Client) -> int:
    """How many requests the trail tells of, which one process derives for all."""
    found: list[Any] = client.get("/audit", params={"limit": 200}).json()["entries"]
    return len(found)


def test_when_the_one_that_leads_is_killed_the_other_follows_the_log(
    both: tuple[Process, Process],
) -> None:
    with both[1].client() as other:
        with both[0].client() as one:
            one.post("/servers", json=SEED_A)
            before = audited(other)
        both[0].kill()
        assert other.post("/servers", json=SEED_A).status_code == 201
        assert audited(other) == before + 1


def test_connections_that_the_server_ends_are_replaced(
    both: tuple[Process, Process], tmp_path: Path
) -> None:
    with both[0].client() as one, both[1].client() as other:
        one.post("/servers", json=SEED_A)
        for _ in range(3):
            end_connections(tmp_path, both)
            for client in (one, other):
                # What was under way may be turned away, and nothing else happens to anybody.
                until(lambda client=client: served(client.get("/servers")))  # type: ignore[misc]
                until(lambda client=client: served(client.post("/servers", json=SEED_A)))  # type: ignore[misc]
        assert one.get("/servers").json() == other.get("/servers").json()
        before = audited(other)
        one.post("/servers", json=SEED_A | {"name": "last"})
        assert audited(other) == before + 1


def served(answer: httpx2.Response) -> bool:
    """Whether it was served; else it must say that the store is away."""
    assert answer.status_code in (200, 201, 503), answer.text
    return answer.status_code != 503


def end_connections(folder: Path, processes: tuple[Process, ...]) -> None:
    """Have the server end every connection of the processes, as its restart would."""
    engine = sa.create_engine(database_url(folder), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for each in processes:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE application_name = 'rackledger {each.pid}'"
            )
    engine.dispose()
