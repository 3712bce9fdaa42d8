"""Where requests read: from the primary, or from a standby as far as it has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from api.replica import Reached, Replica
from api.store import Store
from commands.store.asking import THREADS, Reading
from commands.store.connections import READERS_MAX
from commands.store.session import StoreSession
from domain.ports import Session
from domain.refusals import Unavailable
from projections.following import followed_position
from projections.positions import log_position_of

STREAMS_MAX: Final = 6
# Beside the loop's own questions and what follows the log and what checks it.
READS_MAX: Final = READERS_MAX - STREAMS_MAX - THREADS - 2
READING_S: Final = 5.0

T = TypeVar("T")


class Reads:
    """Reads of a running loop over an open store."""

    def __init__(self, store: Store, standby: str, asked: Callable[[str], None]) -> None:
        """Read from the standby of that URL too, if there is one; `asked` is told which it was."""
        self._store = store
        self.ask_primary = store.database.asking().ask
        """Ask for a row or two of what must be known as of now, such as who calls."""
        self.ask = self.ask_primary
        """Ask for a row or two."""
        self.reading: Reading = store.database.reading
        """One snapshot, for what is streamed."""
        self._replica: Replica | None = None
        if standby:
            self._replica = Replica(standby, store.database, self._known, _reached, asked)
            self.reading = self._replica.reading
            self.ask = store.database.asking(self.reading).ask
        self.streams = asyncio.Semaphore(STREAMS_MAX)
        self._places = asyncio.Semaphore(READS_MAX)

    async def log_position(self) -> int:
        """The position of the last record, those of other processes included."""
        position = await self.ask_primary(log_position_of)
        self._store.learned(position)
        return position

    async def read(self, question: Callable[[Session], T]) -> T:
        """Ask, beside the loop in any case, what takes longer than a row or two.

        Raises `Unavailable` where too many ask.
        """
        try:
            async with asyncio.timeout(READING_S):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable("too much is being asked of the past; try again") from None
        try:
            return await asyncio.to_thread(self._read, question)
        finally:
            self._places.release()

    def _read(self, question: Callable[[Session], T]) -> T:
        with self.reading() as session:
            return question(session)

    def _known(self) -> Reached:
        return Reached(self._store.position, self._store.follower.position)

    def close(self) -> None:
        """Close the connections to the standby."""
        if self._replica is not None:
            self._replica.close()


def _reached(session: StoreSession) -> Reached:
    return Reached(log_position_of(session), followed_position(session))
