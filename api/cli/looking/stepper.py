"""The stepper's commands: read from a terminal or a pipe, answered for people or in JSON."""

from __future__ import annotations

import cmd
import io
import sys
from typing import Any, Final

from api.cli.looking.blame import leaves_of, print_leaves
from api.cli.looking.telling import Teller, rows
from api.cli.looking.walking import StayedPut, Walk
from api.cli.output import cell, print_json, print_table
from projections.differences import changes, patch, shown, text
from projections.document import document
from projections.expressions import ExpressionInvalid

COLUMNS: Final = ("position", "version", "time", "actor", "type", "changes")
NUMBER_MAX_DIGITS: Final = 18
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


class Stepper(cmd.Cmd):
    """Runs commands over a walk. `failed` is whether one was wrong."""

    def __init__(
        self, walk: Walk, teller: Teller, end: int, *, json: bool, interactive: bool
    ) -> None:
        super().__init__()
        self.failed = False
        self._walk = walk
        self._teller = teller
        self._end = end
        self._json = json
        self._interactive = interactive
        self.use_rawinput = interactive
        self.prompt = "(rackledger) " if interactive and not json else ""

    def run(self) -> None:
        """Read and run commands up to `quit`, the end of what is read, or an interruption."""
        if sys.stdin is None:
            return
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="backslashreplace")  # no command has such bytes
        if self._interactive and not self._json:
            self._arrived()
        try:
            self.cmdloop()
        except KeyboardInterrupt:
            print(file=sys.stderr)

    def onecmd(self, line: str) -> bool:
        """Run one command; whether it was the last."""
        try:
            return bool(super().onecmd(line))
        except (StayedPut, ExpressionInvalid) as error:
            self.failed = True
            if self._json:
                print_json({"error": str(error)})
            else:
                print(f"rackledger: {cell(str(error))}", file=sys.stderr)
            return False

    def postcmd(self, stop: bool, line: str) -> bool:
        """Let whoever waits for the answer have it."""
        sys.stdout.flush()
        return stop

    def default(self, line: str) -> None:
        """Refuse what is no command."""
        raise StayedPut(f"no such command {line.split(maxsplit=1)[0]!r}; see help")

    def emptyline(self) -> bool:
        """At a terminal, the command before once more."""
        return self._interactive and bool(self.lastcmd) and self.onecmd(self.lastcmd)

    def do_next(self, arg: str) -> None:
        """On."""
        self._walk.forth(_count(arg))
        self._arrived()

    def do_prev(self, arg: str) -> None:
        """Back."""
        self._walk.back(_count(arg))
        self._arrived()

    def do_goto(self, arg: str) -> None:
        """To a version, a position, or an end."""
        if arg in {"first", "last"}:
            self._walk.to_end(last=arg == "last")
        elif arg.startswith("@"):
            position = _number(arg[1:], "goto takes a version, @ and a position, first or last")
            if position > self._end:
                raise StayedPut(f"past the end of the log, position {self._end}")
            self._walk.to_position(position)
        else:
            version = _number(arg, "goto takes a version, @ and a position, first or last")
            self._walk.to_version(version)
        self._arrived()

    def do_continue(self, arg: str) -> None:
        """On to the next event where a condition holds."""
        _nothing("continue", arg)
        self._arrived(self._walk.run())

    def do_show(self, arg: str) -> None:
        """Show the server."""
        _nothing("show", arg)
        server = self._walk.step.server
        if self._json:
            print_json({"server": server and document(server)})
        elif server is None:
            print("the server is deleted")
        else:
            print_table(("field", "value"), document(server).items())

    def do_diff(self, arg: str) -> None:
        """Show what the event changed."""
        _nothing("diff", arg)
        about = self._walk.step.about
        found = changes(about.before, about.after)
        told = text(found)
        if self._json:
            before = shown(about.before)
            print_json({"patch": patch(before, found), "changes": found, "text": told})
        else:
            for line in told.splitlines():
                print(cell(line))

    def do_why(self, arg: str) -> None:
        """Blame a field."""
        leaves = [
            leaf
            for leaf in leaves_of(self._teller, self._walk.passed)
            if leaf["field"] == arg or leaf["field"].startswith(f"{arg}/")
        ]
        if not arg or not leaves:
            raise StayedPut(f"the server has no {arg!r} here" if arg else "why takes a field")
        if self._json:
            print_json({"blame": leaves})
        else:
            print_leaves(leaves)

    def do_break(self, arg: str) -> None:
        """Add a condition to stop at."""
        number = self._walk.add_break(arg.removeprefix("on ").strip())
        self._print_breaks([number])

    def do_breaks(self, arg: str) -> None:
        """Show the conditions."""
        _nothing("breaks", arg)
        self._print_breaks(list(self._walk.breaks))

    def do_delete(self, arg: str) -> None:
        """Remove a condition."""
        number = _number(arg, "delete takes the number of a condition")
        if self._walk.breaks.pop(number, None) is None:
            raise StayedPut(f"there is no condition {number}")
        self._print_breaks(list(self._walk.breaks))

    def do_list(self, arg: str) -> None:
        """Show the events around this one."""
        count = _count(arg, 10)
        first = max(0, min(self._walk.at - count // 2, len(self._walk.steps) - count))
        cells = [
            self._teller.cells(step) | {"here": "*" if step is self._walk.step else ""}
            for step in self._walk.steps[first : first + count]
        ]
        if self._json:
            print_json({"events": [told | {"here": bool(told["here"])} for told in cells]})
        else:
            print_table(("here", *COLUMNS), rows(("here", *COLUMNS), cells))

    def do_help(self, arg: str) -> None:
        """Show the commands."""
        if self._json:
            print_json({"help": dict(HELP)})
        else:
            print_table(("command", "what it does"), HELP)

    def do_quit(self, arg: str) -> bool:
        """End."""
        return True

    def do_EOF(self, arg: str) -> bool:  # noqa: N802  # the name that the library calls
        """End where there is nothing more to read."""
        if self._interactive:
            print(file=sys.stderr)
        return True

    def _arrived(self, held: list[int] | None = None) -> None:
        step = self._walk.step
        if self._json:
            server = step.server and document(step.server)
            told = {"event": self._teller.event(step), "server": server}
            print_json(told if held is None else told | {"breaks": held})
            return
        print_table(COLUMNS, rows(COLUMNS, [self._teller.cells(step)]))
        if held is not None and not held:
            print("no condition held up to this, the last event", file=sys.stderr)
        self._print_breaks(held or [])

    def _print_breaks(self, numbers: list[int]) -> None:
        found: list[dict[str, Any]] = [
            {"number": number, "when": self._walk.breaks[number].text} for number in numbers
        ]
        if self._json:
            print_json({"breaks": found})
        elif found:
            print_table(("number", "when"), (list(told.values()) for told in found))


def _number(arg: str, otherwise: str) -> int:
    if not (arg.isascii() and arg.isdigit() and len(arg) <= NUMBER_MAX_DIGITS and int(arg)):
        raise StayedPut(otherwise)
    return int(arg)


def _count(arg: str, default: int = 1) -> int:
    return _number(arg, f"takes a number of events, not {arg!r}") if arg else default


def _nothing(command: str, arg: str) -> None:
    if arg:
        raise StayedPut(f"{command} takes nothing, and {arg!r} was given")
