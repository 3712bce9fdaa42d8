"""Deadlines of connections: one timer a loop for all of them.

A `call_later` and a `cancel` a request would cost more than the parsing does.
"""

from __future__ import annotations

import asyncio
from typing import Protocol


class Expiring(Protocol):
    """A connection with a deadline, in loop time; None is none."""

    loop: asyncio.AbstractEventLoop
    deadline_s: float | None

    def expire(self, now_s: float) -> None:
        """End what lasted past the deadline."""


class Sweep:
    """Expires the connections of one loop: one timer for all, running while there is any."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._connections: set[Expiring] = set()
        self.turned_away: set[Expiring] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: Expiring) -> None:
        """Watch `connection` from now on."""
        self._connections.add(connection)
        if self._timer is None:
            self._timer = connection.loop.call_later(self._period_s, self._run, connection.loop)

    def discard(self, connection: Expiring) -> None:
        """Forget `connection`."""
        self._connections.discard(connection)
        self.turned_away.discard(connection)
        if not self._connections and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self._period_s, self._run, loop)
        now_s = loop.time()
        for connection in list(self._connections):
            if connection.deadline_s is not None and connection.deadline_s <= now_s:
                connection.expire(now_s)
