"""`rackledger`: serve, look at the past, and manage tokens.

Exit status 0; 1 for a refusal, or where nothing was found; 2 for wrong usage.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from typing import Annotated, Any, Final

import typer

from api.catalogue.catalogue import CatalogueError
from api.cli import database as databases
from api.cli import moving, tokens, upkeep
from api.cli.looking.commands import COMMANDS
from api.cli.output import NothingFound, cell
from api.cli.replay_check import replay_check
from api.cli.what_if import what_if
from api.serve import serve as run_service
from api.settings import ConfigurationError, Settings, load_settings, variable
from api.soundness import NotChecked
from commands.store.connections import errors, words_of
from commands.store.export_files import FileRefused
from commands.store.files import DatabaseUnusable
from domain.refusals import Refusal, Unavailable
from projections.folding import PastUnknown

_VARIABLES: Final = "\b\nVariables, which options overrule:\n" + "\n".join(
    f"  {variable(entry.name):<29} {entry.metadata['help']}"
    for entry in dataclasses.fields(Settings)
)

app: Final = typer.Typer(
    name="rackledger",
    help="Two compute APIs over one event log. `rackledger serve --help` lists every setting.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(tokens.app, name="token")
app.add_typer(databases.app, name="database")


@app.command(epilog=_VARIABLES)
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one [8000].")] = None,
    database: Annotated[
        str | None, typer.Option(help="Database URL [sqlite:///rackledger.db].")
    ] = None,
    read_database: Annotated[str | None, typer.Option(help="URL of a standby for reads.")] = None,
    workers: Annotated[int | None, typer.Option(help="Serving processes [1].")] = None,
    catalogue: Annotated[
        str | None, typer.Option(help="TOML file of flavors, images and types.")
    ] = None,
    tls_certificate: Annotated[str | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[str | None, typer.Option(help="Private key (PEM).")] = None,
    allow_plain: Annotated[
        bool | None, typer.Option("--allow-plain", help="Listen beyond loopback without TLS.")
    ] = None,
) -> None:
    """Serve the APIs until told to stop.

    SIGTERM drains, then ends with status 0.
    """
    given: dict[str, Any] = dict(locals())
    run_service(load_settings(os.environ, **given))


for _command in COMMANDS:
    app.command()(_command)
app.command("export")(moving.export_)
app.command("import")(moving.import_)
app.command("verify")(upkeep.verify_)
app.command("rebuild")(upkeep.rebuild)
app.command("replay-check")(replay_check)
app.command("whatif")(what_if)


def main() -> None:
    """The console script: one clear line on standard error, never a traceback."""
    try:
        status = app(standalone_mode=False, prog_name="rackledger")
        print(end="", flush=True)  # now, where a failure is told; nothing where there is no output
        sys.exit(status)
    except (ConfigurationError, CatalogueError, DatabaseUnusable, NotChecked) as error:
        _fail(str(error), 2)
    except typer.TyperException as error:
        _fail(f"{error.format_message().rstrip('.')}; see {_asking(error)}", 2)
    except typer.Exit as error:
        sys.exit(error.exit_code)
    except typer.Abort:
        _fail("interrupted", 1)
    except Unavailable as error:
        _fail(f"{error} ({error.__cause__})" if error.__cause__ else str(error), 1)
    except (Refusal, FileRefused, PastUnknown, NothingFound) as error:
        _fail(str(error), 1)
    except errors() as error:
        _fail(f"the database cannot be used: {words_of(error)}", 1)
    except OSError as error:
        # Such as an output that takes no more; files are looked after where they are opened.
        _leave_output()
        _fail(str(error), 1)


def _asking(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'rackledger'} --help"


def _leave_output() -> None:
    """Drop what is not printed yet: the interpreter would try again at its end, and complain."""
    with contextlib.suppress(OSError, AttributeError):  # of an output that is closed, or none
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(words: str, status: int) -> None:
    line = cell(" ".join(words.splitlines()))  # a name that is quoted may hold any character
    print(f"rackledger: {line}", file=sys.stderr)
    sys.exit(status)
