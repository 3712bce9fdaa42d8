"""Points of the past, as options name them. The end of the log, failing one."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, NamedTuple

import typer

from api.history.points import parse_time
from api.settings import ConfigurationError
from commands.handler import utc_now
from commands.store.history import History
from domain.records import UnreadableRow
from projections.folding import PastUnknown

At = Annotated[
    str | None, typer.Option("--at", help="As of this time (RFC 3339), or an age such as -1h.")
]
AtPosition = Annotated[
    int | None, typer.Option("--at-position", min=0, help="As of this position of the log.")
]
AtVersion = Annotated[
    int | None, typer.Option("--at-version", min=1, help="As of this version of the server.")
]


class Point(NamedTuple):
    """A position of the log, or a version of one server. `given` is whether it was asked for."""

    position: int
    version: int | None
    given: bool


def end_of(history: History) -> Point:
    """The end of the log."""
    return Point(history.end, None, given=False)


def read_point(
    history: History, at: str | None, at_position: int | None, at_version: int | None = None
) -> Point:
    """The point that options name. Raises `ConfigurationError` or `PastUnknown`."""
    options = {"--at": at, "--at-position": at_position, "--at-version": at_version}
    given = [name for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise ConfigurationError(f"one point at a time: {' and '.join(given)} are given")
    if at is not None:
        at_position = _position_at(history, read_time("--at", at, past=True))
    position = history.end if at_position is None else check_position(history, at_position)
    return Point(position, at_version, bool(given))


def check_position(history: History, position: int, option: str = "--at-position") -> int:
    """A position that is told of. Raises `ConfigurationError` or `PastUnknown`."""
    if position > history.end:
        raise ConfigurationError(f"{option}: past the end of the log, position {history.end}")
    if position < history.first and history.first > 1:
        raise PastUnknown(f"the history here begins at position {history.first}")
    return position


def read_time(option: str, text: str, *, past: bool = False) -> dt.datetime:
    """A time, or so long ago. Raises `ConfigurationError`."""
    now = utc_now()
    try:
        at = parse_time(text, now)
    except ValueError as error:
        raise ConfigurationError(f"{option}: {error}") from error
    if past and at > now:
        raise ConfigurationError(f"{option}: in the future")
    return at


def _position_at(history: History, at: dt.datetime) -> int:
    """The position of the last record whose time is `at` or before; 0 for none."""
    doubt = None
    for position, found in history.scan_back(history.end):
        if isinstance(found, UnreadableRow):
            doubt = f"the record at position {position} cannot be read: {found.reason}"
        elif found.event.at <= at:
            if doubt is not None:
                raise PastUnknown(f"--at: {doubt}; so name a position")
            return position
        else:
            doubt = None
    if history.first > 1:
        raise PastUnknown(f"the history here begins at position {history.first}, after that time")
    return 0
