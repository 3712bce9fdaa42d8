"""How much the property tests do: a little on every check, much where `HYPOTHESIS_PROFILE=long`."""

from __future__ import annotations

import os
from typing import Final

PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "quick")
LONG: Final = PROFILE == "long"


def times(quick: int, long: int) -> int:
    """One number or the other, by the profile."""
    return long if LONG else quick
