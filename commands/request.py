"""What the write side is asked, and what it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import msgspec

from domain.access import Caller
from domain.commands import ServerCommand
from domain.ports import Dialect
from domain.records import Outcome, Record
from domain.refusals import Problems
from domain.server import Server

FieldCheck = Callable[[Server], Problems]
"""A dialect's judgement of fields against the server's present state."""


class IfMatch(msgspec.Struct, frozen=True):
    """A caller's expectation: the server is as one of `tags` (`"ID:VERSION"`), or exists at all."""

    tags: frozenset[str]
    any: bool = False

    def holds(self, server: Server) -> bool:
        """Whether the server is as expected."""
        return self.any or f"{server.id}:{server.version}" in self.tags


class WriteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to change something, as a dialect read it.

    `command` is None where the fields could not be read at all; `problems` then says why. Both are
    judged in their turn: an unknown server or a missing right is told first.
    """

    caller: Caller
    dialect: Dialect
    command: ServerCommand | None
    name: str
    """The command's stored name, known even where its fields are wrong."""
    organization: str | None = None
    """Where a create asks to make servers, known even where its other fields are wrong."""
    status: int
    """The status of success."""
    received_at: dt.datetime
    request_id: str
    method: str
    path: str
    ref: str | None = None
    action: str | None = None
    source_address: str | None = None
    traceparent: str | None = None
    idempotency_key: str | None = None
    body_sha256: str | None = None
    if_match: IfMatch | None = None
    problems: Problems = {}
    check: FieldCheck | None = None


class Written(msgspec.Struct, frozen=True):
    """What came of a request: the records that answer it, and the servers as they left them.

    Of a repeated request, these are the first one's; `position` is always this request's own.
    """

    outcome: Outcome
    position: int
    records: Mapping[int, Record]
    servers: tuple[Server, ...]
