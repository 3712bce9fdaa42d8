"""PostgreSQL killed, and failed over to a synchronous standby, under load and again and again.

`RACKLEDGER_TEST_SERVER_KILLS` says how often.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.clusters import Cluster, clusters
from tests.faults.checks import check_log, check_servers, check_untouched
from tests.faults.conftest import Tell
from tests.faults.crowd import CLIENTS, Crowd
from tests.faults.logs import LogCheck, rows_beyond_replay
from tests.process import Process, process
from tests.program import BOUND_S, connect

pytestmark = pytest.mark.faults

KILLS: Final = int(os.environ.get("RACKLEDGER_TEST_SERVER_KILLS", "20"))
SEED: Final = int(os.environ.get("RACKLEDGER_TEST_SEED", "1"))
WRITES: Final = (100, 600)
WORKERS: Final = "2"
RECOVERED_S: Final = 5.0
"""Within what time the service must be whole again once there is a server."""


def test_a_server_that_is_killed_loses_nothing_acknowledged(tmp_path: Path, tell: Tell) -> None:
    crowd, log, chance = Crowd(SEED), LogCheck(), random.Random(SEED)
    worst_s, found = 0.0, 0
    with clusters() as (server,):
        server.make().start()
        with process(tmp_path, "--workers", WORKERS, RACKLEDGER_DATABASE=server.url) as service:
            for kills in range(1, KILLS + 1):
                interrupt(crowd, service, chance, server.kill)
                assert crowd.ends == {"unavailable": CLIENTS * kills}
                check_away(service)
                server.start()
                worst_s = max(worst_s, recovered(service))
                found += go_on(crowd, log, service, chance)
            assert service.stop() == 0
        assert rows_beyond_replay(server.url) == {}
    tell(
        f"PostgreSQL killed {KILLS} times: {crowd.acknowledged:,} acknowledged writes, 0 lost, "
        f"0 phantom; only 503 meanwhile; of those unanswered {found} were committed, 0 done twice; "
        f"served again {worst_s:.2f} s after it at the worst"
    )


def test_a_standby_that_takes_over_has_all_that_was_acknowledged(
    tmp_path: Path, tell: Tell
) -> None:
    crowd, log, chance = Crowd(SEED), LogCheck(), random.Random(SEED)
    worst_s, found = 0.0, 0
    with clusters(2) as pair:
        primary, standby = pair
        folders = f"{primary.folder},{standby.folder}"
        url = (
            f"postgresql+psycopg://postgres@/postgres?host={folders}"
            "&target_session_attrs=read-write"
        )
        primary.make().start()
        follow(primary, standby)
        with process(tmp_path, "--workers", WORKERS, RACKLEDGER_DATABASE=url) as service:
            for kills in range(1, KILLS + 1):
                interrupt(crowd, service, chance, primary.kill)
                assert crowd.ends == {"unavailable": CLIENTS * kills}
                check_away(service)
                standby.promote()
                worst_s = max(worst_s, recovered(service))
                found += go_on(crowd, log, service, chance)
                primary, standby = standby, primary
                shutil.rmtree(standby.folder / "data")
                follow(primary, standby)
            assert service.stop() == 0
        assert rows_beyond_replay(url) == {}
    tell(
        f"failed over to a synchronous standby {KILLS} times: {crowd.acknowledged:,} acknowledged "
        f"writes, 0 lost, 0 phantom; only 503 meanwhile; of those unanswered {found} were "
        f"committed, 0 done twice; served again {worst_s:.2f} s after the promotion at the worst"
    )


def interrupt(
    crowd: Crowd, service: Process, chance: random.Random, kill: Callable[[], None]
) -> None:
    """Do it while everybody works; each is told at once that the store is unavailable."""
    with crowd.at_work(service, chance.randint(*WRITES)):
        kill()


def check_away(service: Process) -> None:
    """Without a server the service is up, not ready, and says so."""
    with service.client() as client:
        assert client.get("/healthz").status_code == 200
        for path in ("/readyz", "/servers", "/servers/none", "/audit"):
            answer = client.get(path)
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True), path


def recovered(service: Process) -> float:
    """How long it takes until every worker reads and writes again, in seconds."""
    began = time.monotonic()
    in_a_row = 0
    while in_a_row < 8:  # whichever of them is asked
        connection = connect(service.base)
        connection.request("GET", "/readyz")
        ready = connection.getresponse().status == 200
        connection.close()
        in_a_row = in_a_row + 1 if ready else 0
        assert time.monotonic() - began < RECOVERED_S, "it does not recover by itself"
        time.sleep(0.005)
    return time.monotonic() - began


def go_on(crowd: Crowd, log: LogCheck, service: Process, chance: random.Random) -> int:
    """What was acknowledged is there; what was not is sent again. How much of it was committed."""
    check_log(log, crowd, service)
    check_untouched(crowd, service)
    found = sum(log.holds(attempt.key) for attempt in crowd.pending())
    crowd.repeat(service)
    crowd.send_again(service)
    check_log(log, crowd, service)
    check_servers(crowd, service, chance)
    return found


def follow(primary: Cluster, standby: Cluster) -> None:
    """Have a fresh standby follow the primary, which waits for it with every commit from now on."""
    primary.execute("ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()")
    primary.standby(standby.folder)
    standby.start()
    primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
    end = time.monotonic() + BOUND_S
    while primary.execute("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
        assert time.monotonic() < end, "it does not follow"
        time.sleep(0.02)
