"""`rackledger rebuild` beside a process that serves readers and writers all the while."""

from __future__ import annotations

import json
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.databases import ON_POSTGRES, places_to_rebuild_at, tables_of
from tests.process import Process, process
from tests.program import BOUND_S, PROGRAM, connect, environment_of, run_program
from tests.support import ADMIN_TOKEN, SEED_A


class Crowd:
    """Writers and readers that go on until told to stop, and what they found wrong."""

    def __init__(self, service: Process, token: str = ADMIN_TOKEN) -> None:
        self._service = service
        self._headers = {"X-Auth-Token": token, "Content-Type": "application/json"}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.made: list[str] = []
        self.wrong: list[Any] = []
        self.looks = 0
        self.total = 0
        """How many servers there were before."""

    def start(self, work: Callable[[HTTPConnection], None]) -> None:
        def run() -> None:
            connection = connect(self._service.base)
            try:
                while not self._stopping.is_set():
                    work(connection)
            except Exception as error:  # noqa: BLE001  # told by the test's own thread
                self.wrong.append(repr(error))
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(BOUND_S)
            assert not thread.is_alive()

    def write(self, connection: HTTPConnection) -> None:
        """Make a server, which is there from then on, and change it."""
        made = self._ask(connection, "POST", "/servers", SEED_A)[1]["server"]
        self.made.append(made["id"])
        path = f"/servers/{made['id']}"
        changed = self._ask(connection, "PUT", path, {"tags": ["x"]})[1]
        found = self._ask(connection, "GET", path)[1]
        if found != changed:
            self.wrong.append((found, changed))

    def look(self, connection: HTTPConnection) -> None:
        """Count all servers: never fewer than were made before."""
        least, before = len(self.made), self.made[-50:]
        position, listed, _ = self._read(connection, "/servers")
        ids = {server["id"] for server in listed["servers"]}
        if len(ids) < least or not ids.issuperset(before):
            self.wrong.append((position, len(ids), least))
        then = f"/servers?at_position={position}"
        if self._ask(connection, "GET", then)[1] != listed:
            self.wrong.append(then)
        self.looks += 1

    def look_at_pages(self, connection: HTTPConnection) -> None:
        """The same of so many that a page and their number must do, which never falls."""
        least, path = self.total + len(self.made), "/servers?page=7&per_page=50"
        position, listed, total = self._read(connection, path)
        if total < least or len(listed["servers"]) != 50:
            self.wrong.append((position, total, least))
        then = f"{path}&at_position={position}"
        if self._read(connection, then)[1:] != (listed, total):
            self.wrong.append(then)
        self.looks += 1

    def _read(self, connection: HTTPConnection, path: str) -> tuple[int, Any, int]:
        """The position, the body, and how many there are in all, of a page."""
        connection.request("GET", path, None, self._headers)
        answer = connection.getresponse()
        found = answer.read()
        if answer.status != 200:
            raise AssertionError(answer.status, found)
        headers = answer.headers
        total = int(headers.get("X-Total-Count", "0"))
        return int(headers["X-Log-Position"]), json.loads(found), total

    def _ask(
        self, connection: HTTPConnection, method: str, path: str, body: Any = None
    ) -> tuple[int, Any]:
        connection.request(method, path, body and json.dumps(body), self._headers)
        answer = connection.getresponse()
        found = answer.read()
        if answer.status >= 400:
            raise AssertionError(answer.status, found)
        return int(answer.headers["X-Log-Position"]), json.loads(found)


@contextmanager
def crowded(service: Process) -> Iterator[Crowd]:
    crowd = Crowd(service)
    for work in (crowd.write, crowd.write, crowd.look):
        crowd.start(work)
    try:
        yield crowd
    finally:
        crowd.stop()
    assert crowd.wrong == []
    assert crowd.looks
    assert crowd.made


def run(folder: Path, *arguments: str) -> str:
    ran = run_program(folder, *arguments)
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    return ran.stdout


def test_nobody_sees_a_rebuild(tmp_path: Path) -> None:
    rebuild_under_load(tmp_path, 1)


def rebuild_under_load(folder: Path, rounds: int) -> Crowd:
    """Rebuild, switch back and drop what was replaced, that often; who was there meanwhile."""
    with process(folder) as service:
        with crowded(service) as crowd:
            for _ in range(rounds):
                assert run(folder, "rebuild", "--keep-old").startswith("rebuilt keys")
                assert run(folder, "rebuild", "--switch-back") == "switched back\n"
                run(folder, "rebuild", "--drop-old")
        run(folder, "verify")
        assert service.stop() == 0
    run(folder, "verify")
    return crowd


def test_a_rebuild_that_is_killed_leaves_what_served(tmp_path: Path) -> None:
    kill_rebuilds(tmp_path, 2)


def kill_rebuilds(folder: Path, times: int) -> tuple[Crowd, int]:
    """Kill that many rebuilds at any moment; who was there meanwhile, and how many were killed."""
    chance, killed = random.Random(4711), 0
    with process(folder) as service:
        with crowded(service) as crowd:
            for _ in range(times):
                begun = subprocess.Popen(
                    [PROGRAM, "rebuild"],
                    env=environment_of(folder, {}),
                    cwd=folder,
                    stdout=subprocess.DEVNULL,
                )
                try:
                    begun.wait(chance.uniform(0.3, 1.5))
                except subprocess.TimeoutExpired:
                    begun.kill()
                    begun.wait(BOUND_S)
                    killed += 1
            run(folder, "rebuild")
        run(folder, "verify")
    assert places_to_rebuild_at(folder) == []
    return crowd, killed


def test_its_refusals_are_one_line_each(tmp_path: Path) -> None:
    for arguments, status, words in (
        ((), 2, "the database holds no log" if ON_POSTGRES else "no such file: "),
        (("sevrers",), 2, "MODEL: must be one of keys, tasks, tokens, servers, trail"),
        (("--keep-old", "--drop-old"), 2, "--keep-old, --switch-back, --drop-old: one at a time"),
    ):
        ran = run_program(tmp_path, "rebuild", *arguments)
        assert (ran.returncode, ran.stdout) == (status, "")
        assert ran.stderr.startswith(f"rackledger: {words}")
        assert list(tmp_path.iterdir()) == []
        assert not ON_POSTGRES or tables_of(tmp_path) == set()
    with process(tmp_path) as service:
        service.stop()
    ran = run_program(tmp_path, "rebuild", "--switch-back")
    assert (ran.returncode, ran.stderr) == (
        1,
        "rackledger: no replaced rows are kept, or not of these read models together\n",
    )
