"""`rackledger export` and `rackledger import`: the log as a file, and a store from one."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Json, print_json, print_table, progress
from api.cli.sources import DatabaseUrl, opened_database
from api.history.points import parse_time
from api.importing import check_empty, check_importable, import_log, position_at
from api.settings import ConfigurationError, load_settings
from commands.store.export_files import FileRefused
from commands.store.exporting import export
from commands.store.history import History
from commands.store.loading import opened_file


def export_(
    file: Annotated[Path, typer.Argument(help="Where to; compressed if it ends in .zst.")],
    first: Annotated[int, typer.Option("--from", help="First position.", min=1)] = 1,
    last: Annotated[int | None, typer.Option("--to", help="Last position [the end].")] = None,
    personal: Annotated[
        bool, typer.Option("--no-personal-data", help="Leave names and addresses out.")
    ] = False,
    database: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Write the log to a file, also of a running service.

    An interrupted export is gone on with. Exit status 0, 1 where it was refused or something in the
    store is damaged, 2 for wrong usage.
    """
    with opened_database(database) as opened:
        end = History(opened).end
        last = end if last is None else last
        if end and not first <= last <= end:
            raise ConfigurationError(f"--from and --to: positions up to {end}, in order")
        with progress("records", last - first + 1) as advance:
            found = export(opened, file, first, last, not personal, advance)
    told = {"records": found.records, "lines": found.lines, "sha256": found.sha256}
    if as_json:
        print_json(told | {"damaged": found.damaged, "damaged_rows": found.damaged_rows})
    else:
        print_table(("what", "exported"), told.items())
    places = [*(f"position {position}" for position in found.damaged), *found.damaged_rows]
    if places:
        raise FileRefused(
            f"exported, but damaged in the store, so that an import may refuse the file: "
            f"{len(places)} record(s) or side row(s), {', '.join(places[:10])}"
        )


def import_(
    file: Annotated[Path, typer.Argument(help="An exported file.")],
    database: DatabaseUrl = None,
    until: Annotated[
        str | None, typer.Option(help="Last position, or time (RFC 3339, or an age) [the end].")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a store from an exported file, in an empty database.

    All of the file is checked before anything is written. Prints the SHA-256 of the log and of
    each table, which `rackledger verify` prints too. Exit status 0, 1 where it was refused, 2 for
    wrong usage.
    """
    url = load_settings(os.environ, database=database).database
    check_empty(url)
    with progress("reading the file", None) as advance, opened_file(file, advance) as history:
        last = history.end if until is None else _position(history, until)
        check_importable(history, last, progress)
        found = import_log(history, url, last, progress)
    if as_json:
        print_json({"records": last, "sha256": found})
    else:
        print_table(("what", "imported"), (("records", last), *found.items()))


def _position(history: History, until: str) -> int:
    if until.isascii() and until.isdigit():
        position = int(until) if len(until) < 20 else sys.maxsize
        if not 1 <= position <= history.end:
            raise ConfigurationError(f"--until: a position from 1 to {history.end}, or a time")
        return position
    try:
        at = parse_time(until, dt.datetime.now(dt.UTC))
    except ValueError as error:
        raise ConfigurationError(f"--until: {error}") from None
    found = position_at(history, at)
    if not found:
        raise ConfigurationError("--until: the log begins later")
    return found
