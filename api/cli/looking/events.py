"""`rackledger history`: every event of one server."""

from __future__ import annotations

from typing import Final

from api.cli.looking.finding import Ref, find_id, own_steps
from api.cli.looking.points import end_of
from api.cli.looking.telling import Teller, print_steps
from api.cli.output import Json
from api.cli.sources import DatabaseUrl, File, opened_history

COLUMNS: Final = ("position", "version", "time", "actor", "type", "changes")


def history(ref: Ref, database: DatabaseUrl = None, file: File = None, json: Json = False) -> None:
    """List every event of a server, oldest first.

    A deleted server is found by its id.

    Status 1 where there is no such server, or where a record cannot be told.
    """
    with opened_history(database, file) as found:
        end, teller = end_of(found), Teller(found)
        steps = own_steps(found, find_id(found, ref, end), end)
        print_steps(steps, teller, COLUMNS, teller.event, json=json)
