"""`rackledger diff`: one server between versions, or all of them between positions."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from api.cli.looking.finding import MaybeRef, find_id, own_steps, scanned
from api.cli.looking.points import check_position, end_of
from api.cli.looking.telling import brief
from api.cli.output import Json, print_json, print_table
from api.cli.sources import DatabaseUrl, File, opened_history
from api.history.diffs import fleet_diff, server_diff
from api.settings import ConfigurationError
from commands.store.history import History
from domain.server import Server
from projections.differences import shown
from projections.folding import Fold, PastUnknown

FLEET_COLUMNS: Final = ("what", "server", "name", "changes")


def diff(
    ref: MaybeRef = None,
    from_: Annotated[int | None, typer.Option("--from", min=1, help="A version.")] = None,
    to: Annotated[int | None, typer.Option(min=1, help="Another [the newest].")] = None,
    from_position: Annotated[int | None, typer.Option(min=0, help="A position.")] = None,
    to_position: Annotated[int | None, typer.Option(min=0, help="Another [the end].")] = None,
    database: DatabaseUrl = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Tell what differs between two versions or two positions.

    Of a server between two versions, of all servers between two positions of the log. The first may
    lie after the other. Status 1 where it cannot be told.
    """
    given = (from_, to, from_position, to_position)
    first, last, *idle = given if ref is not None else (*given[2:], *given[:2])
    suffix = "" if ref is not None else "-position"
    if first is None or idle != [None, None]:
        of = "a server takes" if ref is not None else "all servers take"
        raise ConfigurationError(f"{of} --from{suffix}, and --to{suffix} if it is not the newest")
    with opened_history(database, file) as history:
        if ref is None:
            _print_fleet(_of_fleet(history, first, last), json=json)
        else:
            _print_server(_of_server(history, ref, first, last), json=json)


def _of_server(history: History, ref: str, first: int, last: int | None) -> dict[str, Any]:
    end = end_of(history)
    server_id = find_id(history, ref, end)
    found: dict[int, Server | None] = {}
    for step in own_steps(history, server_id, end):
        version = step.found.originator_version
        if last is None or version in {first, last}:
            found[version] = step.server
        if last is not None and {first, last} <= found.keys():
            break
    if last is None:
        # Of a server that is deleted, the last that it was.
        last = max(version for version, server in found.items() if server is not None)
    return server_diff(
        server_id,
        (first, last),
        shown(_of_version("--from", found, first)),
        shown(_of_version("--to", found, last)),
    )


def _of_version(option: str, found: dict[int, Server | None], version: int) -> Server:
    if version not in found:
        raise ConfigurationError(f"{option}: the server never had that version")
    server = found[version]
    if server is None:
        raise ConfigurationError(f"{option}: the server was deleted by that version")
    return server


def _of_fleet(history: History, first: int, last: int | None) -> dict[str, Any]:
    last = history.end if last is None else last
    check_position(history, first, "--from-position")
    check_position(history, last, "--to-position")
    low, high = sorted((first, last))
    fold, at_low = Fold(history.first), dict[str, Server]()
    changed: dict[str, None] = {}
    for position, record in scanned(history, high):
        step = fold.take(position, record)
        if position == low:
            at_low = dict(fold.states)
        elif position > low and step.own:
            if step.why:
                raise PastUnknown(step.why)
            changed[step.found.originator_id] = None
    before, after = (at_low, fold.states) if first <= last else (fold.states, at_low)
    servers = ((id_, shown(before.get(id_)), shown(after.get(id_))) for id_ in changed)
    return fleet_diff(first, last, servers)


def _print_server(told: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(told)
        return
    columns = ("field", "before", "after")
    print_table(columns, ([change[column] for column in columns] for change in told["changes"]))


def _print_fleet(told: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(told)
        return
    print_table(
        FLEET_COLUMNS,
        (
            (what, server["id"], server["name"], brief(server.get("changes", ())))
            for what in ("created", "changed", "deleted")
            for server in told[what]
        ),
    )
