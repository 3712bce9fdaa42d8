"""The figures of `/metrics`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from api.http.exchange import Exchange
from api.sampling import Checked

# Others are counted together: a figure a word would let callers make figures without end.
_METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


class Metrics:
    """Counts what is answered and committed."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "rackledger_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "rackledger_request_seconds",
            "Time from the head of a request to its answer.",
            ("method",),
            registry=self._registry,
            buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )
        self._batch = Histogram(
            "rackledger_commit_jobs",
            "Commands committed together.",
            registry=self._registry,
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
        )
        self._commit = Histogram(
            "rackledger_commit_seconds",
            "Time to decide and commit a batch.",
            registry=self._registry,
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
        )
        self.position = Gauge(
            "rackledger_log_position", "Position of the last record.", registry=self._registry
        )
        self.waiting = Gauge(
            "rackledger_commands_waiting",
            "Commands waiting for their commit.",
            registry=self._registry,
        )
        self.unreadable = Counter(
            "rackledger_unreadable",
            "Answers refused because a record cannot be read: an alarm.",
            registry=self._registry,
        )
        self.followed = Gauge(
            "rackledger_followed_position",
            "How far the audit and the events have followed the log.",
            registry=self._registry,
        )
        self.parked = Gauge(
            "rackledger_parked_records",
            "Records that this release cannot read and went past: an alarm.",
            registry=self._registry,
        )
        self.checked = Gauge(
            "rackledger_checked_position",
            "How far the check in the background has come in this round.",
            registry=self._registry,
        )
        self.check_rounds = Gauge(
            "rackledger_check_rounds",
            "How often it has come to the log's end.",
            registry=self._registry,
        )
        self.unsound = Gauge(
            "rackledger_unsound_records",
            "Records, or states kept after them, that are not as stored: an alarm.",
            registry=self._registry,
        )
        self.unchecked = Gauge(
            "rackledger_unchecked",
            "1 where no round was ended yet or nothing was looked at lately.",
            registry=self._registry,
        )
        # Label look-ups cost more than the counting: a child is kept for each combination seen.
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

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

    def watch(self, position: Callable[[], int], waiting: Callable[[], int]) -> None:
        """Take these two figures from where they are kept, whenever they are asked for."""
        self.position.set_function(position)
        self.waiting.set_function(waiting)

    def watch_following(self, position: Callable[[], int], parked: Callable[[], int]) -> None:
        """Take these two figures from where they are kept, too."""
        self.followed.set_function(position)
        self.parked.set_function(parked)

    def watch_check(self, checked: Callable[[], Checked]) -> None:
        """Take the figures of the check in the background, too."""
        self.checked.set_function(lambda: checked().position)
        self.check_rounds.set_function(lambda: checked().rounds)
        self.unsound.set_function(lambda: checked().unsound)
        self.unchecked.set_function(lambda: not checked().current)

    def render(self) -> bytes:
        """The Prometheus text."""
        return generate_latest(self._registry)
