"""`rackledger verify` and `rackledger rebuild`: does everything follow from the log; make it so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from api.cli.output import Json, print_json, print_table, progress
from api.cli.sources import DatabaseUrl, opened_database
from api.models import MODELS
from api.rebuilding import Rebuild
from api.settings import ConfigurationError, load_settings
from api.soundness import Verdict, verify, verify_file
from api.store import Store
from commands.store.connections import words_of
from commands.store.export_files import FileRefused
from domain.registry import UnreadableRecord
from projections.comparison import Drift

_MOST_PRINTED: Final = 100
_NAMES: Final = tuple(model.name for model in MODELS)


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


def rebuild(
    model: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(_NAMES)} [all].", metavar="[MODEL]")
    ] = None,
    keep_old: Annotated[
        bool, typer.Option("--keep-old", help="Keep the replaced rows, to switch back.")
    ] = False,
    switch_back: Annotated[
        bool, typer.Option("--switch-back", help="Serve the replaced rows again, up to date.")
    ] = False,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Remove the replaced rows.")] = False,
    database: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Derive read models anew, also of a running service.

    Reads and writes go on; the switch is one transaction. Tells which rows were not as the log
    says. Exit status 0, 1 where it was refused (nothing is changed then), 2 for wrong usage.
    """
    if keep_old + switch_back + drop_old > 1:
        raise ConfigurationError("--keep-old, --switch-back, --drop-old: one at a time")
    if model is not None and model not in _NAMES:
        raise ConfigurationError(f"MODEL: must be one of {', '.join(_NAMES)}")
    models = [each for each in MODELS if model in {None, each.name}]
    with opened_database(database):
        pass  # it must be there: nothing is made by rebuilding
    store = Store(load_settings(os.environ, database=database).database)
    try:
        found = Rebuild(store, models, progress)
        if switch_back or drop_old:
            found.switch_back() if switch_back else found.drop_old()
            print("switched back" if switch_back else "dropped what was replaced")
            return
        drifts = found.run(keep_old)
    except (UnreadableRecord, TypeError) as error:  # or one that does not fit those before it
        raise FileRefused(f"{error}; what was served is served on") from error
    except store.database.Error as error:
        raise FileRefused(f"broken off, what was served is served on: {words_of(error)}") from error
    finally:
        store.close()
    if as_json:
        print_json({"models": [each.name for each in models], "drifts": [_row(d) for d in drifts]})
    else:
        print_table(("where", "was not as the log says"), [(d.where, d.why) for d in drifts])
        print(f"rebuilt {', '.join(each.name for each in models)}")


def _row(drift: Drift) -> dict[str, Any]:
    return {"where": drift.where, "columns": drift.columns, "why": drift.why}
