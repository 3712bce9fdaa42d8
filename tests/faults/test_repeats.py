"""Every POST sent three times under one key, some of them across a kill: it takes effect once.

`RACKLEDGER_TEST_REPEATS` says how many.
"""

from __future__ import annotations

import os
import random
import threading
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

import pytest

from tests.faults.attempts import Answer, Attempt
from tests.faults.checks import assert_same
from tests.faults.client import Client
from tests.faults.conftest import Tell
from tests.faults.logs import LogCheck
from tests.process import Process, process
from tests.program import connect

pytestmark = pytest.mark.faults

POSTS: Final = int(os.environ.get("RACKLEDGER_TEST_REPEATS", "1000"))
TOGETHER: Final = 50
"""How many are sent before the process is killed in their midst."""
SENT: Final = 3


class Sent:
    """One POST and how it was answered, each time it was sent."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.answers: list[Answer] = []

    def send(self, connection: HTTPConnection) -> None:
        """Send it once more."""
        self.answers.append(self.attempt.send(connection))


def test_a_post_sent_three_times_takes_effect_once(tmp_path: Path, tell: Tell) -> None:
    client, log, kills = Client("c", random.Random(5)), LogCheck(), 0
    posts: list[Sent] = []
    while len(posts) < POSTS:
        with process(tmp_path) as service:
            new = send_until_killed(service, client)
        kills += 1
        with process(tmp_path) as service, closing(connect(service.base)) as connection:
            for post in new:
                # The last was under way, and nobody knows its end.
                while len(post.answers) < SENT:
                    post.send(connection)
            client.take(new[-1].attempt, new[-1].answers[0])
            log.follow(service.url)
            with service.client() as caller:
                assert_same(caller.get("/servers").json()["servers"], client.servers.values())
            assert service.stop() == 0
        posts += new
    for post in posts:
        assert len({(answer.status, str(answer.body)) for answer in post.answers}) == 1
        assert len({answer.position for answer in post.answers}) == SENT
    assert log.torn() == []
    assert log.lost(client.acknowledged) == []
    tell(
        f"{len(posts):,} POSTs, each sent {SENT} times under its key, across {kills} kills: the "
        f"same answer each time, no server twice; {log.position:,} records without a gap"
    )


def send_until_killed(service: Process, client: Client) -> list[Sent]:
    """Send one POST after the other; kill the process while one of them is under way."""
    sent: list[Sent] = []
    with closing(connect(service.base)) as connection:
        while True:
            attempt = client.choose()
            if attempt.method != "POST":
                continue
            sent.append(Sent(attempt))
            if len(sent) > TOGETHER:
                killing = threading.Timer(client.chance.random() * 0.005, service.kill)
                killing.start()
                with suppress(OSError, HTTPException):
                    sent[-1].send(connection)
                killing.join()
                sent[-1].answers.clear()  # whether it came or not, it counts as lost on the way
                return sent
            sent[-1].send(connection)
            client.take(attempt, sent[-1].answers[0])
