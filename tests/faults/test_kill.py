"""kill -9 under load, again and again over one database: nothing acknowledged is lost.

`RACKLEDGER_TEST_KILLS` says how often.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Final

import pytest

from tests.faults.checks import check_log, check_servers, check_untouched
from tests.faults.conftest import Tell
from tests.faults.crowd import Crowd
from tests.faults.logs import LogCheck, copied, rows_beyond_replay
from tests.process import Process, process

pytestmark = pytest.mark.faults

KILLS: Final = int(os.environ.get("RACKLEDGER_TEST_KILLS", "200"))
SEED: Final = int(os.environ.get("RACKLEDGER_TEST_SEED", "1"))
WRITES: Final = (100, 1_000)
"""After how many answered writes it is killed: as chance has it, between these."""
REPLAY_EVERY: Final = 10


def test_what_was_acknowledged_outlives_every_kill(tmp_path: Path, tell: Tell) -> None:
    crowd, log, chance = Crowd(SEED), LogCheck(), random.Random(SEED)
    worst_s, again, found, replays = 0.0, 0, 0, 0
    with process(tmp_path) as service:
        kill(crowd, service, chance)
    for kills in range(1, KILLS + 1):
        if kills % REPLAY_EVERY == 0 or kills == KILLS:
            replays += 1
            with copied(service.database, tmp_path / "copy") as copy:
                assert rows_beyond_replay(copy) == {}
        started_s = time.monotonic()
        with process(tmp_path) as service:
            worst_s = max(worst_s, time.monotonic() - started_s)
            check_log(log, crowd, service)
            check_untouched(crowd, service)
            found += sum(log.holds(attempt.key) for attempt in crowd.pending())
            crowd.repeat(service)
            again += crowd.send_again(service)
            check_log(log, crowd, service)
            check_servers(crowd, service, None if kills % REPLAY_EVERY == 0 else chance)
            if kills < KILLS:
                kill(crowd, service, chance)
    tell(
        f"{KILLS} kills: {crowd.acknowledged:,} acknowledged writes, 0 lost, 0 phantom; "
        f"{again} unanswered ones sent again, {found} of them already committed, 0 done twice; "
        f"{log.position:,} records without a gap, {len(crowd.expected)} servers at the end, "
        f"rows equal replay {replays} times of {replays}; worst restart {worst_s:.2f} s"
    )


def kill(crowd: Crowd, service: Process, chance: random.Random) -> None:
    """End it while everybody works."""
    with crowd.at_work(service, chance.randint(*WRITES)):
        service.kill()
