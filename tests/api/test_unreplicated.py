"""A commit that no standby has, because the wait for one was cut off: not acknowledged."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.expecting import problem
from tests.clusters import Cluster, clusters
from tests.program import BOUND_S
from tests.support import SEED_A, Api, running

pytestmark = pytest.mark.postgresql

WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
NAMES = "synchronous_standby_names"


@pytest.fixture
def primary() -> Iterator[Cluster]:
    with clusters() as (made,):
        yield made.make().start()


@pytest.fixture
def api(tmp_path: Path, primary: Cluster) -> Iterator[Api]:
    with running(tmp_path, database=primary.url) as started:
        yield started


def test_what_no_standby_has_is_answered_once_one_has_it(api: Api, primary: Cluster) -> None:
    primary.execute(f"ALTER SYSTEM SET {NAMES} = 'absent'", "SELECT pg_reload_conf()")
    headers = {"Idempotency-Key": "k"}
    answers: list[Any] = []

    def create() -> None:
        answers.append(api.post("/servers", SEED_A, headers=headers))

    asking = threading.Thread(target=create)
    asking.start()
    end = time.monotonic() + BOUND_S
    while not (waiting := primary.execute(WAITING)):
        assert time.monotonic() < end, "no commit waits for a standby"
        time.sleep(0.01)
    assert answers == []
    primary.execute(f"SELECT pg_cancel_backend({waiting[0][0]})")
    asking.join()
    problem(answers[0], 503, "store.unavailable")
    primary.execute(f"ALTER SYSTEM SET {NAMES} = ''", "SELECT pg_reload_conf()")
    made = api.post("/servers", SEED_A, headers=headers)
    assert made.status_code == 201
    assert api.get("/servers").json() == {"servers": [made.json()["server"]]}
