"""Both code bases at once: the same history to each, and their lines in pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import msgspec

from api.replaying.codebases import NotReplayable
from api.replaying.jobs import Job
from api.replaying.processes import RECORD_TIMEOUT_S, Worker, WorkerLost

Pair = tuple[bytes, bytes]


class Sides:
    """Both workers. Use as a context manager."""

    def __init__(self, old: Path, new: Path, timeout_s: float = RECORD_TIMEOUT_S) -> None:
        self._roots = {"old": old, "new": new}
        self._timeout_s = timeout_s
        self._workers: dict[str, Worker] = {}

    def __enter__(self) -> Self:
        """Start both. Raises `NotReplayable`."""
        try:
            for name, root in self._roots.items():
                self._workers[name] = Worker(name, root, self._timeout_s)
        except NotReplayable:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End both."""
        while self._workers:
            self._workers.popitem()[1].close()

    def tell(self, job: Job) -> Iterator[Pair]:
        """What each says of a history, line by line. Raises `WorkerLost` naming the one."""
        encoded = msgspec.json.encode(job)
        for name in self._workers:
            self._guarded(name, lambda worker: worker.ask(encoded))
        for _ in range(len(job.records) + 1):
            yield self._line("old"), self._line("new")

    def _line(self, name: str) -> bytes:
        found: list[bytes] = []
        self._guarded(name, lambda worker: found.append(worker.line()))
        return found[0]

    def _guarded(self, name: str, step: Callable[[Worker], None]) -> None:
        try:
            step(self._workers[name])
        except WorkerLost as error:
            # Both: what the other one still says is of this history, not of the next.
            self.__exit__()
            self.__enter__()
            raise WorkerLost(f"{name}: {error}") from None
