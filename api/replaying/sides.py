"""Both code bases at once: the same history to each, and their lines in pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from api.replaying.jobs import Job
from api.replaying.processes import RECORD_TIMEOUT_S, Worker, WorkerLost

Pair = tuple[bytes, bytes]
T = TypeVar("T")


class Sides:
    """Both workers. Use as a context manager."""

    def __init__(self, old: Path, new: Path, timeout_s: float = RECORD_TIMEOUT_S) -> None:
        self._roots = {"old": old, "new": new}
        self._timeout_s = timeout_s
        self._workers: dict[str, Worker] = {}
        self._awaited = dict.fromkeys(self._roots, 0)
        """How many lines each has still to tell of the last history."""

    def __enter__(self) -> Self:
        """Start both. Raises `NotReplayable`."""
        try:
            for name in self._roots:
                self._start(name)
            for worker in self._workers.values():
                worker.greet()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End both."""
        while self._workers:
            self._workers.popitem()[1].close()

    def _start(self, name: str) -> None:
        self._workers[name] = Worker(name, self._roots[name], self._timeout_s)
        self._awaited[name] = 0

    def tell(self, job: Job) -> Iterator[Pair]:
        """What each says of a history, line by line. Raises `WorkerLost` naming the one."""
        encoded = msgspec.json.encode(job)
        for name in self._workers:
            # Of a history that the other one did not survive; it is told as such already.
            while self._awaited[name]:
                with suppress(WorkerLost):
                    self._line(name)
            self._guarded(name, lambda worker: worker.ask(encoded))
            self._awaited[name] = len(job.records) + 1
        for _ in range(len(job.records) + 1):
            yield self._line("old"), self._line("new")

    def _line(self, name: str) -> bytes:
        self._awaited[name] -= 1
        return self._guarded(name, Worker.line)

    def _guarded(self, name: str, step: Callable[[Worker], T]) -> T:
        worker = self._workers[name]
        try:
            return step(worker)
        except WorkerLost as error:
            worker.close()
            self._start(name)
            self._workers[name].greet()
            raise WorkerLost(f"{name}: {error}") from None
