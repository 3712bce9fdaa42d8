"""SIGTERM under load, again and again over one database: nothing accepted is dropped.

`RACKLEDGER_TEST_STOPS` says how often.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Final

import pytest

from tests.faults.checks import check_log, check_servers
from tests.faults.conftest import Tell
from tests.faults.crowd import CLIENTS, Crowd
from tests.faults.logs import LogCheck, copied, rows_beyond_replay
from tests.process import process

pytestmark = pytest.mark.faults

STOPS: Final = int(os.environ.get("RACKLEDGER_TEST_STOPS", "50"))
SEED: Final = int(os.environ.get("RACKLEDGER_TEST_SEED", "1"))
WRITES: Final = (100, 1_000)


def test_what_was_accepted_is_answered_and_kept_at_every_stop(tmp_path: Path, tell: Tell) -> None:
    crowd, log, chance = Crowd(SEED), LogCheck(), random.Random(SEED)
    worst_s = 0.0
    for stops in range(1, STOPS + 1):
        with process(tmp_path) as service:
            with crowd.at_work(service, chance.randint(*WRITES)):
                asked_s = time.monotonic()
                assert service.stop() == 0
                worst_s = max(worst_s, time.monotonic() - asked_s)
            assert service.stderr == []
        # Whoever was connected was answered, then told to go; the next try met nobody.
        assert crowd.ends == {"refused": CLIENTS * stops}
        with process(tmp_path) as service:
            check_log(log, crowd, service)
            # What was committed was answered: no write of unknown end stands in the log.
            assert [attempt for attempt in crowd.pending() if log.holds(attempt.key)] == []
            crowd.repeat(service)
            crowd.send_again(service)
            check_log(log, crowd, service)
            check_servers(crowd, service, chance)
            assert service.stop() == 0
        with copied(service.database, tmp_path / "copy") as copy:
            assert rows_beyond_replay(copy) == {}
    tell(
        f"{STOPS} stops: {crowd.acknowledged:,} acknowledged writes, 0 lost; "
        f"0 dropped requests, {crowd.ends['refused']} came too late and were refused a connection; "
        f"status 0 each time, worst stop {worst_s:.2f} s"
    )
