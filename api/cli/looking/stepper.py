"""The stepper's commands, read from a terminal or a pipe."""

from __future__ import annotations

import cmd
import io
import sys
from typing import Final

from api.cli.looking.answers import Answers
from api.cli.looking.blame import leaves_of
from api.cli.looking.telling import Teller
from api.cli.looking.walking import StayedPut, Walk
from projections.expressions import ExpressionInvalid

NUMBER_MAX_DIGITS: Final = 18


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
        self._answers = Answers(teller, json=json)
        self._interactive = interactive
        self.use_rawinput = interactive
        self.prompt = "(rackledger) " if interactive and not json else ""

    def run(self) -> None:
        """Read and run commands up to `quit`, the end of what is read, or an interruption."""
        if sys.stdin is None:
            return
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="backslashreplace")  # no command has such bytes
        if self.prompt:
            self._answers.event(self._walk.step)
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
            self._answers.failure(str(error))
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
        self._answers.event(self._walk.step)

    def do_prev(self, arg: str) -> None:
        """Back."""
        self._walk.back(_count(arg))
        self._answers.event(self._walk.step)

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
        self._answers.event(self._walk.step)

    def do_continue(self, arg: str) -> None:
        """On to the next event where a condition holds."""
        _nothing("continue", arg)
        held = self._walk.run()
        self._answers.event(self._walk.step, {number: self._walk.breaks[number] for number in held})

    def do_show(self, arg: str) -> None:
        """Show the server."""
        _nothing("show", arg)
        self._answers.server(self._walk.step)

    def do_diff(self, arg: str) -> None:
        """Show what the event changed."""
        _nothing("diff", arg)
        self._answers.changes(self._walk.step)

    def do_why(self, arg: str) -> None:
        """Blame a field."""
        leaves = [
            leaf
            for leaf in leaves_of(self._teller, self._walk.passed)
            if leaf["field"] == arg or leaf["field"].startswith(f"{arg}/")
        ]
        if not arg or not leaves:
            raise StayedPut(f"the server has no {arg!r} here" if arg else "why takes a field")
        self._answers.leaves(leaves)

    def do_break(self, arg: str) -> None:
        """Add a condition to stop at."""
        number = self._walk.add_break(arg.removeprefix("on ").strip())
        self._answers.breaks({number: self._walk.breaks[number]})

    def do_breaks(self, arg: str) -> None:
        """Show the conditions."""
        _nothing("breaks", arg)
        self._answers.breaks(self._walk.breaks)

    def do_delete(self, arg: str) -> None:
        """Remove a condition."""
        number = _number(arg, "delete takes the number of a condition")
        if self._walk.breaks.pop(number, None) is None:
            raise StayedPut(f"there is no condition {number}")
        self._answers.breaks(self._walk.breaks)

    def do_list(self, arg: str) -> None:
        """Show the events around this one."""
        count = _count(arg, 10)
        first = max(0, min(self._walk.at - count // 2, len(self._walk.steps) - count))
        self._answers.events(self._walk.steps[first : first + count], self._walk.step)

    def do_help(self, arg: str) -> None:
        """Show the commands."""
        self._answers.help()

    def do_quit(self, arg: str) -> bool:
        """End."""
        return True

    def do_EOF(self, arg: str) -> bool:  # noqa: N802  # the name that the library calls
        """End where there is nothing more to read."""
        if self._interactive:
            print(file=sys.stderr)
        return True


def _number(arg: str, otherwise: str) -> int:
    if not (arg.isascii() and arg.isdigit() and len(arg) <= NUMBER_MAX_DIGITS and int(arg)):
        raise StayedPut(otherwise)
    return int(arg)


def _count(arg: str, default: int = 1) -> int:
    return _number(arg, f"takes a number of events, not {arg!r}") if arg else default


def _nothing(command: str, arg: str) -> None:
    if arg:
        raise StayedPut(f"{command} takes nothing, and {arg!r} was given")
