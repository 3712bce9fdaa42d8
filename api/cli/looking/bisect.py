"""`rackledger bisect`: the first event after which a condition holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Final

import typer

from api.cli.looking.finding import MaybeRef, find_id, own_steps, scanned
from api.cli.looking.points import end_of
from api.cli.looking.telling import Teller, rows
from api.cli.output import Json, NothingFound, print_json, print_table
from api.cli.sources import DatabaseUrl, File, opened_history
from api.settings import ConfigurationError
from commands.store.history import History
from projections.batches import lives
from projections.conditions import Condition
from projections.document import document
from projections.expressions import ExpressionInvalid
from projections.folding import Fold, PastUnknown, Step

COLUMNS: Final = (*("position", "version", "time", "actor", "type", "name", "server", "changes"),)


def bisect(
    when: Annotated[
        str, typer.Option(help="A condition in CEL, such as 'size(tags) > 3 && !running'.")
    ],
    ref: MaybeRef = None,
    database: DatabaseUrl = None,
    file: File = None,
    json: Json = False,
) -> None:
    """Find the first event after which a condition holds.

    Of one server or of any. A condition may use each field of the server by its name, `server`, all
    of them together, `before`, the same before the event, `event` with type, position, version,
    time, actor, request_id, outcome and action, and for any server `servers`, how many there are.

    Every event is looked at, so the answer is right where a condition holds and holds no more.
    Status 1 where it never held, or where that cannot be told.
    """
    try:
        condition = Condition(when, fleet=ref is None)
        with opened_history(database, file) as history:
            found = _first(history, ref, condition)
            if found is None:
                raise NothingFound("it never held")
            _print(Teller(history), found, json=json)
    except ExpressionInvalid as error:
        raise ConfigurationError(f"--when: {error}") from error


def _first(history: History, ref: str | None, condition: Condition) -> Step | None:
    if ref is None:
        return first_of_fleet(history, condition)
    end = end_of(history)
    steps = own_steps(history, find_id(history, ref, end), end)
    return next((step for step in steps if condition.holds(step, history.principal_name)), None)


def first_of_fleet(history: History, condition: Condition) -> Step | None:
    """The first event of any server after which a condition holds."""
    if history.first > 1:
        raise PastUnknown(f"the history here begins at position {history.first}: not all is known")
    return first_held(
        Fold().steps(scanned(history, history.end)), condition, history.principal_name
    )


def first_held(
    steps: Iterable[Step], condition: Condition, name_of: Callable[[str], str | None]
) -> Step | None:
    """The same, of the steps of all servers from the first on."""
    servers = 0
    for step in steps:
        servers += lives(step.about.after) - lives(step.about.before)
        if step.own and condition.holds(step, name_of, servers):
            return step
    return None


def _print(teller: Teller, step: Step, *, json: bool) -> None:
    if json:
        server = step.server
        print_json({"event": teller.event(step), "server": server and document(server)})
    else:
        print_table(COLUMNS, rows(COLUMNS, [teller.cells(step)]))
