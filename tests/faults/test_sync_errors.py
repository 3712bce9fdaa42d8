"""The disk reports an error at a sync: the write is turned away, and the next one may be taken.

Injected by `strace` into the calls of the true program, at the n-th sync of its writer.
`RACKLEDGER_TEST_SYNC_ERRORS` says how many.
"""

from __future__ import annotations

import os
import random
import signal
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.faults.checks import check_log, check_servers, check_untouched
from tests.faults.conftest import Tell
from tests.faults.crowd import Crowd
from tests.faults.logs import LogCheck, copied, rows_beyond_replay
from tests.faults.traces import STRACE, Traced, why_not
from tests.process import process
from tests.program import connect

pytestmark = pytest.mark.faults

ERRORS: Final = int(os.environ.get("RACKLEDGER_TEST_SYNC_ERRORS", "200"))
ROUNDS: Final = 20
"""In how many processes, each of which fails at other syncs."""
WRITES: Final = 40


class Failing(Traced):
    """A process whose syncs fail, from one of them on every so many."""

    def __init__(self, folder: Path, when: str) -> None:
        self._when = when
        super().__init__(folder)

    def program(self) -> list[str]:
        assert STRACE is not None
        calls = "fdatasync,fsync"
        return [
            *(STRACE, "-f", "--seccomp-bpf", "-qq", "-y", "-o", str(self.trace)),
            *("-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO:when={self._when}"),
            *super(Traced, self).program(),
        ]

    @property
    def injected(self) -> int:
        """How many of them failed so far."""
        return self.trace.read_text().count("(INJECTED)")


def test_a_sync_that_fails_costs_its_own_writes_alone(tmp_path: Path, tell: Tell) -> None:
    reason = why_not()
    if reason:
        tell(f"errors at a sync: not run, {reason}")
        pytest.skip(f"not run: {reason}")
    crowd, log, chance = Crowd(3), LogCheck(), random.Random(3)
    with process(tmp_path) as service, crowd.at_work(service, WRITES):
        assert service.stop() == 0
    injected = turned_away = found = 0
    for number in range(1, ROUNDS + 1):
        # At the first syncs of its life in some of the processes, later on in others.
        failing = Failing(tmp_path, f"{number}+{2 + number % 5}")
        try:
            failing.await_ready()
            turned_away += write_on(crowd, failing, chance, ERRORS // ROUNDS)
            read_on(crowd, failing, log)
            found += sum(log.holds(attempt.key) for attempt in crowd.pending())
            injected += failing.injected
            if number % 2:
                os.kill(failing.served_by, signal.SIGKILL)
                failing.wait()
            else:
                assert failing.stop() == 0
        finally:
            failing.close()
        with process(tmp_path) as service:
            check_log(log, crowd, service)
            check_untouched(crowd, service)
            crowd.repeat(service)
            crowd.send_again(service)
            check_servers(crowd, service, chance)
            assert service.stop() == 0
        with copied(service.database, tmp_path / "copy") as copy:
            assert rows_beyond_replay(copy) == {}
    tell(
        f"{injected} syncs of {ROUNDS} processes failed with EIO: {crowd.acknowledged:,} "
        f"acknowledged writes, 0 lost; {turned_away} turned away with 503, 0 with 500, the next "
        f"one taken without a restart; {found} of them stood in the log, 0 done twice"
    )


def write_on(crowd: Crowd, service: Failing, chance: random.Random, errors: int) -> int:
    """Write until so many syncs have failed; how often somebody was turned away."""
    turned_away = 0
    with closing(connect(service.base)) as connection:
        while service.injected < errors:
            client = chance.choice(crowd.clients)
            attempt = client.pending or client.choose()
            crowd.sent.add(attempt.key)
            answer = attempt.send(connection)
            if answer.status == 503:
                assert answer.body["code"] == "store.unavailable"
                client.pending, turned_away = attempt, turned_away + 1
            else:
                client.take(attempt, answer)
                client.pending = None
    return turned_away


def read_on(crowd: Crowd, service: Failing, log: LogCheck) -> None:
    """Everything acknowledged is in the log, and shown."""
    check_log(log, crowd, service)
    check_untouched(crowd, service)
    with service.client() as client:
        assert client.get("/readyz").status_code == 200
