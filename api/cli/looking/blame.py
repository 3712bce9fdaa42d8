"""`rackledger blame`: who gave each field of a server its value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from api.cli.looking.finding import Ref, told_steps
from api.cli.looking.points import At, AtPosition, AtVersion, read_point
from api.cli.looking.telling import Teller
from api.cli.output import Json, print_json, print_table
from api.cli.sources import DatabaseUrl, File, opened_history
from projections.blame import blame as blame_of
from projections.folding import Step

COLUMNS: Final = (
    *("field", "value", "event", "position", "version", "time", "actor", "request_id", "before"),
)


def blame(
    ref: Ref,
    at: At = None,
    at_position: AtPosition = None,
    at_version: AtVersion = None,
    database: DatabaseUrl = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Tell who gave each field of a server its value, and when.

    Each tag and volume is told of by itself, and what was there before.

    Status 1 where there was no such server, or where a record cannot be told.
    """
    with opened_history(database, file) as history:
        point = read_point(history, at, at_position, at_version)
        steps = told_steps(history, ref, point)
        leaves = leaves_of(Teller(history), steps)
        if json:
            print_json({"server": steps[-1].about.server_id, "blame": leaves})
        else:
            print_leaves(leaves)


def leaves_of(teller: Teller, steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Every leaf of a server after its events, from the first on."""
    found = blame_of((step.position, step.record) for step in steps)
    return [teller.shapes.leaf(field, blamed) for field, blamed in found.items()]


def print_leaves(leaves: Iterable[dict[str, Any]]) -> None:
    """Leaves for people."""
    print_table(COLUMNS, map(_row, leaves))


def _row(leaf: dict[str, Any]) -> list[Any]:
    actor, previous = leaf["actor"], leaf["previous"]
    told = leaf | {
        "actor": actor and (actor["name"] or actor["id"]),
        "before": previous and previous["value"],
    }
    return [told[column] for column in COLUMNS]
