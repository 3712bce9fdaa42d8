"""`rackledger verify`: is what is stored what was stored, and does the rest follow from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.output import Json, print_json, print_table, progress
from api.cli.sources import DatabaseUrl, opened_database
from api.settings import ConfigurationError
from api.soundness import Verdict, verify, verify_file

_MOST_PRINTED = 100


def verify_(
    database: DatabaseUrl = None,
    file: Annotated[Path | None, typer.Option("--file", help="An exported file instead.")] = None,
    as_json: Json = False,
) -> None:
    """Verify a store, running or not, or an exported file.

    Positions, versions, stored bytes, side rows, the file's structure, and every derived row
    against a fresh fold of the log. Exit status 0 if all is sound, 1 if not, with what is wrong and
    where, 2 if it could not be checked.
    """
    if file is not None:
        if database is not None:
            raise ConfigurationError("--file: not beside --database")
        verdict = verify_file(file, progress)
    else:
        with opened_database(database) as opened:
            verdict = verify(opened, progress)
    if as_json:
        print_json(_told(verdict))
    else:
        _print(verdict)
    if not verdict.sound:
        raise typer.Exit(1)


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "sound": verdict.sound,
        "records": verdict.records,
        "sha256": verdict.digests,
        "findings": [finding._asdict() for finding in verdict.findings],
        "unchecked": verdict.unchecked,
    }


def _print(verdict: Verdict) -> None:
    print_table(("what", "found"), (("records", verdict.records), *verdict.digests.items()))
    found = verdict.findings
    print_table(("where", "what is wrong"), [finding[:2] for finding in found[:_MOST_PRINTED]])
    if len(found) > _MOST_PRINTED:
        print(f"and {len(found) - _MOST_PRINTED} more")
    if verdict.unchecked is not None:
        print(f"not checked: {verdict.unchecked}")
    print("sound" if verdict.sound else "not sound")
