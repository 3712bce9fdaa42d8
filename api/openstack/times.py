"""Times as OpenStack shows them: UTC, to the second; of instance actions, to the microsecond."""

from __future__ import annotations

import datetime as dt


def to_second(at: dt.datetime) -> str:
    """`2026-11-22T04:00:00Z`."""
    return f"{at.isoformat()[:19]}Z"


def to_microsecond(at: dt.datetime) -> str:
    """`2026-11-22T04:00:00.123456`."""
    return at.isoformat(timespec="microseconds")[:26]


def second_of(shown: str) -> str:
    """The same as `to_second`, of a time in a document."""
    return f"{shown[:19]}Z"
