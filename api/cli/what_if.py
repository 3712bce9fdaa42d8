"""`rackledger whatif`: what would have become of servers, had something else happened."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.output import Json, cell, print_json
from api.cli.sources import DatabaseUrl, File, opened_history
from api.replaying.branches import Branch, branch, without_versions
from api.replaying.codebases import NotReplayable
from api.replaying.comparing import narrowed
from api.replaying.inserts import Insert, read_inserts
from api.replaying.jobs import Stored
from api.replaying.sources import job, told_record
from commands.histories import Histories
from commands.store.export_files import FileRefused
from commands.store.history import History
from projections.batches import lives
from projections.differences import shown, text


def what_if(
    skip: Annotated[
        list[int] | None,
        typer.Option(metavar="POS", help="A position to leave out; again for more."),
    ] = None,
    insert: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Commands to decide as well, a line each; again for more."
        ),
    ] = None,
    database: DatabaseUrl = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Replay servers without some records, or with other commands.

    Later commands are decided again on a branch in memory. What differs is told with who gave them
    and when, and the servers' ends on the branch. Nothing is written.

    A line to insert: {"after": POSITION, "server": ID, "command": {"command": "power_on_server"},
    "at": TIME}, the command as recorded, the time if it is another than the record's before. Rights
    and expected versions are not judged again.

    The exit status is 0, whether anything differs or not.
    """
    if not skip and not insert:
        raise NotReplayable("nothing to change: give --skip or --insert")
    inserts = [found for path in insert or () for found in read_inserts(path)]
    try:
        with opened_history(database, file) as history:
            notes, branches = _branches(history, skip or [], inserts)
            tell = _print_json if json else _print
            tell(history, notes, branches)
    except (FileRefused, FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise NotReplayable(f"--file: {error}") from error


def _branches(
    history: History, skips: list[int], inserts: list[Insert]
) -> tuple[list[dict[str, Any]], list[Branch]]:
    """The skipped records that change no server, and each server's branch."""
    histories = Histories(history)
    servers, notes = dict.fromkeys(found.server for found in inserts), []
    for found in inserts:
        if not history.first - 1 <= found.after <= history.end:
            raise NotReplayable(f"{found.where}: there is no position {found.after}")
    for position in skips:
        row = histories.at(position)
        if row is None:
            raise NotReplayable(f"--skip: there is no position {position}")
        if row.name.startswith("server."):
            servers[histories.subject_of(row)] = None
        else:
            notes.append(told_record(history, Stored(*row)))
    branches = []
    for server_id in servers:
        own = [found for found in inserts if found.server == server_id]
        rows = histories.of(server_id)
        if not rows or not any(row.name.startswith("server.") for row in rows):
            raise NotReplayable(f"{own[0].where}: there is no server {server_id!r}")
        branches.append(branch(job(server_id, rows), skips, own))
    return notes, branches


def _print_json(history: History, notes: list[dict[str, Any]], branches: list[Branch]) -> None:
    for note in notes:
        print_json({"skipped": note, "server": None})
    for found in branches:
        for stored in found.skipped:
            print_json({"skipped": told_record(history, stored), "server": found.server_id})
        for inserted, decision in found.inserted:
            told = {"after": inserted.after, "command": _name(inserted), "decision": decision}
            print_json({"inserted": told, "server": found.server_id})
        for stored, differing in found.differing:
            print_json(
                {
                    "record": told_record(history, stored),
                    "server": found.server_id,
                    "differs": differing,
                }
            )
        was, now = shown(found.was) or None, shown(found.end) or None
        end = {"old": was, "new": now, "changes": found.changes()}
        print_json({"end": end, "server": found.server_id})


def _print(history: History, notes: list[dict[str, Any]], branches: list[Branch]) -> None:
    for note in notes:
        print(f"skipped {note['position']}, {cell(note['type'])}: it changes no server")
    for found in branches:
        print("\n".join(_lines(history, found)))


def _lines(history: History, found: Branch) -> Iterator[str]:
    yield f"server {cell(found.server_id)}"
    for stored in found.skipped:
        yield f"  skipped {_line(history, stored)}"
    for inserted, decision in found.inserted:
        yield f"  inserted after {inserted.after}: {_name(inserted)}: {cell(decision)}"
    for differs, run in groupby(found.differing, lambda pair: _words(pair[1])):
        first, *others = (stored for stored, _ in run)
        yield f"  {differs[0]}: {_line(history, first)}"
        yield from (f"    {line}" for line in differs[1:])
        if others:
            yield f"    the same at {len(others)} more, to position {others[-1].position}"
    if lives(found.was) and not lives(found.end):
        yield "  at the end there is no such server"
        return
    ends = text(found.changes())
    yield "  at the end:" if ends else "  at the end nothing differs"
    for line in ends.splitlines():
        yield f"    {cell(line)}"


def _words(differing: dict[str, Any]) -> tuple[str, ...]:
    """What differs first of all at a record, less what is the same on both sides."""
    kind, told = next(iter(differing.items()))
    words = "decided differently" if kind == "decision" else f"its {kind} differs"
    old, new = narrowed(*map(without_versions, (told["old"], told["new"])))
    return words, f"old: {cell(old)}", f"new: {cell(new)}"


def _line(history: History, stored: Stored) -> str:
    told = told_record(history, stored)
    actor = told.get("actor") or {}
    columns = (stored.position, told.get("time"), actor.get("name") or actor.get("id"))
    return "  ".join(map(cell, (*columns, told.get("command"), stored.name)))


def _name(insert: Insert) -> str:
    return str(type(insert.command).__struct_config__.tag)
