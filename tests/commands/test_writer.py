"""The writer's batches: one commit for all that waited, answers after it, neighbours unharmed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from commands.unit import Unit
from commands.writer import BATCH_MAX
from domain.commands import PowerOnServer
from domain.events import ServerCreated
from domain.refusals import QueueFull, ServerUnknown
from tests.commands.batches import Hold, answers_together, fails, started
from tests.commands.stores import Kept, creating


def names(store: Kept) -> list[str]:
    """What the log says was made, in order."""
    events = [record.event for _, record in store.records()]
    return [event.configuration.name for event in events if isinstance(event, ServerCreated)]


def test_all_that_waited_for_a_commit_share_the_next(store: Kept) -> None:
    wanted = [f"server {n}" for n in range(40)]
    answers, sizes = answers_together(store, *(store.job(creating(name)) for name in wanted))
    assert sizes == [40]
    assert [answer.position for answer in answers] == list(range(1, 41))
    assert names(store) == [answer.servers[0].name for answer in answers] == wanted


def test_no_commit_holds_more_than_a_full_batch(store: Kept) -> None:
    _, sizes = answers_together(store, *[store.job(creating())] * (BATCH_MAX * 2 + 1))
    assert sizes == [BATCH_MAX, BATCH_MAX, 1]
    assert len(store.records()) == BATCH_MAX * 2 + 1


def test_a_job_sees_what_those_before_it_in_the_batch_did(store: Kept) -> None:
    job = store.job(PowerOnServer(), ref="new")
    answers, sizes = answers_together(store, store.job(creating("new")), job, job)
    assert sizes == [3]
    assert [answer.outcome for answer in answers] == ["accepted", "accepted", "no_effect"]


def test_a_refused_job_shares_the_commit_and_harms_nobody(store: Kept) -> None:
    refused = store.job(PowerOnServer(), ref="nobody")
    jobs = (store.job(creating("a")), refused, store.job(creating("b")))
    (a, refusal, b), sizes = answers_together(store, *jobs)
    assert sizes == [3]
    assert (a.position, refusal.position, b.position) == (1, 2, 3)
    assert isinstance(refusal, ServerUnknown)
    assert [record.metadata.outcome for _, record in store.records()] == [
        "accepted",
        "refused",
        "accepted",
    ]
    assert [row[3] for row in store.rows("servers")["servers"]] == ["a", "b"]


def test_a_job_that_crashes_before_it_appends_shares_the_commit(store: Kept) -> None:
    crash = ZeroDivisionError("a mistake of ours")
    jobs = (store.job(creating("a")), fails(crash), store.job(creating("b")))
    (a, answer, b), sizes = answers_together(store, *jobs)
    assert (sizes, answer, names(store)) == ([3], crash, ["a", "b"])
    assert [a.position, b.position] == [1, 2]


@pytest.mark.parametrize("flushed", [False, True])
def test_what_a_crashed_job_appended_is_undone_and_its_neighbours_stay(
    store: Kept, flushed: bool
) -> None:
    crash = ZeroDivisionError("a mistake of ours")
    half = [store.job(creating("half")), *([Unit.flush] if flushed else [])]
    jobs = (store.job(creating("a")), fails(crash, half), store.job(creating("b")))
    (a, answer, b), sizes = answers_together(store, *jobs)
    assert (sizes, answer, names(store)) == ([1, 1], crash, ["a", "b"])
    assert [a.position, b.position] == [1, 2]
    assert [row[3] for row in store.rows("servers")["servers"]] == ["a", "b"]


def test_nobody_is_answered_while_the_commit_is_held(store: Kept) -> None:
    async def run() -> None:
        async with started(store) as batches:
            hold = Hold()
            sa.event.listen(store.store.database._writers, "commit", hold)
            tasks = await batches.submit(store.job(creating()), store.job(creating()))
            await hold.reached()
            await asyncio.sleep(0)
            assert [task.done() for task in tasks] == [False, False]
            assert (batches.writer.waiting, batches.positions) == (2, [])
            assert store.records() == []
            hold.release()
            await asyncio.gather(*tasks)
            assert (batches.writer.waiting, batches.positions[-1]) == (0, 2)
            assert len(store.records()) == 2

    asyncio.run(run())


def test_a_full_queue_refuses_and_takes_again_once_it_is_not(store: Kept) -> None:
    async def run() -> None:
        async with started(store, queue_max=3) as batches:
            hold = await batches.hold()
            waiting = await batches.submit(store.job(creating("a")), store.job(creating("b")))
            with pytest.raises(QueueFull):
                await batches.writer.submit(store.job(creating("too many")))
            assert batches.writer.waiting == 3
            hold.release()
            await asyncio.gather(*waiting)
            await batches.writer.submit(store.job(creating("c")))

    asyncio.run(run())
    assert names(store) == ["a", "b", "c"]


def test_draining_commits_all_that_was_submitted_and_takes_no_more(store: Kept) -> None:
    async def run() -> list[Any]:
        async with started(store) as batches:
            hold = await batches.hold()
            tasks = await batches.submit(*[store.job(creating())] * (BATCH_MAX + 1))
            draining = asyncio.ensure_future(asyncio.to_thread(batches.writer.drain))
            hold.release()
            await draining
            assert not batches.writer.alive
            assert len(store.records()) == BATCH_MAX + 1
            with pytest.raises(QueueFull):
                await batches.writer.submit(store.job(creating()))
            return await asyncio.gather(*tasks)

    assert [answer.position for answer in asyncio.run(run())] == list(range(1, BATCH_MAX + 2))


def test_a_caller_that_went_away_harms_nobody(store: Kept) -> None:
    async def run() -> None:
        async with started(store) as batches:
            hold = await batches.hold()
            gone, stayed = await batches.submit(store.job(creating("a")), store.job(creating("b")))
            gone.cancel()
            hold.release()
            assert (await stayed).position == 2
            assert (gone.cancelled(), batches.writer.waiting) == (True, 0)

    asyncio.run(run())
    assert names(store) == ["a", "b"]
