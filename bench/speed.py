"""First part: the six operations on the service and its peers, in interleaved rounds."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy.engine import URL

from bench.load import Load, Result, measure
from bench.machine import fdatasync_us
from bench.services import OURS, SERVICES, Running, serving
from bench.workload import creates, requests, seed

CONNECTIONS = (32, 1)
Table = dict[tuple[str, str, int], Result]
"""Results by service, operation and connections."""


class Speed:
    """What was measured."""

    def __init__(self) -> None:
        self.table: Table = {}
        self.long: Result | None = None
        self.fdatasync_us = 0.0

    def ratio(self, operation: str, other: str) -> float:
        """This service's rate over another's, 32 connections."""
        return self.table[OURS, operation, 32].rate / self.table[other, operation, 32].rate


def run(
    services: Sequence[str],
    operations: Sequence[str],
    *,
    servers: int,
    seconds: float,
    rounds: int,
    long_s: float,
    database: URL | None = None,
) -> Speed:
    """Measure `operations` on `services`, all running at once, one of them loaded at a time.

    There are `servers` to read and change; creates add to them. Last, creates for `long_s`. All
    over one `database`, if it is given.
    """
    speed = Speed()
    taken: dict[tuple[str, str, int], list[Result]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=".")))
        running = [stack.enter_context(serving(name, folder / name, database)) for name in services]
        ids = {service.name: seed(service, servers) for service in running}
        syncs = []
        for round_ in range(rounds):
            syncs.append(fdatasync_us(folder))
            for connections in CONNECTIONS:
                for operation in operations:
                    for service in running:
                        key = (service.name, operation, connections)
                        load = _load(service, operation, ids[service.name], connections, seconds)
                        taken.setdefault(key, []).append(measure(service, load))
                        _say(round_, key, taken[key][-1])
        speed.table = {key: Result.median(results) for key, results in taken.items()}
        speed.fdatasync_us = statistics.median(syncs)
        ours = [service for service in running if service.name == OURS]
        if ours and "create" in operations:
            speed.long = measure(ours[0], Load(creates(), 32, long_s))
            _say(rounds, (OURS, "create, for long", 32), speed.long)
    return speed


def _load(
    service: Running, operation: str, ids: Sequence[str], connections: int, seconds: float
) -> Load:
    if operation != "delete":
        return Load(requests(operation, ids), connections, seconds)
    # As many to delete as it makes in that time and half as many again, each deleted once.
    made = measure(service, Load(creates(), connections, 1.0)).rate
    fresh = seed(service, max(100, int(made * seconds * 1.5)))
    return Load(requests(operation, fresh), connections, seconds, once=True)


def _say(round_: int, key: tuple[str, str, int], result: Result) -> None:
    name, operation, connections = key
    print(
        f"round {round_ + 1}  {SERVICES[name]:40} {operation:21} c={connections:<3}"
        f"{result.rate:9,.0f}/s  {result.cpu_us:7,.0f} µs CPU  p50 {result.p50_us:8,.0f} µs"
        f"  p99 {result.p99_us:8,.0f} µs",
        flush=True,
    )
