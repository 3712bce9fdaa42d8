"""How much the property tests do: a little on every check, much where `HYPOTHESIS_PROFILE=long`."""

from __future__ import annotations

import os
from typing import Final

from tests.databases import ON_POSTGRES

PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "quick")
LONG: Final = PROFILE == "long"


def times(quick: int, long: int) -> int:
    """How many examples, by the profile: one number or the other.

    On PostgreSQL, where what was tried on SQLite is tried again, a fifth of the few.
    """
    if LONG:
        return long
    return max(1, quick // 5) if ON_POSTGRES else quick
