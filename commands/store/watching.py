"""Being told of what other processes write, and which of them leads: that of PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

NOTICE_S: Final = 0.2
RETRY_S: Final = 0.5
CHANNEL: Final = "rackledger"

_LEAD: Final = (
    "SELECT pg_try_advisory_lock(hashtext(current_schema()), hashtext('rackledger.follower'))"
)
_POSITION: Final = "SELECT coalesce(max(position), 0) FROM events"


class Watch(Protocol):
    """Watches for what other processes write, once it is started."""

    @property
    def leads(self) -> bool:
        """Whether this process is the one that does what one of them has to."""

    def start(self, noticed: Callable[[int], None]) -> None:
        """Tell of what was written, by the position of the last record."""

    def stop(self) -> None:
        """Tell no more, and lead no more."""


class NoWatch:
    """Where one process serves: it leads, and looks itself for what short commands write."""

    leads = True

    def start(self, noticed: Callable[[int], None]) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""


class PostgresWatch:
    """A thread with a connection of its own, on which the server sends word of every commit.

    What was missed while the connection was lost is told when it is back. The lock of the one that
    leads goes with its connection, so when it dies another one leads within `NOTICE_S`.
    """

    def __init__(self, connect: Callable[[], Any], error: tuple[type[Exception], ...]) -> None:
        self._connect = connect
        self._error = error
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.leads = False

    def start(self, noticed: Callable[[int], None]) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._work, args=(noticed,), name="watch")
        self._thread.start()

    def stop(self) -> None:
        """End it. Blocks for `NOTICE_S` at the most."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self, noticed: Callable[[int], None]) -> None:
        while not self._stopping.is_set():
            with suppress(*self._error):  # whoever reads or writes speaks of it
                self._watch(noticed)
            self.leads = False
            self._stopping.wait(RETRY_S)

    def _watch(self, noticed: Callable[[int], None]) -> None:
        driver = self._connect()
        try:
            driver.execute(f"LISTEN {CHANNEL}")
            told = -1
            while not self._stopping.is_set():
                self.leads = self.leads or driver.execute(_LEAD).fetchone()[0]
                (position,) = driver.execute(_POSITION).fetchone()
                if position != told:
                    noticed(position)
                    told = position
                for _ in driver.notifies(timeout=NOTICE_S, stop_after=1):
                    pass
        finally:
            driver.close()
