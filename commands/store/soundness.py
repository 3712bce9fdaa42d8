"""Whether what is stored is what was stored: positions, versions, bytes and side rows."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from commands.store.digests import record_digest, side_digest
from commands.store.session import StoreSession
from commands.store.side_rows import SALT, hash_address
from commands.store.tables import events, origins, principals, secrets
from domain.registry import REGISTRY, UnreadableRecord

_ROWS: Final = (
    sa.select(events)
    .where(events.c.position >= sa.bindparam("start", type_=sa.BigInteger))
    .order_by(events.c.position)
    .limit(sa.bindparam("limit", type_=sa.BigInteger))
)
_BEFORE_FIRST: Final = (
    sa.select(events.c.position)
    .where(events.c.position < sa.literal_column("1"))
    .order_by(events.c.position)
    .limit(sa.bindparam("limit", type_=sa.BigInteger))
)
_before = events.alias("before")
_same_stream = sa.and_(
    _before.c.originator_id == events.c.originator_id, _before.c.position < events.c.position
)
_previous = _before.c.originator_version == events.c.originator_version - sa.literal_column("1")
_GAP: Final = sa.select(sa.func.min(events.c.position)).where(
    events.c.originator_version > sa.literal_column("1"),
    ~sa.exists().where(_same_stream, _previous),
)
_GAP_IN_PART: Final = _GAP.where(sa.exists().where(_same_stream))


class Finding(NamedTuple):
    """Something that is not as it was stored, or not as it follows from the log."""

    where: str
    """Such as `position 17`, or a table and a row."""
    why: str
    position: int | None = None
    """Of the record, where it is one."""


def check_records(session: StoreSession, start: int, limit: int) -> tuple[list[Finding], int]:
    """What is wrong with the next `limit` records from position `start` on.

    And the position of the last of them; that before `start` where there are none. From the first
    one on, what stands before it is found too.
    """
    found, expected = [], start
    if start == 1:
        for (position,) in session.rows(_BEFORE_FIRST, {"limit": limit}):
            found.append(Finding(f"position {position}", "stands before the first", position))
    for row in session.rows(_ROWS, {"start": start, "limit": limit}):
        position = row[0]
        if position != expected:
            found.append(
                Finding(f"position {expected}", f"missing: the next is {position}", expected)
            )
        expected = position + 1
        why = _why_unsound(*row)
        if why is not None:
            found.append(Finding(f"position {position}", why, position))
    return found, expected - 1


def _why_unsound(
    position: int, originator_id: str, version: int, name: str, state: bytes, digest: bytes
) -> str | None:
    try:
        if record_digest(position, originator_id, version, name, state) != digest:
            return "its bytes are not those that were stored"
        REGISTRY.decode(originator_id, version, name, state)
    except (UnreadableRecord, TypeError) as error:
        return f"it cannot be read: {error}"
    return None


def digest_of_log(session: StoreSession) -> str:
    """The SHA-256 over the digests of all records, in order."""
    digest = sha256()
    for (own,) in session.stream(sa.select(events.c.sha256).order_by(events.c.position)):
        # What is no digest is found with its record.
        digest.update(own if isinstance(own, bytes) else b"")
    return digest.hexdigest()


def find_gap_in_stream(session: StoreSession, first: int = 1) -> int | None:
    """The first record whose stream lacks the one before it; None if all are dense.

    Of a log that begins at position `first`, streams may have begun before.
    """
    row = session.row(_GAP if first == 1 else _GAP_IN_PART)
    return row[0] if row else None


def check_side_rows(session: StoreSession) -> Iterator[Finding]:
    """What is wrong with names, addresses and the salt; what was erased is not wrong."""
    for key, name, digest in session.rows(sa.select(principals)):
        if not isinstance(name, str) or _digest(key, name.encode()) != digest:
            yield Finding(f"principals {key!r}", "not the name that was stored")
    salt = None
    for key, value, digest in session.rows(sa.select(secrets)):
        if not isinstance(value, bytes) or _digest(key, value) != digest:
            yield Finding(f"secrets {key!r}", "not what was stored")
        if key == SALT:
            salt = value
    for source, address in session.rows(sa.select(origins)):
        known = isinstance(salt, bytes) and isinstance(address, str)
        if not known or hash_address(salt, address) != source:
            yield Finding(f"origins {source!r}", "its address does not have that hash")


def _digest(key: Any, value: bytes) -> bytes | None:
    return side_digest(key, value) if isinstance(key, str) else None
