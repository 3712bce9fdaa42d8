"""What the stepper answers: tables for people, or a line of JSON for each command."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.cli.looking.blame import print_leaves
from api.cli.looking.telling import Teller, rows
from api.cli.output import cell, print_json, print_table
from projections.conditions import Condition
from projections.differences import changes, patch, shown, text
from projections.document import document
from projections.folding import Step

COLUMNS: Final = ("position", "version", "time", "actor", "type", "changes")
HELP: Final = (
    ("next [N]", "the next event, or N on"),
    ("prev [N]", "the event before, or N back"),
    ("goto VERSION|@POSITION|first|last", "that event"),
    ("show", "the server after this event"),
    ("diff", "what this event changed"),
    ("why FIELD", "who gave a field its value, as of here"),
    ("break [on] EXPR", "stop where EXPR holds, such as: break size(tags) > 3"),
    ("breaks", "the conditions to stop at"),
    ("delete N", "stop there no more"),
    ("continue", "on to the next event where a condition holds, or the last"),
    ("list [N]", "N events around this one (10)"),
    ("help", "this"),
    ("quit", "the end"),
)


class Answers:
    """Prints what a command found."""

    def __init__(self, teller: Teller, *, json: bool) -> None:
        self._teller = teller
        self._json = json

    def failure(self, words: str) -> None:
        """Why a command did nothing."""
        if self._json:
            print_json({"error": words})
        else:
            print(f"rackledger: {cell(words)}", file=sys.stderr)

    def event(self, step: Step, breaks: Mapping[int, Condition] | None = None) -> None:
        """The event arrived at; `breaks` are the conditions that hold there, if asked."""
        if self._json:
            server = step.server and document(step.server)
            told = {"event": self._teller.event(step), "server": server}
            print_json(told if breaks is None else told | {"breaks": list(breaks)})
            return
        print_table(COLUMNS, rows(COLUMNS, [self._teller.cells(step)]))
        if breaks is not None and not breaks:
            print("no condition held up to this, the last event", file=sys.stderr)
        self.breaks(breaks or {})

    def server(self, step: Step) -> None:
        """The server after an event."""
        server = step.server
        if self._json:
            print_json({"server": server and document(server)})
        elif server is None:
            print("the server is deleted")
        else:
            print_table(("field", "value"), document(server).items())

    def changes(self, step: Step) -> None:
        """What an event changed."""
        before, after = step.about.before, step.about.after
        found = changes(before, after)
        told = text(found)
        if self._json:
            print_json({"patch": patch(shown(before), found), "changes": found, "text": told})
        else:
            for line in told.splitlines():
                print(cell(line))

    def leaves(self, leaves: Sequence[dict[str, Any]]) -> None:
        """Who gave fields their values."""
        if self._json:
            print_json({"blame": leaves})
        else:
            print_leaves(leaves)

    def breaks(self, breaks: Mapping[int, Condition]) -> None:
        """Conditions, by number."""
        found = {number: condition.text for number, condition in breaks.items()}
        if self._json:
            print_json({"breaks": [{"number": key, "when": when} for key, when in found.items()]})
        elif found:
            print_table(("number", "when"), found.items())

    def events(self, steps: Sequence[Step], here: Step) -> None:
        """Several events, with a mark at `here`."""
        cells = [self._teller.cells(step) | {"here": step is here} for step in steps]
        if self._json:
            print_json({"events": cells})
            return
        columns = ("here", *COLUMNS)
        marked = (told | {"here": "*" if told["here"] else ""} for told in cells)
        print_table(columns, rows(columns, marked))

    def help(self) -> None:
        """What commands there are."""
        if self._json:
            print_json({"help": dict(HELP)})
        else:
            print_table(("command", "what it does"), HELP)
