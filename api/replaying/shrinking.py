"""Delta debugging: from a history that shows something to one that cannot do without a record.

After Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002): ever
smaller parts are left out, down to single records, until none of these can be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

SHRINK_MAX_S: Final = 60.0
T = TypeVar("T")


def shrink(
    items: Sequence[T], shows: Callable[[list[T]], bool], max_s: float = SHRINK_MAX_S
) -> tuple[list[T], bool]:
    """The fewest of `items`, in order, that still show it, and whether that is proven.

    It is where each single one was left out in vain before the time was up.
    """
    left, size, until = list(items), max(1, len(items) // 2), time.monotonic() + max_s
    while True:
        smaller, in_time = _without_parts(left, size, shows, until)
        if not in_time:
            return smaller, False
        if len(smaller) == len(left) and size == 1:
            return smaller, True
        # Singles are tried again as long as one of them went: another may then be needless too.
        left, size = smaller, max(1, min(size // 2, len(smaller)))


def _without_parts(
    items: list[T], size: int, shows: Callable[[list[T]], bool], until: float
) -> tuple[list[T], bool]:
    # From the end: what comes later is more often needless, and leaves what comes before whole.
    end = len(items)
    while end > 0:
        if time.monotonic() > until:
            return items, False
        start = max(0, end - size)
        candidate = items[:start] + items[end:]
        if candidate and shows(candidate):
            items = candidate
        end = start
    return items, True
