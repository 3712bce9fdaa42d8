"""`replay-check`: two code bases over the same histories, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from api.replaying.codebases import NotReplayable
from api.replaying.comparing import FAILURE, Difference, Found, Tally, differences
from api.replaying.jobs import Job, Line, Stored, Summary
from api.replaying.processes import WorkerLost
from api.replaying.renumbering import renumbered
from api.replaying.shrinking import SHRINK_MAX_S, shrink
from api.replaying.sides import Pair, Sides

FAILURES_MAX: Final = 10
"""After so many histories that a worker did not survive, none is tried any more."""
_SUMMARY: Final = b'{"told":'

Advance = Callable[[int], None]


class Check:
    """One comparison, of all histories."""

    def __init__(self, sides: Sides) -> None:
        self.tally = Tally()
        self._sides = sides
        self._failures = 0

    def run(self, jobs: Iterable[Job], advance: Advance = lambda records: None) -> None:
        """Compare over each history. `advance` is told of records as they are compared.

        Raises `NotReplayable`.
        """
        for job in jobs:
            self._compare(job)
            self.tally.histories += 1
            self.tally.records += len(job.records)
            advance(len(job.records))

    def shorten(self, advance: Advance = lambda differences: None) -> None:
        """Find the shortest history of each difference; `advance` is told of these.

        Raises `NotReplayable`.
        """
        for difference, found in self.tally.found.items():
            self._shorten(difference, found)
            advance(1)

    def _compare(self, job: Job) -> None:
        index = -1
        try:
            for index, (old, new) in enumerate(self._sides.tell(job)):
                if index == len(job.records):
                    self.tally.end(job, _summary(old), _summary(new))
                elif old != new:
                    before, after = _line(old), _line(new)
                    for difference in differences(before, after):
                        kind = difference[0]
                        told = getattr(before, kind), getattr(after, kind)
                        self.tally.add(difference, job, index, *told)
        except WorkerLost as error:
            self._failed(job, index + 1, error)

    def _failed(self, job: Job, index: int, lost: WorkerLost) -> None:
        self._failures += 1
        if self._failures > FAILURES_MAX:
            raise NotReplayable(f"given up after {FAILURES_MAX} histories: {lost}")
        at = min(index, len(job.records) - 1)
        difference = FAILURE, job.records[at].name
        self.tally.add(difference, job, at, *_of_both(lost))

    def _shorten(self, difference: Difference, found: Found) -> None:
        def shows(records: list[Stored]) -> bool:
            told = self._differs(Job(found.subject, renumbered(records)), difference)
            if told is not None:
                found.old, found.new = told
            return told is not None

        found.history, found.minimal = shrink(found.history, shows, SHRINK_MAX_S)

    def _differs(self, job: Job, difference: Difference) -> Sequence[object] | None:
        """What both say at the last record, where that differs in this way."""
        last: Pair = (b"", b"")
        try:
            for index, pair in enumerate(self._sides.tell(job)):
                last = pair if index < len(job.records) else last
        except WorkerLost as error:
            return _of_both(error) if difference[0] == FAILURE else None
        old, new = map(_line, last)
        if difference[0] == FAILURE or difference not in differences(old, new):
            return None
        return getattr(old, difference[0]), getattr(new, difference[0])


def _of_both(lost: WorkerLost) -> tuple[str | None, str | None]:
    """What became of the old code's worker and of the new one's; None of the one that lives."""
    name, _, why = str(lost).partition(": ")
    return (why, None) if name == "old" else (None, why)


def _line(line: bytes) -> Line:
    try:
        return msgspec.json.decode(line, type=Line)
    except msgspec.MsgspecError as error:
        raise NotReplayable(f"a worker said what is no line: {error}") from error


def _summary(line: bytes) -> Summary:
    if not line.startswith(_SUMMARY):
        raise NotReplayable("a worker told another number of records than there are")
    return msgspec.json.decode(line, type=Summary)
