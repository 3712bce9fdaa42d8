"""Versions of one server, a register that many change at once: does one order explain all.

Each write that succeeds names the version it came to, so the order of a linearization is known: by
version, a write before those that read what it wrote. What is left to check is that no answer
contradicts it: an operation that ended before another began must not come after it.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Operation(NamedTuple):
    """What one client did, from when to when, and the version that it was told or refused at."""

    began: float
    ended: float
    kind: str
    """`write` that made the version; `read` that saw it; `refused`: it was that one no longer."""
    version: int

    @property
    def least(self) -> tuple[int, int]:
        """The earliest place in the order at which it can stand."""
        if self.kind == "refused":
            return self.version + 1, 0
        return self.version, int(self.kind == "read")


def contradictions(operations: Sequence[Operation], first: int = 1) -> list[str]:
    """What no order explains, of operations on one server that was at version `first` before."""
    return [*_races(operations, first), *_order(operations)]


def _races(operations: Iterable[Operation], first: int) -> list[str]:
    made = sorted(each.version for each in operations if each.kind == "write")
    wanted = list(range(first + 1, first + 1 + len(made)))
    return [] if made == wanted else [f"each version has one winner: {made[:20]}"]


def _order(operations: Sequence[Operation]) -> list[str]:
    writes = {each.version: each for each in operations if each.kind == "write"}
    by_end = sorted(operations, key=lambda each: each.ended)
    ends = [each.ended for each in by_end]
    latest = [(0, 0)]
    """The farthest place that the first so many to end have come to."""
    for each in by_end:
        latest.append(max(latest[-1], each.least))
    found = []
    for each in operations:
        before = latest[bisect.bisect_left(ends, each.began)]
        if each.kind == "refused":
            winner = writes.get(each.version + 1)
            if winner is None or winner.began > each.ended:
                found.append(f"refused before anybody won: {each}")
        elif before > each.least or (each.kind == "write" and before == each.least):
            found.append(f"came to {each.least} after {before} was told: {each}")
    return found
