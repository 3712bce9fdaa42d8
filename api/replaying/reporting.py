"""What a comparison found, in words: each difference once, with its shortest history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from api.replaying.comparing import Found, Tally, narrowed
from api.replaying.jobs import Stored
from api.replaying.sources import told_record
from commands.store.history import History

_WORDS: Final = {
    "decision": "commands decided differently",
    "event": "events that read differently",
    "state": "states that differ",
    "answer": "answers that differ",
    "failure": "histories that one of the two did not survive",
}
_POSITIONS_MAX: Final = 10
_HEAD: Final = 5
_TAIL: Final = 20
"""How many of a long history are shown, at its beginning and its end."""


def texts(history: History, tally: Tally) -> Iterator[str]:
    """Each difference; those of one kind whose values differ alike, by the shortest of them."""
    alike: dict[tuple[str, bytes], list[Found]] = {}
    for found in tally.found.values():
        likeness = orjson.dumps(narrowed(found.old, found.new), option=orjson.OPT_SORT_KEYS)
        alike.setdefault((found.kind, likeness), []).append(found)
    for group in alike.values():
        shortest = min(group, key=lambda found: len(found.history))
        types = ", ".join(f"{found.count} {found.type}" for found in group)
        yield text(history, shortest, types)


def text(history: History, found: Found, types: str = "") -> str:
    """One difference, in lines."""
    positions = ", ".join(map(str, found.positions[:_POSITIONS_MAX]))
    more = ", …" if found.count > _POSITIONS_MAX else ""
    shortest = "the shortest history that differs" if found.minimal else "a history that differs"
    old, new = narrowed(found.old, found.new)
    lines = [
        f"{_WORDS[found.kind]}: {types or f'{found.count} {found.type}'}",
        f"  {found.type} at position {positions}{more}",
        f"  old: {_shown(old)}",
        f"  new: {_shown(new)}",
        f"  {shortest}, of {_shown(found.subject)}:",
        *("    " + line for line in _records(history, found.history)),
    ]
    return "\n".join(lines)


def summary(tally: Tally) -> str:
    """How much was compared, in a line, and how much was not, in another."""
    compared = ", ".join(f"{sum(types.values())} {kind}s" for kind, types in tally.compared.items())
    seen = f"{tally.histories} histories, {tally.records} records"
    said = f"{seen}: {compared or 'nothing'} compared, {tally.differences} differ"
    if tally.lost:
        said += (
            f"\nnot compared in full: {tally.lost} records, unreadable, behind such, or failed on"
        )
    return said


def totals(tally: Tally) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "histories": tally.histories,
        "records": tally.records,
        "compared": tally.compared,
        "differences": tally.differences,
        "lost": tally.lost,
    }


def _records(history: History, records: Sequence[Stored]) -> Iterator[str]:
    """A line a record; of many, the first and the last ones."""
    hidden = len(records) - _HEAD - _TAIL
    for index, stored in enumerate(records):
        if hidden <= 1 or not _HEAD <= index < _HEAD + hidden:
            yield _record(told_record(history, stored))
        elif index == _HEAD:
            yield f"… {hidden} more …"


def _record(told: dict[str, Any]) -> str:
    actor = told.get("actor") or {}
    named = (told.get("time"), actor.get("name") or actor.get("id"), told.get("command"))
    return "  ".join(_shown(value) for value in (told["position"], *named, told["type"]))


def _shown(value: Any) -> str:
    # JSON escapes what would move a terminal's cursor; names of people alone are free text.
    if isinstance(value, str) and value.isprintable():
        return value
    return "-" if value is None else orjson.dumps(value).decode()
