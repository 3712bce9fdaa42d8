"""Reads from a standby: never older than what was told before, whatever becomes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.settings import ConfigurationError, Settings
from commands.store.files import DatabaseUnusable
from tests.clusters import Cluster, clusters
from tests.program import BOUND_S
from tests.support import Api, running

pytestmark = pytest.mark.postgresql

READS = ("/servers", "/servers?limit=10", "/audit", "/events", "/volumes", "/timemap")


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    """A primary and a standby that follows it."""
    with clusters(2) as (primary, other):
        primary.make().start()
        yield primary, primary.standby(other.folder).start()


@pytest.fixture
def api(tmp_path: Path, pair: tuple[Cluster, Cluster]) -> Iterator[Api]:
    """A service of both, over a schema of its own."""
    primary, standby = pair
    schema = f"s{time.monotonic_ns()}"
    primary.execute(f"CREATE SCHEMA {schema}")
    search = f"&options=-csearch_path%3D{schema}"
    with running(
        tmp_path, database=primary.url + search, read_database=standby.url + search
    ) as started:
        yield started
    primary.execute(f"DROP SCHEMA {schema} CASCADE")


def read_from(api: Api) -> dict[str, float]:
    """How many snapshots each of them gave."""
    lines = api.service.metrics.render().decode().splitlines()
    found = [line for line in lines if line.startswith("rackledger_replica_reads_total{")]
    return {line.split('"')[1]: float(line.rpartition(" ")[2]) for line in found}


def until(done: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    end = time.monotonic() + BOUND_S
    while not done():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


@contextmanager
def held_up(standby: Cluster) -> Iterator[None]:
    """A standby that is there, and takes in nothing."""
    standby.execute("SELECT pg_wal_replay_pause()")
    until(lambda: standby.execute("SELECT pg_get_wal_replay_pause_state()") == [("paused",)])
    try:
        yield
    finally:
        standby.execute("SELECT pg_wal_replay_resume()")


def answered(api: Api, which: str) -> Callable[[], bool]:
    """Whether, once more asked, it was this one that answered."""

    def ask() -> bool:
        before = read_from(api).get(which, 0)
        assert api.get("/servers").status_code == 200
        return read_from(api).get(which, 0) > before

    return ask


def test_reads_go_to_the_standby(api: Api) -> None:
    server = api.create()
    until(answered(api, "standby"))
    assert api.get("/servers").json() == {"servers": [server]}
    assert api.get(f"/servers/{server['id']}").json() == {"server": server}


def test_one_that_is_behind_is_passed_over(api: Api, pair: tuple[Cluster, Cluster]) -> None:
    first = api.create("first")
    until(answered(api, "standby"))
    with held_up(pair[1]):
        second = api.create("second")
        for _ in range(3):
            assert api.get("/servers").json() == {"servers": [first, second]}
            assert api.get(f"/servers/{second['id']}").status_code == 200
        at = api.put(f"/servers/{first['id']}", {"tags": ["a"]}).headers["x-log-position"]
        shown = api.get("/servers", headers={"X-Min-Position": at}).json()["servers"]
        assert shown[0]["tags"] == ["a"]
        audited = api.get("/audit", headers={"X-Min-Position": at}).json()["entries"]
        assert audited[-1]["positions"] == [int(at)]
        as_of = api.get("/servers", params={"at_position": at}).json()
        assert as_of["servers"] == shown
    until(answered(api, "standby"))


def test_a_token_is_refused_at_once_whatever_the_standby_knows(
    api: Api, pair: tuple[Cluster, Cluster]
) -> None:
    from commands.tokens import revoke_token

    token = api.issue("member", name="a member")
    until(answered(api, "standby"))
    with held_up(pair[1]):
        assert api.get("/servers", token=token).status_code == 200
        api.service.store.writer.run(lambda unit: revoke_token(unit, "a member"))
        until(lambda: api.get("/servers", token=token).status_code == 401)


def test_without_it_the_primary_answers_and_with_it_again_it_does(
    api: Api, pair: tuple[Cluster, Cluster]
) -> None:
    server = api.create()
    until(answered(api, "standby"))
    pair[1].kill()
    try:
        for path in READS:
            assert api.get(path).status_code == 200, path
        assert api.get("/servers").json() == {"servers": [server]}
    finally:
        pair[1].start()
    until(answered(api, "standby"))
    assert api.get("/servers").json() == {"servers": [server]}


def test_every_read_answers_the_same_from_either(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    server = api.create()
    api.act(server["id"], "poweroff")
    until(answered(api, "standby"))
    for path in (*READS, f"/servers/{server['id']}/blame", f"/servers/{server['id']}/timemap"):
        told = api.get(path)
        with monkeypatch.context() as patched:
            patched.setattr(api.service, "reading", api.service.database.reading)
            patched.setattr(api.service.reads, "reading", api.service.database.reading)
            patched.setattr(api.service, "ask", api.service.reads.ask_primary)
            assert api.get(path).content == told.content, path


def test_a_long_list_streams_from_the_standby(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.root.listing.CHUNK_ROWS", 2)
    servers = [api.create(f"s{number}") for number in range(5)]
    until(answered(api, "standby"))
    before = read_from(api)["standby"]
    assert api.get("/servers").json() == {"servers": servers}
    assert read_from(api)["standby"] == before + 2  # to see that it is long, and to stream it


def test_a_standby_that_cannot_be_is_refused(tmp_path: Path, pair: tuple[Cluster, Cluster]) -> None:
    with pytest.raises(ConfigurationError, match="--read-database needs PostgreSQL"):
        Settings(read_database=pair[1].url)
    wrong = Settings(database=pair[0].url, read_database="mysql://localhost/servers")
    with (
        pytest.raises(DatabaseUnusable, match="databases are not served"),
        running(tmp_path, database=wrong.database, read_database=wrong.read_database),
    ):
        pass
