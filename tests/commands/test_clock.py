"""A clock that is set back or forward: times are for people, nothing is ordered by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from starlette.testclient import TestClient

from api.app import Service, build_app
from api.serve import first_start
from api.settings import Settings
from tests.commands.stores import DERIVED, START, Clock, Ids, rows_of
from tests.databases import database_url
from tests.support import ADMIN_TOKEN, SEED_A, SEED_B, Api

STEADY: Final = (0.0, 1.0)
JUMPING: Final = (0.0, -86_400.0, 10 * 365 * 86_400.0, -86_400.0)
TIMES: Final = ("creation_date", "modification_date")


@contextmanager
def timed(folder: Path, clock: Clock, ids: Ids) -> Iterator[Api]:
    """A service that asks `clock` for the time."""
    settings = Settings(database=database_url(folder), token=ADMIN_TOKEN, request_log=False)
    service = Service(settings, clock, ids)
    first_start(service.store, service.settings)
    with TestClient(build_app(service), raise_server_exceptions=False) as client:
        yield Api(service, client)


def work(api: Api, clock: Clock, jumps: Sequence[float]) -> list[Any]:
    """The status and the position of a write of every kind after each jump in turn."""
    asked: list[tuple[str, str, Any]] = [
        ("POST", "/servers", SEED_A | {"name": "web"}),
        ("POST", "/servers", SEED_B),
        ("PUT", "/servers/web", {"tags": ["a"]}),
        ("POST", "/servers/web/action", {"action": "poweron"}),
        ("POST", "/servers/web/action", {"action": "backup"}),
        ("PATCH", "/servers/web", {"server": {"new_name": "db"}}),
        ("POST", "/servers/db/action", {"action": "restore"}),
        ("POST", "/servers/web/action", {"action": "restore", "version": 3}),
        ("POST", "/servers/web/action", {"action": "resetsoft"}),
        ("DELETE", "/servers/demo_instance_final", None),
        ("PUT", "/servers/web", {"name": "kept"}),
        ("POST", "/servers", SEED_A | {"name": "last"}),
    ]
    found = []
    for at, (method, path, json) in enumerate(asked):
        clock.advance(jumps[at % len(jumps)])
        headers = {"Idempotency-Key": f"key-{at}"}
        first = api.request(method, path, json=json, headers=headers)
        clock.advance(jumps[(at + 1) % len(jumps)])
        again = api.request(method, path, json=json, headers=headers)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        found.append((first.status_code, first.headers["x-log-position"]))
    return found


def timeless(api: Api) -> list[dict[str, Any]]:
    """The servers in order of creation, as shown, without their times."""
    servers = api.get("/servers").json()["servers"]
    by_cursor = [api.get("/servers?limit=1")]
    while "next" in by_cursor[-1].links:
        by_cursor.append(api.get(by_cursor[-1].links["next"]["url"]))
    assert [server for page in by_cursor for server in page.json()["servers"]] == servers
    return [{key: server[key] for key in server if key not in TIMES} for server in servers]


def history(api: Api) -> list[tuple[int, str, int, str]]:
    """Where each record stands, of whom, its version and its name."""
    names = api.names()
    return [
        (position, record.originator_id, record.originator_version, name)
        for (position, record), name in zip(api.records(), names, strict=True)
    ]


def test_an_order_that_the_clock_contradicts_is_the_same_order(tmp_path: Path) -> None:
    told = []
    for name, jumps in (("steady", STEADY), ("jumping", JUMPING)):
        (tmp_path / name).mkdir()
        clock = Clock()
        with timed(tmp_path / name, clock, Ids()) as api:
            answered = work(api, clock, jumps)
            told.append((answered, timeless(api), history(api)))
    steady, jumping = told
    assert jumping == steady
    assert {status for status, _ in steady[0]} == {200, 201, 202, 204}


def test_times_are_told_as_the_clock_told_them(tmp_path: Path) -> None:
    clock = Clock()
    with timed(tmp_path, clock, Ids()) as api:
        server = api.create("web")
        clock.advance(-86_400)
        changed = api.put("/servers/web", {"tags": ["a"]}).json()["server"]
        assert changed == server | {
            "tags": ["a"],
            "version": 2,
            "modification_date": (START - dt.timedelta(days=1)).isoformat(timespec="microseconds"),
        }
        clock.advance(3_650 * 86_400)
        stale = api.put("/servers/web", {}, headers={"If-Match": f'"{server["id"]}:1"'})
        assert stale.status_code == 412
        assert api.act("web", "poweron").status_code == 202
        moved = (START + dt.timedelta(days=3_649)).isoformat(timespec="microseconds")
        shown = api.get("/servers/web").json()["server"]
        assert shown == changed | {
            "version": 3,
            "running": True,
            "state": "running",
            "modification_date": moved,
        }


def test_a_restart_under_an_earlier_clock_goes_on_where_the_log_ends(tmp_path: Path) -> None:
    clock, ids = Clock(), Ids()
    with timed(tmp_path, clock, ids) as api:
        work(api, clock, JUMPING)
        servers, position = timeless(api), api.position
    clock.at = START - dt.timedelta(days=3_650)
    with timed(tmp_path, clock, ids) as api:
        assert (timeless(api), api.position) == (servers, position)
        made = api.create("newest")
        assert timeless(api)[-1]["id"] == made["id"]
        assert [at for at, _ in api.records()] == list(range(1, position + 2))
        with api.service.database.writing() as session:
            before = rows_of(session, DERIVED)
            store = api.service.store
            store.rebuilder.rebuild(session)
            assert rows_of(session, DERIVED) == before
