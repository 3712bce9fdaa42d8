"""`rackledger log`: what was asked for, by whom, what came of it and what it changed."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Final

import typer

from api.cli.looking.finding import MaybeRef, find_id, scanned
from api.cli.looking.points import end_of, read_time
from api.cli.looking.telling import Teller, print_steps
from api.cli.output import Json, NothingFound, watchable
from api.cli.sources import DatabaseUrl, File, opened_history
from api.history.audit import OUTCOMES
from api.settings import ConfigurationError
from commands.store.history import History
from domain.records import UnreadableRow
from domain.registry import EVENT_TYPES, REGISTRY
from projections.differences import changed_fields
from projections.document import FIELDS
from projections.folding import Fold, Step
from projections.trail import action_of

COLUMNS: Final = (
    *("positions", "time", "actor", "action", "type", "name", "server", "outcome", "changes"),
)


@dataclass(frozen=True)
class _Wanted:
    """Which records; what is None is not asked about."""

    history: History
    actor: str | None
    server: str | None
    type: str | None
    action: str | None
    outcome: str | None
    field: str | None
    begin: dt.datetime | None
    end: dt.datetime | None
    request_id: str | None

    def matches(self, step: Step) -> bool:
        """Whether a record is wanted. One of which that cannot be told is."""
        return self._of_server(step) and self._of_record(step) and self._of_change(step)

    def _of_server(self, step: Step) -> bool:
        if self.server is None:
            found = step.found
            # Of several made at once, the first stands for all.
            return isinstance(found, UnreadableRow) or found.metadata.part == 1
        if step.about.server_id is None:
            return bool(step.why)
        return step.about.server_id == self.server

    def _of_record(self, step: Step) -> bool:
        if isinstance(step.found, UnreadableRow):
            return self.type in {None, step.found.name}
        asked, event = step.found.metadata, step.found.event
        return (
            self.type in {None, REGISTRY.name_of(event)}
            and self.action in {None, action_of(asked)}
            and self.outcome in {None, asked.outcome}
            and self.request_id in {None, asked.request_id}
            and (self.actor is None or self._acted(asked.principal_id))
            and (self.begin is None or event.at >= self.begin)
            and (self.end is None or event.at < self.end)
        )

    def _acted(self, principal_id: str | None) -> bool:
        return principal_id is not None and self.actor in {
            principal_id,
            self.history.principal_name(principal_id),
        }

    def _of_change(self, step: Step) -> bool:
        if self.field is None or step.why:
            return True
        return self.field in changed_fields(step.about.before, step.about.after)


def log(
    ref: MaybeRef = None,
    actor: Annotated[str | None, typer.Option(help="Those of a principal, by id or name.")] = None,
    server: Annotated[str | None, typer.Option(help="Those about a server, by id.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Such as server.renamed.")] = None,
    action: Annotated[str | None, typer.Option(help="Such as create, update, poweron.")] = None,
    outcome: Annotated[str | None, typer.Option(help=f"One of {', '.join(OUTCOMES)}.")] = None,
    field: Annotated[str | None, typer.Option(help="Those that changed this field.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", help="From this time or age on, included.")
    ] = None,
    to: Annotated[str | None, typer.Option(help="Up to this time or age, not included.")] = None,
    request_id: Annotated[str | None, typer.Option(help="Those of a request.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, the newest.")] = None,
    oldest: Annotated[bool, typer.Option("--oldest", help="Of a limit, the oldest.")] = False,
    database: DatabaseUrl = None,
    file: File = None,
    json: Json = False,
) -> None:
    """List what was asked for and what came of it, oldest first.

    Status 1 where nothing matches, or where a record cannot be told.
    """
    _check("--type", type_, tuple(EVENT_TYPES))
    _check("--outcome", outcome, OUTCOMES)
    _check("--field", field, FIELDS)
    begin = read_time("--from", from_) if from_ is not None else None
    end = read_time("--to", to) if to is not None else None
    if ref is not None and server is not None:
        raise ConfigurationError("--server: not beside a reference to a server")
    with opened_history(database, file) as history:
        if ref is not None:
            server = find_id(history, ref, end_of(history))
        wanted = _Wanted(
            *(history, actor, server and server.lower(), type_, action, outcome, field),
            *(begin, end, request_id),
        )
        found, teller = _chosen(wanted, limit, oldest), Teller(history)
        if not print_steps(found, teller, COLUMNS, teller.entry, json=json):
            raise NothingFound("no record matches")


def _check(option: str, given: str | None, known: tuple[str, ...]) -> None:
    if given is not None and given not in known:
        raise ConfigurationError(f"{option}: must be one of {', '.join(known)}")


def _chosen(wanted: _Wanted, limit: int | None, oldest: bool) -> Iterator[Step]:
    history = wanted.history
    as_they_come = limit is None or oldest
    records = scanned(history, history.end, bar=watchable(lines=as_they_come))
    found = filter(wanted.matches, Fold(history.first).steps(records))
    if limit is None:
        return found
    return islice(found, limit) if oldest else iter(deque(found, limit))
