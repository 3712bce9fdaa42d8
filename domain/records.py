"""A record: one event as it stands in the log, with everything about the command it came from.

Personal data stays out of it: a record holds the principal's id and a salted hash of the source
address; name and address live in side rows that can be erased without touching one stored byte.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from domain.events import Event
from domain.values import Value

Outcome = Literal["accepted", "refused", "no_effect", "repeated"]


class Metadata(Value, frozen=True, kw_only=True):
    """Who asked for what, when, from where, and what came of it.

    `part` of `parts` numbers the records of one command; the first alone carries the command's
    `arguments`, its whole typed value as stored JSON, so that a history of commands can be run
    again.
    """

    received_at: dt.datetime
    principal_id: str | None = None
    organization: str
    """The organization the record is filed under."""
    source: str | None = None
    request_id: str
    traceparent: str | None = None
    dialect: str
    method: str | None = None
    path: str | None = None
    ref: str | None = None
    action: str | None = None
    """The word for an action, as sent."""
    command: str
    arguments: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    outcome: Outcome = "accepted"
    status: int
    idempotency_key: str | None = None
    body_sha256: str | None = None
    """In records from before `body_hmac`: the SHA-256 of the body."""
    body_hmac: str | None = None
    """What stands for the body: an HMAC of its SHA-256 under the store's salt. Alone, that digest
    would let anybody who reads the log try passwords until a body with one fits."""
    part: int = 1
    parts: int = 1


class Record(msgspec.Struct, frozen=True, gc=False):
    """One event of one stream; `id` is the record's own, and its task's."""

    id: str
    originator_id: str
    originator_version: int
    event: Event
    metadata: Metadata


class UnreadableRow(msgspec.Struct, frozen=True, gc=False):
    """A row of the log whose bytes cannot be read: what is known of it all the same, and why."""

    originator_id: str
    originator_version: int
    name: str
    reason: str
