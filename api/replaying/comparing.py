"""What differs between two lines of one record, and all that differs between two code bases."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from api.replaying.jobs import KINDS, Job, Line, Stored, Summary

FAILURE: Final = "failure"
"""The kind of a history that one of the two could not be brought through."""
POSITIONS_MAX: Final = 100

Difference = tuple[str, str]
"""Its kind and, within that, the stored name of the command or event."""


def differences(old: Line, new: Line) -> Iterator[Difference]:
    """What differs. What either says nothing of is not compared."""
    for kind in KINDS:
        before, after = getattr(old, kind), getattr(new, kind)
        if before is None or after is None or _plain(before) == _plain(after):
            continue
        if kind == "event" and "unreadable" in before and "unreadable" in after:
            continue  # each in its own words
        yield kind, old.type_of(kind)


def _plain(value: Any) -> bytes:
    # As text: to Python, true is 1 and 1 is 1.0. The order of members says nothing.
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def narrowed(old: Any, new: Any) -> tuple[Any, Any]:
    """What differs between two objects of JSON, without the members that they share."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return old, new
    pairs = {
        name: narrowed(old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if name not in old or name not in new or _plain(old[name]) != _plain(new[name])
    }
    return (
        {name: pair[0] for name, pair in pairs.items() if name in old},
        {name: pair[1] for name, pair in pairs.items() if name in new},
    )


@dataclass
class Found:
    """All differences of one kind and type: how many, where, and the shortest way there."""

    kind: str
    type: str
    old: Any
    new: Any
    subject: str
    history: list[Stored]
    count: int = 0
    positions: list[int] = field(default_factory=list)
    """The first of them, at most `POSITIONS_MAX`."""
    minimal: bool = False
    """Whether nothing of `history` can be left out."""

    def told(self) -> dict[str, Any]:
        """As JSON, its history aside."""
        return {
            "kind": self.kind,
            "type": self.type,
            "count": self.count,
            "positions": self.positions,
            "subject": self.subject,
            "old": self.old,
            "new": self.new,
            "minimal": self.minimal,
        }


@dataclass
class Tally:
    """What came of a comparison so far."""

    histories: int = 0
    records: int = 0
    lost: int = 0
    """Records not compared in full: unreadable, behind such a one, or failed on."""
    compared: dict[str, dict[str, int]] = field(default_factory=dict)
    found: dict[Difference, Found] = field(default_factory=dict)

    def add(self, difference: Difference, job: Job, index: int, old: Any, new: Any) -> None:
        """Take in a difference at the `index`-th record of a history."""
        kind, type_ = difference
        records = job.records[: index + 1]
        known = self.found.get(difference)
        if known is None:
            known = self.found[difference] = Found(kind, type_, old, new, job.subject, records)
        elif len(records) < len(known.history):
            known.old, known.new, known.subject, known.history = old, new, job.subject, records
        known.count += 1
        insort(known.positions, job.records[index].position)
        del known.positions[POSITIONS_MAX:]

    def end(self, job: Job, old: Summary, new: Summary) -> None:
        """Take in how much of a history was compared."""
        self.lost += max(old.lost, new.lost)
        for kind, types in old.told.items():
            counts = self.compared.setdefault(kind, {})
            for type_, count in _least(types, new.told.get(kind, {})):
                counts[type_] = counts.get(type_, 0) + count

    @property
    def differences(self) -> int:
        """How many there are."""
        return sum(found.count for found in self.found.values())

    @property
    def status(self) -> int:
        """The exit status: 0 no difference, 1 some, 2 none as far as could be compared."""
        return 1 if self.found else 2 if self.lost else 0


def _least(one: Mapping[str, int], other: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return ((type_, min(count, other[type_])) for type_, count in one.items() if type_ in other)
