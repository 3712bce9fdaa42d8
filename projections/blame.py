"""Blame: for every field and list member of a server, the event that gave it its value.

Members are leaves of their own (`tags/VALUE`, `volumes/ID`, `metadata/KEY`), so that one which
stayed while others came and went keeps its author.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from domain.records import Record
from domain.server import Server, evolve
from projections.batches import lives
from projections.document import document


class Cause(NamedTuple):
    """The record that gave a leaf its value."""

    position: int
    record: Record


class Blamed(NamedTuple):
    """A leaf: its value and who gave it, the value before and who gave that."""

    value: Any
    cause: Cause
    previous: Blamed | None


def leaves(server: Server) -> dict[str, Any]:
    """A server as shown, leaf by leaf. Of volumes that bear one id, the value is a list."""
    found: dict[str, Any] = {}
    for field, value in document(server).items():
        if field == "tags":
            found.update({f"tags/{tag}": tag for tag in value})
        elif field == "metadata":
            found.update({f"metadata/{key}": item for key, item in value.items()})
        elif field == "volumes":
            found.update(_volumes(value))
        else:
            found[field] = value
    return found


def _volumes(volumes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    by_id: dict[str, list[Any]] = {}
    for volume in volumes:
        by_id.setdefault(f"volumes/{volume['id']}", []).append(volume)
    return {leaf: same[0] if len(same) == 1 else same for leaf, same in by_id.items()}


def blame(records: Iterable[tuple[int, Record]]) -> dict[str, Blamed]:
    """Every leaf of a server after `records`, its own from the first on; none if it is deleted."""
    server: Server | None = None
    present: dict[str, Any] = {}
    known: dict[str, Blamed] = {}
    for position, record in records:
        server = evolve(server, record.event)
        cause = Cause(position, record)
        before, present = present, leaves(server) if lives(server) else {}
        for leaf in [leaf for leaf in before if leaf not in present]:
            known[leaf] = _next(known, leaf, None, cause)
        for leaf, value in present.items():
            if leaf not in before or before[leaf] != value:
                known[leaf] = _next(known, leaf, value, cause)
    return {leaf: known[leaf] for leaf in present}


def _next(known: Mapping[str, Blamed], leaf: str, value: Any, cause: Cause) -> Blamed:
    previous = known.get(leaf)
    # One value before is told: a longer tail would hold every record of the stream.
    return Blamed(value, cause, previous and previous._replace(previous=None))
