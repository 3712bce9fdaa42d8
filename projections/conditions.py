"""Conditions on a server after one of its events.

Variables: each field of the server's document by its name, `server` the whole document (null, all
of them, where there is no server any more), `before` the document before the event or null, `event`
a map of `EVENT`, and for the fleet `servers`, how many live. A condition holds where it is true;
where an operation in it fails, as comparing null does, it does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from domain.records import Record
from domain.registry import REGISTRY
from projections.differences import shown
from projections.document import FIELDS, timestamp
from projections.expressions import Expression
from projections.folding import Step
from projections.trail import action_of

EVENT: Final = (
    *("type", "position", "version", "time", "actor", "request_id", "outcome", "action"),
)
_TIME: Final = "2026-11-22T04:00:00.000000+00:00"
_DOCUMENT: Final = dict.fromkeys(FIELDS, "text") | {
    "volumes": [{"id": "text", "name": "text"}],
    "tags": ["text"],
    "running": True,
    "dynamic_public_ip": True,
    "public_ip": {"id": "text", "address": "text", "dynamic": True},
    "creation_date": _TIME,
    "modification_date": _TIME,
    "version": 2,
    "metadata": {"text": "text"},
}
_SAMPLE: Final = _DOCUMENT | {
    "server": _DOCUMENT,
    "before": _DOCUMENT,
    "event": dict.fromkeys(EVENT, "text") | {"position": 2, "version": 2, "time": _TIME},
}
_FLEET: Final = _SAMPLE | {"servers": 2}


class Condition:
    """A condition that can be asked of any of a server's events."""

    def __init__(self, text: str, *, fleet: bool = False) -> None:
        """Read it; `fleet` is whether there is `servers`. Raises `ExpressionInvalid`."""
        self.text = text
        self._expression = Expression(text, _FLEET if fleet else _SAMPLE)
        self._of_server = not self._expression.variables.isdisjoint(("server", *FIELDS))

    def holds(
        self,
        step: Step,
        name_of: Callable[[str], str | None] = lambda principal_id: None,
        servers: int = 0,
    ) -> bool:
        """Whether it holds after an event. `name_of` tells principals' names, `servers` live then.

        Raises `PastUnknown` where the event cannot be told, and `ExpressionInvalid` where the
        expression turns out to be neither true nor false.
        """
        server = step.server
        after = (shown(server) or None) if self._of_server else None
        found: dict[str, Any] = {}
        # Those alone that are used: to hand over a document costs more than all else.
        for name in self._expression.variables:
            if name == "server":
                found[name] = after
            elif name == "before":
                found[name] = shown(step.about.before) or None
            elif name == "event":
                found[name] = _event(step.position, step.record, name_of)
            elif name == "servers":
                found[name] = servers
            else:
                found[name] = after and after[name]
        return self._expression.value(found) is True


def _event(position: int, record: Record, name_of: Callable[[str], str | None]) -> dict[str, Any]:
    asked = record.metadata
    return {
        "type": REGISTRY.name_of(record.event),
        "position": position,
        "version": record.originator_version,
        "time": timestamp(record.event.at),
        "actor": asked.principal_id and name_of(asked.principal_id),
        "request_id": asked.request_id,
        "outcome": asked.outcome,
        "action": action_of(asked),
    }
