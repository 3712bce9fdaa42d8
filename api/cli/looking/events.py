"""`rackledger history`: every event of one server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api.cli.looking.finding import Ref, find_id, own_steps
from api.cli.looking.points import Point
from api.cli.looking.telling import Teller, Untold, rows
from api.cli.output import Json, print_json, print_table
from api.cli.sources import DatabaseUrl, File, opened_history
from projections.folding import Step

COLUMNS: Final = ("position", "version", "time", "actor", "type", "changes")


def history(ref: Ref, database: DatabaseUrl = None, file: File = None, json: Json = False) -> None:
    """List every event of a server, oldest first.

    A deleted server is found by its id.

    Status 1 where there is no such server, or where a record cannot be told.
    """
    with opened_history(database, file) as found:
        end = Point(found.end, None, given=False)
        server_id = find_id(found, ref, end)
        teller, untold = Teller(found), Untold()

        def noted() -> Iterator[Step]:
            for step in own_steps(found, server_id, end):
                untold.note(step)
                yield step

        if json:
            for step in noted():
                print_json(teller.event(step))
        else:
            print_table(COLUMNS, rows(COLUMNS, map(teller.cells, noted())))
        untold.check()
