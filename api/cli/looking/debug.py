"""`rackledger debug`: step through one server's events, forth and back."""

from __future__ import annotations

import sys

import typer

from api.cli.looking.finding import Ref, find_id, own_steps
from api.cli.looking.points import end_of
from api.cli.looking.stepper import Stepper
from api.cli.looking.telling import Teller
from api.cli.looking.walking import Walk
from api.cli.output import Json
from api.cli.sources import DatabaseUrl, File, opened_history
from commands.store.history import History
from projections.folding import PastUnknown


def debug(ref: Ref, database: DatabaseUrl = None, file: File = None, json: Json = False) -> None:
    """Step through the events of one server, forth and back.

    Its state is folded by the code that the service runs.

    Reads commands, `help` among them, from the terminal or from a pipe. Status 1 where there is no
    such server, or where a piped command failed.
    """
    with opened_history(database, file) as history:
        walk = _walk(history, ref)
        interactive = sys.stdin is not None and sys.stdin.isatty()
        stepper = Stepper(walk, Teller(history), history.end, json=json, interactive=interactive)
        stepper.run()
    if stepper.failed and not interactive:
        raise typer.Exit(1)


def _walk(history: History, ref: str) -> Walk:
    """The server's events, up to one that cannot be told."""
    end = end_of(history)
    steps, lost = [], ""
    for step in own_steps(history, find_id(history, ref, end), end):
        if step.why:
            lost = step.why
            break
        steps.append(step)
    if not steps:
        raise PastUnknown(lost)
    return Walk(steps, lost, history.principal_name)
