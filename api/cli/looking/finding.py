"""Finding servers in a log: which one a reference means, and what it was, event by event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from operator import itemgetter
from typing import Annotated, Final

import typer

from api.cli.looking.points import Point
from api.cli.output import progress
from api.settings import ConfigurationError
from commands.store.history import History, Scanned
from domain.events import ServerEvent
from domain.records import UnreadableRow
from domain.refusals import ServerAmbiguous, ServerUnknown
from domain.server import Server
from projections.folding import Fold, PastUnknown, Step

Ref = Annotated[str, typer.Argument(help="The server's id, or its name then.")]
MaybeRef = Annotated[str | None, typer.Argument(help="A server's id, or its name then.")]

_TOLD_RECORDS: Final = 1_000


def scanned(history: History, stop: int, *, bar: bool = True) -> Iterator[Scanned]:
    """The records up to position `stop`, with a bar of how far it has come.

    Raises `PastUnknown` at one that is missing.
    """
    count = max(0, stop - history.first + 1)
    watched = progress("reading the log", count) if bar else nullcontext(lambda done: None)
    with watched as advance:
        for expected, (position, found) in enumerate(history.scan(1, stop), history.first):
            if position != expected:
                raise PastUnknown(f"position {expected} is missing: the next is {position}")
            yield position, found
            if position % _TOLD_RECORDS == 0:
                advance(_TOLD_RECORDS)


def fold_to(history: History, position: int) -> Fold:
    """All servers as of a position."""
    fold = Fold(history.first)
    for at, found in scanned(history, position):
        fold.take(at, found)
    return fold


def find_id(history: History, ref: str, point: Point) -> str:
    """The id that a reference means: an id, or the name that a live server bore then.

    Raises `ServerUnknown`, which says who bore it last, `ServerAmbiguous`, or `PastUnknown` where
    names cannot be told.
    """
    try:
        server_id = ref.lower()
        server_id.encode()
    except UnicodeEncodeError as error:
        raise ConfigurationError("the reference to a server is not UTF-8") from error
    if _is_server(history, server_id):
        return server_id
    fold, bore = Fold(history.first), dict[str, int]()
    try:
        for position, found in scanned(history, point.position):
            after = fold.take(position, found).about.after
            if after is not None and after.name == ref and not after.deleted:
                bore[after.id] = position
        living = fold.living()
    except PastUnknown as error:
        raise PastUnknown(f"whom the name {ref!r} means cannot be told: {error}") from error
    ids = tuple(server.id for server in living if server.name == ref)
    if len(ids) > 1:
        raise ServerAmbiguous(ref, ids)
    if not ids:
        raise _unknown(ref, point, bore)
    return ids[0]


def _is_server(history: History, originator_id: str) -> bool:
    _, found = next(history.stream(originator_id), (0, None))
    if isinstance(found, UnreadableRow):
        return found.name.startswith("server.")
    return found is not None and isinstance(found.event, ServerEvent)


def _unknown(ref: str, point: Point, bore: Mapping[str, int]) -> ServerUnknown:
    """That there is no such server; `bore` is who bore the name before, and up to where."""
    words = f"no server {ref!r} then" if point.given else f"no server {ref!r}"
    if bore:
        server_id, position = max(bore.items(), key=itemgetter(1))
        words += f"; at position {position} that was {server_id}"
    return ServerUnknown(words)


def own_steps(history: History, server_id: str, point: Point) -> Iterator[Step]:
    """One server's events up to a point. Its stream alone is read."""
    for step in Fold(history.first).steps(history.stream(server_id)):
        if step.position > point.position:
            return
        yield step
        if step.found.originator_version == point.version:
            return


def told_steps(history: History, ref: str, point: Point) -> list[Step]:
    """All of them, where the server lives then and each can be told.

    Raises `ServerUnknown`, `ServerAmbiguous`, `PastUnknown`, or `ConfigurationError` for a version
    that the server never had.
    """
    server_id = find_id(history, ref, point)
    steps = []
    for step in own_steps(history, server_id, point):
        if step.why:
            raise PastUnknown(step.why)
        steps.append(step)
    if point.version is not None and point.version > len(steps):
        raise ConfigurationError("--at-version: the server never had that version")
    if not steps or steps[-1].server is None:
        raise _unknown(ref, point, {})
    return steps


def server_at(history: History, ref: str, point: Point) -> Server:
    """The server as of a point. Raises as above."""
    server = told_steps(history, ref, point)[-1].server
    assert server is not None, "it lives"
    return server
