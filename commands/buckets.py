"""Token buckets: a burst, then a steady rate, for each of a bounded number of keys."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

KEYS_MAX = 10_000


class TokenBuckets:
    """A bucket a key. Each holds `burst` tokens at most and gains `rate_per_s` a second."""

    def __init__(
        self, burst: float, rate_per_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._rate_per_s = rate_per_s
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> int:
        """Take one token: 0 if there was one, else the whole seconds until there is."""
        now = self._clock()
        tokens, since = self._buckets.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate_per_s)
        taken = tokens >= 1
        self._buckets[key] = (tokens - taken, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > KEYS_MAX:
            self._buckets.popitem(last=False)
        return 0 if taken else math.ceil((1 - tokens) / self._rate_per_s)
