"""A started writer whose batches the test decides: jobs wait behind a first one that it holds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from commands.unit import Unit
from commands.writer import QUEUE_MAX, Job, Writer
from tests.commands.stores import Kept

DEADLINE_S: Final = 60
"""When to give a hung test up; nothing waits this long otherwise."""


class Hold:
    """A point that a thread reaches, and does not pass before it is released."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._released = threading.Event()

    def __call__(self, *_: Any) -> None:
        """Reach it."""
        self._reached.set()
        assert self._released.wait(DEADLINE_S), "nobody released the thread"

    async def reached(self) -> None:
        """Wait until a thread is there."""
        assert await asyncio.to_thread(self._reached.wait, DEADLINE_S), "no thread came"

    def release(self) -> None:
        """Let it pass."""
        self._released.set()


class Batches:
    """A writer, and what it told of its commits."""

    def __init__(self, kept: Kept, queue_max: int = QUEUE_MAX) -> None:
        self.sizes: list[int] = []
        self.positions: list[int] = []
        self.failures: list[Exception] = []
        self.cache = kept.store.writer._resources.cache
        self.writer = Writer(
            kept.store.database,
            kept.store.writer._resources,
            committed=self.positions.append,
            gauge=lambda jobs, seconds: self.sizes.append(jobs),
            failed=self.failures.append,
            queue_max=queue_max,
        )

    async def submit(self, *jobs: Job) -> list[asyncio.Task[Any]]:
        """Put jobs into the queue, in this order."""
        tasks = [asyncio.ensure_future(self.writer.submit(job)) for job in jobs]
        await asyncio.sleep(0)
        return tasks

    async def hold(self) -> Hold:
        """Keep the writer busy, so that what is submitted from now on waits."""
        hold = Hold()
        await self.submit(lambda unit: hold())
        await hold.reached()
        return hold

    async def together(self, *jobs: Job) -> list[Any]:
        """What each of these jobs was answered, all having waited for one batch."""
        hold = await self.hold()
        self.sizes.clear()
        tasks = await self.submit(*jobs)
        assert self.writer.waiting == 1 + len(jobs)
        hold.release()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert self.sizes.pop(0) == 1, "the job that was held"
        return answers


@asynccontextmanager
async def started(kept: Kept, queue_max: int = QUEUE_MAX) -> AsyncIterator[Batches]:
    """A writer that runs, and is drained at the end."""
    batches = Batches(kept, queue_max)
    batches.writer.start(asyncio.get_running_loop())
    try:
        yield batches
    finally:
        await asyncio.to_thread(batches.writer.drain)


def answers_together(kept: Kept, *jobs: Job) -> tuple[list[Any], list[int]]:
    """What jobs of one batch were answered, and how many each commit held."""

    async def run() -> tuple[list[Any], list[int]]:
        async with started(kept) as batches:
            return await batches.together(*jobs), batches.sizes

    return asyncio.run(run())


def fails(error: Exception, first: Sequence[Job] = ()) -> Callable[[Unit], None]:
    """A job that runs others and then crashes."""

    def job(unit: Unit) -> None:
        for done in first:
            done(unit)
        raise error

    return job
