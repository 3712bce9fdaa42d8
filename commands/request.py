"""What the write side is asked, and what it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from domain.access import Caller
from domain.commands import WriteCommand
from domain.ports import Dialect
from domain.records import Outcome, Record
from domain.refusals import Problems, Refusal
from domain.server import Server
from domain.volumes import StandaloneVolume

Target = Server | StandaloneVolume
"""What a request is about; of a restore point, the server or volume that it is of."""
About = Literal["server", "volume", "snapshot", "image", "backed_volume", "backed", "base"]
"""What a reference is one of: the last three, of a volume to back up, of that or an earlier restore
point, and of a restore point that a volume is made of."""
FieldCheck = Callable[[Any], Problems]
"""A dialect's judgement of fields against the present state of what the request is about."""


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
    command: WriteCommand | None
    name: str
    """The command's stored name, known even where its fields are wrong."""
    organization: str | None = None
    """Where a create asks to make something, known even where its other fields are wrong."""
    status: int
    """The status of success."""
    received_at: dt.datetime
    request_id: str
    method: str
    path: str
    ref: str | None = None
    about: About = "server"
    """What `ref` is a reference to."""
    barred: Refusal | None = None
    """Why it cannot be done to what `ref` means, which is none of the store's, whoever asks."""
    action: str | None = None
    source_address: str | None = None
    traceparent: str | None = None
    idempotency_key: str | None = None
    body_sha256: str | None = None
    if_match: IfMatch | None = None
    problems: Problems = {}
    check: FieldCheck | None = None


class Made(NamedTuple):
    """The record that made a restore point, and its server or volume as that left it."""

    record: Record
    origin: Target


class Written(msgspec.Struct, frozen=True):
    """What came of a request: the records that answer it, and what they left.

    Of a repeated request, these are the first one's; `position` is always this request's own.
    """

    outcome: Outcome
    position: int
    records: Mapping[int, Record]
    servers: tuple[Server, ...]
    volumes: tuple[StandaloneVolume, ...] = ()
    made: tuple[Made, ...] = ()
    """Of requests about restore points: those that they made or changed."""
