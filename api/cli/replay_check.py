"""`rackledger replay-check`: whether other code reads and decides as this code does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Json, print_json, progress
from api.cli.sources import opened_history
from api.replaying.checking import Check
from api.replaying.codebases import INSTALLED, NotReplayable, opened_code_base
from api.replaying.comparing import Tally
from api.replaying.junit import junit
from api.replaying.reporting import summary, text, texts, totals
from api.replaying.sides import Sides
from api.replaying.sources import jobs, told_record
from commands.histories import Histories
from commands.store.export_files import FileRefused
from commands.store.history import History


def replay_check(
    log: Annotated[Path, typer.Option(help="An exported log.")],
    against: Annotated[
        Path, typer.Option(metavar="DIR|WHEEL", help="Code to compare: a source tree or a wheel.")
    ],
    junit_file: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML there.")
    ] = None,
    json: Json = False,
) -> None:
    """Replay a log with this code and with other, and compare.

    The other code is run. Each recorded command is decided again, on the state and at the time of
    then; the events are read, and states and answers derived from what is recorded.

    Exit status 0 for no difference, 1 for some, 2 where the two could not be compared, or not all
    the way.
    """
    with opened_code_base(against) as root, _opened(log) as history:
        tally = _compared(history, root)
        if junit_file is not None:
            said = {difference: text(history, found) for difference, found in tally.found.items()}
            _write(junit_file, junit(tally, said))
        tell = _print_json if json else _print
        tell(history, tally)
    if tally.status:
        raise typer.Exit(tally.status)


def _compared(history: History, root: Path) -> Tally:
    with Sides(INSTALLED, root) as sides:
        check = Check(sides)
        with progress("replaying", history.end - history.first + 1) as advance:
            check.run(jobs(Histories(history)), advance)
        with progress("finding the shortest histories", len(check.tally.found)) as advance:
            check.shorten(advance)
        return check.tally


@contextmanager
def _opened(log: Path) -> Iterator[History]:
    """What the file tells. A file that cannot be read is no difference: it ends with status 2."""
    try:
        with opened_history(None, log) as history:
            yield history
    except (FileRefused, FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise NotReplayable(f"--log: {error}") from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise NotReplayable(f"--junit: {error}") from error


def _print_json(history: History, tally: Tally) -> None:
    for found in tally.found.values():
        records = [told_record(history, stored) for stored in found.history]
        print_json(found.told() | {"history": records})
    print_json(totals(tally))


def _print(history: History, tally: Tally) -> None:
    for said in texts(history, tally):
        print(said, end="\n\n")
    print(summary(tally))
