"""Telling records of a log: in the published shapes, and as rows for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from api.cli.output import print_json, print_table
from api.history.shapes import Shapes, changes_of
from commands.store.history import History
from domain.events import RequestRefused
from domain.records import UnreadableRow
from domain.registry import REGISTRY
from projections.differences import text
from projections.document import timestamp
from projections.folding import PastUnknown, Step
from projections.trail import action_of

_WITH_EVERY_EVENT: Final = frozenset(("version", "modification_date"))
_SAID_TWICE: Final = frozenset(("state",))  # by `running`
_OF_THE_START: Final = frozenset(("id", "organization", "creation_date", "arch"))
_EMPTY: Final[tuple[Any, ...]] = (None, False, [], {}, "")


class Teller:
    """Tells steps by the names and addresses that a log has."""

    def __init__(self, history: History) -> None:
        self._name_of = history.principal_name
        self._store_id = history.store_id
        self.shapes = Shapes(history.principal_name, history.address_of, lambda: history.store_id)

    def entry(self, step: Step) -> dict[str, Any]:
        """As an entry of the audit; `changes` is null where they cannot be told."""
        if isinstance(step.found, UnreadableRow):
            return _unreadable(step.position, step.found)
        told = self.shapes.entry(step.position, step.found, step.about)
        return told | {"changes": None} if step.why else told

    def event(self, step: Step) -> dict[str, Any]:
        """As a CloudEvent; `changes` is null where they cannot be told."""
        if isinstance(step.found, UnreadableRow):
            return _unreadable(step.position, step.found)
        told = self.shapes.event(step.position, step.found, step.about)
        if step.why:
            told["data"]["changes"] = None
        return told

    def actor(self, step: Step) -> str | None:
        """The name of who asked for it; the id where that is not known."""
        asked = step.record.metadata.principal_id
        return asked and (self._name_of(asked) or asked)

    def cells(self, step: Step) -> dict[str, Any]:
        """What there is to say, by the name of the column."""
        told = {"position": step.position, "server": step.about.server_id}
        if isinstance(step.found, UnreadableRow):
            return told | {
                "positions": step.position,
                "version": step.found.originator_version,
                "type": step.found.name,
                "outcome": "unreadable",
                "changes": step.found.reason,
            }
        event, asked = step.found.event, step.found.metadata
        first = step.position - asked.part + 1
        return told | {
            "positions": f"{first}-{first + asked.parts - 1}" if asked.parts > 1 else first,
            "version": step.found.originator_version,
            "time": timestamp(event.at),
            "actor": self.actor(step),
            "action": action_of(asked),
            "type": REGISTRY.name_of(event),
            "name": step.about.name,
            "outcome": asked.outcome,
            "changes": _said(step, event.reason if isinstance(event, RequestRefused) else ""),
        }


def rows(columns: Sequence[str], cells: Iterable[Mapping[str, Any]]) -> Iterable[list[Any]]:
    """Cells in the order of the columns."""
    for found in cells:
        yield [found.get(column) for column in columns]


def print_steps(
    steps: Iterable[Step],
    teller: Teller,
    columns: Sequence[str],
    item: Callable[[Step], dict[str, Any]],
    *,
    json: bool,
) -> int:
    """Print steps as they come, `item` of each in JSON; how many there were.

    Raises `PastUnknown` behind the last where one cannot be told.
    """
    count, untold, first = 0, 0, ""

    def noted() -> Iterator[Step]:
        nonlocal count, untold, first
        for step in steps:
            count += 1
            if step.why:
                untold += 1
                first = first or step.why
            yield step

    if json:
        for step in noted():
            print_json(item(step))
    else:
        print_table(columns, rows(columns, map(teller.cells, noted())))
    if untold:
        several = f" (and {untold - 1} more)" if untold > 1 else ""
        raise PastUnknown(f"not all can be told: {first}{several}")
    return count


def _unreadable(position: int, row: UnreadableRow) -> dict[str, Any]:
    return {
        "position": position,
        "version": row.originator_version,
        "type": row.name,
        "subject": row.originator_id,
        "unreadable": row.reason,
    }


def _said(step: Step, reason: str) -> str:
    return reason or (f"unknown: {step.why}" if step.why else brief(changes_of(step.about)))


def brief(changes: Sequence[Mapping[str, Any]]) -> str:
    """Changes in a line, without those that come with every event."""
    ends = {change["field"]: change for change in changes if change["field"] == "id"}
    if ends and ends["id"]["after"] is None:
        return "deleted"
    dull = _WITH_EVERY_EVENT | _SAID_TWICE
    if not ends:
        return "; ".join(text([_lean(change)]) for change in changes if change["field"] not in dull)
    return "; ".join(
        text([change]).replace(" null -> ", " ", 1)
        for change in changes
        if change["field"] not in dull | _OF_THE_START and change["after"] not in _EMPTY
    )


def _lean(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """A change; of a restore point, with what it has alone."""
    if not change["field"].startswith("backups/"):
        return change
    return {
        name: {inner: each for inner, each in value.items() if each not in _EMPTY}
        if isinstance(value, dict)
        else value
        for name, value in change.items()
    }
