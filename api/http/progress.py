"""Waiting on the loop for what another thread does: that the log was followed to a position."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Progress:
    """A position that another thread moves on. All but `announce` is for the loop's thread."""

    def __init__(self, position: Callable[[], int], hurry: Callable[[], None]) -> None:
        self._position = position
        self._hurry = hurry
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False
        self._waiting: set[asyncio.Future[None]] = set()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to be told, on `loop`."""
        self._loop = loop

    def end(self) -> None:
        """Let nobody wait any more: the service stops. From any thread."""
        self._ended = True
        self.announce()

    def announce(self) -> None:
        """The position moved. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def reach(self, position: int, timeout_s: float, *, hurry: bool = True) -> bool:
        """Wait until the position is reached; whether it was in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while self._position() < position and not self._ended:
                    if hurry:
                        self._hurry()
                    moved = asyncio.get_running_loop().create_future()
                    self._waiting.add(moved)
                    try:
                        await moved
                    finally:
                        self._waiting.discard(moved)
        except TimeoutError:
            return False
        return self._position() >= position
