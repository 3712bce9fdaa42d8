"""Digests of stored rows, so that a byte that changed where it lies is found, and where.

They tell damage, not fraud: who can write a row can write its digest too.
"""

from __future__ import annotations

from hashlib import sha256


def record_digest(
    position: int, originator_id: str, originator_version: int, name: str, state: bytes
) -> bytes:
    """The SHA-256 of a whole row of the log: 32 bytes.

    Behind a zero byte, as RFC 9162 (2.1.1) has the leaves of its trees.
    """
    head = (
        f"\0{position} {originator_version} {len(originator_id)} {len(name)} {originator_id}{name}"
    )
    return sha256(head.encode() + state).digest()


def side_digest(key: str, value: bytes) -> bytes:
    """The SHA-256 of a row of personal data, or of a secret: 32 bytes."""
    return sha256(f"\0{len(key)} {key}".encode() + value).digest()
