"""Reads from a standby, as far as it has come; where it is behind or away, from the primary.

So an answer is never older than what this process knew of when it was asked for, and what a caller
was told by any process reaches this one with the notice of its commit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

import structlog

from commands.store.database import Database
from commands.store.files import DatabaseUnusable
from commands.store.session import StoreSession

WAIT_S: Final = 0.05
"""How long a standby is waited for."""
AWAY_S: Final = 1.0
"""How long none is asked that was not there, or not in time."""
_POLL_S: Final = 0.002

logger = structlog.get_logger()


class Reached(NamedTuple):
    """How far a database has come: its log, and what follows it."""

    log: int
    followed: int


class Replica:
    """A standby beside the primary, either of which may go away and come back."""

    def __init__(
        self,
        url: str,
        primary: Database,
        known: Callable[[], Reached],
        reached: Callable[[StoreSession], Reached],
        asked: Callable[[str], None] = lambda which: None,
    ) -> None:
        """Read from `url` what has come as far as is `known`, where `reached` says how far.

        `asked` is told which one it was.
        """
        self._url = url
        self._primary = primary
        self._known = known
        self._reached = reached
        self._asked = asked
        self._errors: tuple[type[Exception], ...] = (DatabaseUnusable, *primary.Error)
        self._standby: Database | None = None
        self._opening = threading.Lock()
        self._away_until = 0.0
        self._away = False

    @contextmanager
    def reading(self) -> Iterator[StoreSession]:
        """One snapshot, of either."""
        with ExitStack() as stack:
            session = self._read_standby(stack)
            self._asked("primary" if session is None else "standby")
            yield session or stack.enter_context(self._primary.reading())

    def close(self) -> None:
        """Close its connections."""
        if self._standby is not None:
            self._standby.close()

    def _read_standby(self, stack: ExitStack) -> StoreSession | None:
        now = time.monotonic()
        if now < self._away_until:
            return None
        wanted, deadline = self._known(), now + WAIT_S
        try:
            while time.monotonic() < deadline:
                with ExitStack() as attempt:
                    session = attempt.enter_context(self._open().reading())
                    log, followed = self._reached(session)
                    if log >= wanted.log and followed >= wanted.followed:
                        stack.push(attempt.pop_all())
                        if self._away:
                            logger.warning("replica.back")
                        self._away = False
                        return session
                time.sleep(_POLL_S)
            reason = f"it has not come to position {wanted.log}"
        except self._errors as error:
            reason = str(error)
        self._away_until = time.monotonic() + AWAY_S
        if not self._away:
            logger.warning("replica.passed_over", reason=reason)
        self._away = True
        return None

    def _open(self) -> Database:
        with self._opening:
            if self._standby is None:
                self._standby = Database(self._url, read_only=True)
            return self._standby
