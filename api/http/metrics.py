"""The figures of `/metrics`: of this process, or of all that serve on one socket.

Where the variable `PROMETHEUS_MULTIPROC_DIR` names a folder, the library keeps the figures of each
process in a file there, and whichever process is asked adds them up.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from api.http.exchange import Exchange

Mode = Literal["max", "livesum", "livemax", "livemin"]
SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
TELL_S: Final = 1.0
"""How old a figure of another process may be."""
# Others are counted together: a figure a word would let callers make figures without end.
_METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_GAUGES: Final[tuple[tuple[str, str, str, Mode], ...]] = (
    ("position", "log_position", "Position of the last record.", "max"),
    ("waiting", "commands_waiting", "Commands waiting for their commit.", "livesum"),
    (
        "followed",
        "followed_position",
        "How far the audit and the events have followed the log.",
        "max",
    ),
    (
        "parked",
        "parked_records",
        "Records that this release cannot read and went past: an alarm.",
        "livemax",
    ),
    (
        "following_failing",
        "following_failing",
        "1 where the last step behind the log failed: the history stands still, an alarm.",
        "livemax",
    ),
    (
        "checked",
        "checked_position",
        "How far the check in the background has come in this round.",
        "livemax",
    ),
    ("check_rounds", "check_rounds", "How often it has come to the log's end.", "livemax"),
    (
        "unsound",
        "unsound_records",
        "Records, or states kept after them, that are not as stored: an alarm.",
        "livemax",
    ),
    (
        "unchecked",
        "unchecked",
        "1 where no round was ended yet or nothing was looked at lately.",
        "livemin",
    ),
)
"""What each is called here and there, what it says, and how those of several processes add up."""


class Metrics:
    """Counts what is answered and committed."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = self._counter(
            "requests", "Requests answered.", ("method", "route", "status")
        )
        self._seconds = self._histogram(
            "request_seconds",
            "Time from the head of a request to its answer.",
            (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            ("method",),
        )
        self._batch = self._histogram(
            "commit_jobs", "Commands committed together.", (1, 2, 4, 8, 16, 32, 64, 128, 256)
        )
        self._commit = self._histogram(
            "commit_seconds",
            "Time to decide and commit a batch.",
            (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
        )
        self.unreadable = self._counter(
            "unreadable", "Answers refused because a record cannot be read: an alarm."
        )
        self._reads = self._counter(
            "replica_reads",
            "Snapshots taken for reads where there is a standby, by which database gave them.",
            ("database",),
        )
        self._gauges = {
            name: Gauge(
                f"rackledger_{told}", words, registry=self._registry, multiprocess_mode=mode
            )
            for name, told, words, mode in _GAUGES
        }
        self._watched: dict[str, Callable[[], float]] = {}
        # Label look-ups cost more than the counting: a child is kept for each combination seen.
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def _counter(self, name: str, words: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(f"rackledger_{name}", words, labels, registry=self._registry)

    def _histogram(
        self, name: str, words: str, buckets: tuple[float, ...], labels: tuple[str, ...] = ()
    ) -> Histogram:
        registry = self._registry
        return Histogram(f"rackledger_{name}", words, labels, registry=registry, buckets=buckets)

    def observe(self, exchange: Exchange, seconds: float) -> None:
        """Count one answered request."""
        method = exchange.method if exchange.method in _METHODS else "other"
        key = (method, exchange.route, exchange.status)
        known = self._known.get(key)
        if known is None:
            counter = self._requests.labels(key[0], key[1] or "unknown", str(key[2]))
            known = self._known[key] = (counter, self._seconds.labels(key[0]))
        known[0].inc()
        known[1].observe(seconds)

    def committed(self, jobs: int, seconds: float) -> None:
        """Count one commit."""
        self._batch.observe(jobs)
        self._commit.observe(seconds)

    def read_from(self, which: str) -> None:
        """Count one snapshot of the standby, or of the primary in its place."""
        self._reads.labels(which).inc()

    def watch(self, name: str, figure: Callable[[], float]) -> None:
        """Take a figure of `_GAUGES` from where it is kept, whenever it is asked for."""
        self._watched[name] = figure

    async def keep_telling(self) -> None:
        """Tell the other processes, if there are any, of what is watched here, without end."""
        while SHARED in os.environ:
            self._look()
            await asyncio.sleep(TELL_S)

    def _look(self) -> None:
        for name, figure in self._watched.items():
            self._gauges[name].set(figure())

    def render(self) -> bytes:
        """The Prometheus text."""
        self._look()
        if SHARED not in os.environ:
            return generate_latest(self._registry)
        shared: Any = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # the library has no types
        return generate_latest(shared)
