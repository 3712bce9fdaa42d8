"""The order of system calls: the log is synced to disk before an answer leaves.

`RACKLEDGER_TEST_TRACED` says for how many writes.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Final

import pytest

from tests.faults.client import Client
from tests.faults.conftest import Tell
from tests.faults.crowd import Crowd
from tests.faults.traces import (
    SYNCS,
    Call,
    Traced,
    acknowledged,
    behind,
    calls_of,
    syncs_of_the_log,
    unsynced,
    why_not,
)
from tests.program import connect

pytestmark = pytest.mark.faults

TRACED: Final = int(os.environ.get("RACKLEDGER_TEST_TRACED", "1000"))


def started(folder: Path, tell: Tell) -> Traced:
    reason = why_not()
    if reason:
        tell(f"sync order: not run, {reason}")
        pytest.skip(f"not run: {reason}")
    return Traced(folder)


def calls_after(service: Traced) -> list[Call]:
    """Every call of the process, once it has ended in peace."""
    assert service.stop() == 0
    return calls_of(service.trace.read_text().splitlines())


def test_each_answer_to_one_client_leaves_after_the_sync_of_its_write(
    tmp_path: Path, tell: Tell
) -> None:
    service = started(tmp_path, tell)
    try:
        service.await_ready()
        client = Client("c", random.Random(1))
        connection = connect(service.base)
        for _ in range(TRACED):
            attempt = client.choose()
            client.take(attempt, attempt.send(connection))
        connection.close()
        calls = calls_after(service)
    finally:
        service.close()
    assert len(acknowledged(calls)) == TRACED
    assert unsynced(calls) == []
    assert behind(calls) == []
    # Without its syncs the same trace would be found wanting, so the check can fail.
    assert len(unsynced([call for call in calls if call.name not in SYNCS])) == TRACED
    tell(f"sync order, one client: {TRACED} answers, each after a sync of all that was written")


def test_each_answer_to_many_clients_leaves_after_a_sync_that_followed_its_request(
    tmp_path: Path, tell: Tell
) -> None:
    service = started(tmp_path, tell)
    try:
        service.await_ready()
        crowd = Crowd(1)
        with crowd.at_work(service, TRACED):
            calls = calls_after(service)
    finally:
        service.close()
    assert len(acknowledged(calls)) == crowd.acknowledged >= TRACED
    assert unsynced(calls) == []
    syncs = len(syncs_of_the_log(calls))
    tell(f"sync order, 8 clients: {crowd.acknowledged} answers, each after one of {syncs} syncs")
