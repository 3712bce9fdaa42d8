"""A walk over one server's events, forth and back: every state is kept, so each step is instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from projections.conditions import Condition
from projections.folding import Step


class StayedPut(Exception):
    """There is no way there; the text says why, in one line."""


class Walk:
    """Where one is among a server's events, and what to stop at."""

    def __init__(
        self, steps: Sequence[Step], lost: str, name_of: Callable[[str], str | None]
    ) -> None:
        """At the first of `steps`, all of which are told; `lost` is why there are no more."""
        self.steps = steps
        self.at = 0
        self.breaks: dict[int, Condition] = {}
        self._lost = lost
        self._name_of = name_of
        self._broken = 0

    @property
    def step(self) -> Step:
        """The event after which the server is looked at."""
        return self.steps[self.at]

    @property
    def passed(self) -> Sequence[Step]:
        """All events up to there."""
        return self.steps[: self.at + 1]

    def forth(self, count: int) -> None:
        """So many events on, as far as there are."""
        if self.at == len(self.steps) - 1:
            raise StayedPut(self._lost or "this is the last event")
        self.at = min(self.at + count, len(self.steps) - 1)

    def back(self, count: int) -> None:
        """So many events back, as far as there are."""
        if self.at == 0:
            raise StayedPut("this is the first event")
        self.at = max(self.at - count, 0)

    def to_end(self, *, last: bool) -> None:
        """To the first event, or to the last."""
        if last and self._lost:
            raise StayedPut(self._lost)
        self.at = len(self.steps) - 1 if last else 0

    def to_version(self, version: int) -> None:
        """To the event that made a version."""
        if version > len(self.steps):
            raise StayedPut(self._lost or "the server never had that version")
        self.at = version - 1

    def to_position(self, position: int) -> None:
        """To the last event up to a position."""
        count = bisect_right(self.steps, position, key=lambda step: step.position)
        if not count:
            raise StayedPut("the server was not there yet")
        if self._lost and count == len(self.steps) and position > self.steps[-1].position:
            raise StayedPut(self._lost)
        self.at = count - 1

    def add_break(self, text: str) -> int:
        """Stop where a condition holds; the number of it. Raises `ExpressionInvalid`."""
        condition = Condition(text)
        self._broken += 1
        self.breaks[self._broken] = condition
        return self._broken

    def run(self) -> list[int]:
        """On to the next event after which a condition holds, or the last; which ones hold there.

        Raises `ExpressionInvalid` where one turns out to be neither true nor false.
        """
        self.forth(1)
        while True:
            held = [
                number
                for number, condition in self.breaks.items()
                if condition.holds(self.step, self._name_of)
            ]
            if held or self.at == len(self.steps) - 1:
                return held
            self.at += 1
