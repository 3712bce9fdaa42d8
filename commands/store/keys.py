"""Spent idempotency keys: which records answered the first request under a key.

The answer itself is not kept: it is rendered again from those records, which the log alone can do,
in this store and in any other that it is moved to.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import sqlalchemy as sa

from commands.store.tables import idempotency_keys as keys
from domain.ports import Batch, Session
from domain.records import Metadata

_INSERT: Final = keys.insert()
_CLEAR: Final = keys.delete()
_GET: Final = sa.select(keys.c.fingerprint, keys.c.position, keys.c.parts).where(
    keys.c.principal_id == sa.bindparam("principal_id", type_=sa.Text),
    keys.c.key == sa.bindparam("key", type_=sa.Text),
)


class SpentKey(NamedTuple):
    """What a key was spent on: the request's fingerprint and the records that answered it."""

    fingerprint: str
    position: int
    parts: int


def fingerprint(method: str | None, path: str | None, body: str | None) -> str:
    """What makes two requests the same: method, path as sent and what stands for the body."""
    return f"{method} {path} {body}"


def find_key(session: Session, principal_id: str, key: str) -> SpentKey | None:
    """What the key was spent on, if it was."""
    row = session.row(_GET, {"principal_id": principal_id, "key": key})
    return SpentKey(*row) if row else None


def spends_key(metadata: Metadata) -> bool:
    """Whether this record is the first of those that spend their request's key."""
    return (
        metadata.idempotency_key is not None
        and metadata.part == 1
        and metadata.outcome in ("accepted", "no_effect")
    )


class KeyRows:
    """Writes the spent keys (a `domain.ports.RowWriter`)."""

    def write(self, session: Session, batch: Batch) -> None:
        """Spend the keys of accepted requests."""
        rows = []
        for entry in batch.entries:
            asked = entry.record.metadata
            if spends_key(asked):
                rows.append(
                    {
                        "principal_id": asked.principal_id,
                        "key": asked.idempotency_key,
                        "fingerprint": fingerprint(
                            asked.method, asked.path, asked.body_hmac or asked.body_sha256
                        ),
                        "position": entry.position,
                        "parts": asked.parts,
                    }
                )
        session.write(_INSERT, rows)

    def clear(self, session: Session) -> None:
        """Forget every key, to derive them anew."""
        session.write(_CLEAR, [{}])
