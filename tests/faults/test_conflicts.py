"""Many writers at once: on the same servers, and in two processes over one log.

`RACKLEDGER_TEST_CONFLICTS` says how many writes conflict, `RACKLEDGER_TEST_CROWD_S` how long two
processes write.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clusters import clusters
from tests.faults.conftest import Tell
from tests.faults.logs import LogCheck, rows_beyond_replay
from tests.faults.register import Operation, contradictions
from tests.process import Process, process
from tests.program import BOUND_S, connect
from tests.support import ADMIN_TOKEN, SEED_A

pytestmark = pytest.mark.faults

CONFLICTS: Final = int(os.environ.get("RACKLEDGER_TEST_CONFLICTS", "100000"))
CROWD_S: Final = float(os.environ.get("RACKLEDGER_TEST_CROWD_S", "60"))
SERVERS: Final = 20
WRITERS: Final = 8
UNLIMITED: Final = {
    "RACKLEDGER_REFUSALS_PER_S": "1000000",
    "RACKLEDGER_REFUSALS_BURST": "1000000",
}
READS: Final = 0.1
"""The share of operations that read."""


@contextmanager
def served(kind: str, folder: Path) -> Iterator[list[Process]]:
    """One process over a file, or two over a server."""
    with ExitStack() as stack:
        if kind == "sqlite":
            yield [stack.enter_context(process(folder, **UNLIMITED))]
            return
        (server,) = stack.enter_context(clusters())
        url = server.make().start().url
        yield [
            stack.enter_context(process(folder, RACKLEDGER_DATABASE=url, **UNLIMITED))
            for _ in range(2)
        ]


class Caller:
    """A connection, and what is asked on it."""

    def __init__(self, service: Process) -> None:
        self._connection = connect(service.base)
        self.headers = {"X-Auth-Token": ADMIN_TOKEN, "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The status and the body of an answer."""
        sent = None if body is None else json.dumps(body)
        self._connection.request(method, path, sent, self.headers | headers)
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def close(self) -> None:
        self._connection.close()


def at_once(works: list[Callable[[], None]]) -> None:
    """Do all at once; raises what any of them raised."""
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # raised again by the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_conflicting_writes_one_wins_each_version(tmp_path: Path, tell: Tell, kind: str) -> None:
    log, seen = LogCheck(), Counter[str]()
    with served(kind, tmp_path) as services:
        with closing(Caller(services[0])) as caller:
            ids = [
                caller.ask("POST", "/servers", SEED_A)[1]["server"]["id"] for _ in range(SERVERS)
            ]
        told: dict[str, list[Operation]] = {server_id: [] for server_id in ids}
        at_once(
            [
                lambda n=n: conflict(services[n % len(services)], ids, told, random.Random(n))  # type: ignore[misc]
                for n in range(WRITERS)
            ]
        )
        for server_id, operations in told.items():
            assert contradictions(operations) == []
            seen.update(each.kind for each in operations)
            with closing(Caller(services[0])) as caller:
                version = caller.ask("GET", f"/servers/{server_id}")[1]["server"]["version"]
            assert version == 1 + sum(each.kind == "write" for each in operations)
        log.follow(services[0].url)
        assert all(service.stop() == 0 for service in services)
        if kind == "postgresql":
            assert rows_beyond_replay(services[0].url) == {}
    tell(
        f"{kind}: {seen['write'] + seen['refused']:,} conflicting writes on {SERVERS} servers in "
        f"{len(services)} process{'es' * (len(services) > 1)}, {seen['write']:,} won a version "
        f"each, {seen['refused']:,} refused with 412, beside {seen['read']:,} reads: linearizable, "
        f"each version one winner; {log.position:,} records without a gap"
    )


def conflict(
    service: Process, ids: list[str], told: dict[str, list[Operation]], chance: random.Random
) -> None:
    """Change servers on the condition that they are as they were told last, by oneself."""
    known = dict.fromkeys(ids, 1)
    with closing(Caller(service)) as caller:
        written = 0
        while written < CONFLICTS // WRITERS:
            server_id = chance.choice(ids)
            path, version = f"/servers/{server_id}", known[server_id]
            began = time.monotonic()
            if chance.random() < READS:
                status, body = caller.ask("GET", path)
                kind = "read"
            else:
                tag = f'"{server_id}:{version}"'
                body = {"tags": [str(chance.random())]}
                status, body = caller.ask("PUT", path, body, **{"If-Match": tag})
                written += 1
                kind = {200: "write", 412: "refused"}[status]
            ended = time.monotonic()
            if kind == "refused":
                told[server_id].append(Operation(began, ended, kind, version))
                began = time.monotonic()
                status, body = caller.ask("GET", path)
                ended, kind = time.monotonic(), "read"
            assert status == 200
            known[server_id] = body["server"]["version"]
            told[server_id].append(Operation(began, ended, kind, known[server_id]))


def test_who_follows_the_log_of_two_processes_misses_nothing(tmp_path: Path, tell: Tell) -> None:
    log, stop = LogCheck(), time.monotonic() + CROWD_S
    made = Counter[str]()
    with served("postgresql", tmp_path) as services:
        done = threading.Event()
        streams: list[list[int]] = [[], []]
        polled: list[int] = []
        readers: list[Callable[[], None]] = [
            lambda n=n: follow_stream(services[n], streams[n], done)  # type: ignore[misc]
            for n in range(2)
        ]

        def write_all() -> None:
            at_once(
                [
                    lambda n=n: write(services[n % 2], stop, made, random.Random(n))  # type: ignore[misc]
                    for n in range(WRITERS)
                ]
            )
            log.follow(services[0].url)
            done.set()

        at_once([*readers, lambda: follow_pages(services[1], polled, done, log), write_all])
        everything = list(range(1, log.position + 1))
        for stream in (*streams, polled):
            assert stream == everything
        assert all(service.stop() == 0 for service in services)
        assert rows_beyond_replay(services[0].url) == {}
    tell(
        f"{WRITERS} writers in 2 processes for {CROWD_S:.0f} s: {sum(made.values()):,} writes, "
        f"{log.position:,} records without a gap; two live streams and one reader of pages saw "
        "each once, in order: 0 missed, 0 doubled"
    )


def write(service: Process, stop: float, made: Counter[str], chance: random.Random) -> None:
    """Create, change and delete servers."""
    own: list[str] = []
    with closing(Caller(service)) as caller:
        while time.monotonic() < stop:
            roll = chance.random()
            if not own or roll < 0.4:
                status, body = caller.ask("POST", "/servers", SEED_A)
                own.append(body["server"]["id"])
            elif roll < 0.8:
                body = {"tags": [str(roll)]}
                status, _ = caller.ask("PUT", f"/servers/{chance.choice(own)}", body)
            else:
                status, _ = caller.ask("DELETE", f"/servers/{own.pop()}")
            assert status in (200, 201, 204)
            made[str(status)] += 1


def follow_stream(service: Process, seen: list[int], done: threading.Event) -> None:
    """Take in the events live, from the first on, until all that there are were seen."""
    connection = http.client.HTTPConnection(service.base.rpartition("//")[2], timeout=BOUND_S)
    headers = {"X-Auth-Token": ADMIN_TOKEN, "Accept": "text/event-stream"}
    connection.request("GET", "/events?after_position=0", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200
    silent = 0
    for line in answer:
        if line.startswith(b"data: {") and b'"position"' in line:
            seen.append(json.loads(line[6:])["data"]["position"])
            silent = 0
        elif done.is_set():
            silent += line.startswith((b":", b"event: bookmark"))
            if silent > 1:
                break
        if done.is_set() and seen and seen[-1] >= _last(service):
            break
    connection.close()


def follow_pages(service: Process, seen: list[int], done: threading.Event, log: LogCheck) -> None:
    """Read page after page, waiting for the next where there is none yet."""
    with closing(Caller(service)) as caller:
        while not done.is_set() or (seen or [0])[-1] < log.position:
            after = seen[-1] if seen else 0
            status, body = caller.ask("GET", f"/events?after_position={after}&limit=1000&wait=1")
            assert status == 200
            seen += [event["data"]["position"] for event in body["events"]]


def _last(service: Process) -> int:
    with closing(Caller(service)) as caller:
        return int(caller.ask("GET", "/readyz")[1]["position"])
