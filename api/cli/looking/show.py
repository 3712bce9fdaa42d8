"""`rackledger show`: a server, or all of them, as of a point."""

from __future__ import annotations

from typing import Final

from api.cli.looking.finding import MaybeRef, fold_to, server_at
from api.cli.looking.points import At, AtPosition, AtVersion, read_point
from api.cli.output import Json, print_json, print_table
from api.cli.sources import DatabaseUrl, File, opened_history
from api.settings import ConfigurationError
from domain.server import Server
from projections.document import document

COLUMNS: Final = ("id", "name", "organization", "state", "version", "modification_date")
SPARE: Final = ("organization", "modification_date")


def show(
    ref: MaybeRef = None,
    at: At = None,
    at_position: AtPosition = None,
    at_version: AtVersion = None,
    database: DatabaseUrl = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Show a server, or list all of them, now or as of a point.

    Without a reference all are listed, in order of creation.

    Status 1 where there was no such server, or where what it was cannot be told.
    """
    with opened_history(database, file) as history:
        if ref is None and at_version is not None:
            raise ConfigurationError("--at-version: takes a server")
        point = read_point(history, at, at_position, at_version)
        if ref is not None:
            _print_one(server_at(history, ref, point), json=json)
        else:
            _print_all(fold_to(history, point.position).living(), json=json)


def _print_one(server: Server, *, json: bool) -> None:
    if json:
        print_json(document(server))
    else:
        print_table(("field", "value"), document(server).items())


def _print_all(servers: list[Server], *, json: bool) -> None:
    if json:
        for server in servers:
            print_json(document(server))
    else:
        shown = map(document, servers)
        print_table(COLUMNS, ([found[column] for column in COLUMNS] for found in shown), SPARE)
