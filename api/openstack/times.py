"""Times as OpenStack shows them: UTC, to the second; of instance actions, to the microsecond."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache


@lru_cache(1024)
def to_second(at: dt.datetime) -> str:
    """`2026-11-22T04:00:00Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def to_microsecond(at: dt.datetime) -> str:
    """`2026-11-22T04:00:00.123456`."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}"


def second_of(shown: str) -> str:
    """The same as `to_second`, of a time in a document."""
    return f"{shown[:19]}Z"
