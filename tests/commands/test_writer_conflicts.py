"""A version taken by somebody else: the batch is run again one by one, each to its own end."""

from __future__ import annotations

from typing import Any

import pytest

from commands.unit import Unit
from commands.writer import ATTEMPTS_MAX, Job
from domain.commands import PowerOnServer
from domain.refusals import ServerUnknown, Unavailable
from domain.registry import REGISTRY
from tests.commands.batches import answers_together
from tests.commands.stores import Kept, creating


def losing(store: Kept, times: int) -> Job:
    """A job that takes a version that is taken, so many times, and then makes a server."""
    server_id = store.create()
    ((_, record),) = store.records()
    made, tried = store.job(creating("made")), []

    def job(unit: Unit) -> Any:
        tried.append(unit.position)
        if len(tried) <= times:
            unit.append(record.event, record.metadata, stream=(server_id, 1))
        return made(unit)

    return job


@pytest.mark.parametrize("times", [1, 2, ATTEMPTS_MAX + 1])
def test_a_race_is_run_again_by_itself_and_harms_no_neighbour(store: Kept, times: int) -> None:
    job, looking = losing(store, times), store.job(PowerOnServer(), ref="nobody")
    jobs = (store.job(creating("a")), job, looking, store.job(creating("b")))
    (a, made, unknown, b), sizes = answers_together(store, *jobs)
    assert [a.position, made.position, unknown.position, b.position] == [2, 3, 4, 5]
    assert isinstance(unknown, ServerUnknown)
    assert sizes == [1, 1, 1, 1]
    assert [row[3] for row in store.rows("servers")["servers"]] == ["a server", "a", "made", "b"]


def test_a_race_that_is_lost_every_time_ends_as_busy(store: Kept) -> None:
    lose = losing(store, times=100)
    answers, _ = answers_together(store, store.job(creating("a")), lose, store.job(creating("b")))
    assert str(answers[1]) == "the store is busy; try again"
    assert isinstance(answers[1], Unavailable)
    names = [REGISTRY.name_of(record.event) for _, record in store.records()]
    assert names == ["server.created"] * 3
