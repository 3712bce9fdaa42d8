"""Following the log: rows that are derived in batches, behind the writes and off their path.

A follower reads what was committed since, derives rows from it and commits them together with how
far it has come. While commands wait for the writer it takes small steps with long rests, so that it
costs them little; nobody waits for it but who asks for what it writes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

import sqlalchemy as sa

from domain.ports import Database, Log, Session
from domain.records import Record, UnreadableRow
from projections.batches import bind
from projections.tables import followers, parked

BATCH_RECORDS: Final = 5_000
BUSY_BATCH_RECORDS: Final = 250
BUSY_REST: Final = 20
"""How many times as long as its steps take a follower rests while commands wait."""
GATHER_S: Final = 0.05
"""How long records gather before they are followed, unless somebody waits for it."""
NOTICE_S: Final = 0.2
"""How long it may take to notice what another process wrote."""
RETRY_S: Final = 1.0

Statement = tuple[Any, Sequence[dict[str, Any]]]


class Derived(NamedTuple):
    """What to write for some records, and those among them that rows cannot be derived from."""

    statements: Sequence[Statement]
    unread: Sequence[tuple[int, UnreadableRow]] = ()


_POSITION: Final = sa.select(followers.c.position).where(followers.c.name == bind("name"))
_START: Final = followers.insert()
_MOVE: Final = (
    followers.update()
    .where(followers.c.name == bind("of"))
    .values(position=bind("position", sa.Integer))
)
_PARK: Final = parked.insert()
_UNPARK: Final = parked.delete()
_COUNT_PARKED: Final = sa.select(sa.func.count()).select_from(parked)


class Derivation(Protocol):
    """Rows that follow the log."""

    name: str

    def derive(self, session: Session, records: Sequence[tuple[int, Record]]) -> Derived:
        """What to write for the next records. Reads rows as of then at the earliest."""

    def clear(self) -> Sequence[Statement]:
        """What to write to derive them anew."""


class Follower:
    """Derives one set of rows, on a thread of its own once started."""

    def __init__(
        self,
        database: Database,
        log: Log,
        derivation: Derivation,
        busy: Callable[[], bool] = lambda: False,
        moved: Callable[[], None] = lambda: None,
        alarm: Callable[[int, str], None] = lambda position, reason: None,
        failed: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self._database = database
        self._log = log
        self._derivation = derivation
        self._busy = busy
        self._moved = moved
        self._alarm = alarm
        self._failed = failed
        self._noticed = threading.Event()
        self._hurried = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        with database.reading() as session:
            self.position = _position(session, derivation.name)
            self.parked = _count_parked(session)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._work, name=f"follower {self._derivation.name}")
        self._thread.start()

    def stop(self) -> None:
        """End the thread after its step; what is not followed yet will be after the next start."""
        self._stopping.set()
        self.hurry()
        if self._thread is not None:
            self._thread.join()

    def notice(self) -> None:
        """Something was committed: follow it when it suits."""
        self._noticed.set()

    def hurry(self) -> None:
        """Somebody waits: follow now."""
        self._hurried.set()
        self._noticed.set()

    def catch_up(self) -> None:
        """Follow everything, on this thread."""
        while self.step(BATCH_RECORDS):
            pass

    def step(self, limit: int) -> int:
        """Follow the next records, `limit` at the most; how many there were."""
        with self._database.reading() as session:
            scanned = list(self._log.scan(session, self.position + 1, limit))
            if not scanned:
                return 0
            unread = [(at, found) for at, found in scanned if isinstance(found, UnreadableRow)]
            records = [(at, found) for at, found in scanned if isinstance(found, Record)]
            statements, beyond = self._derivation.derive(session, records)
            unread += beyond
        last = scanned[-1][0]
        with self._database.writing() as session:
            found = _position(session, self._derivation.name)
            if found == self.position:
                for statement, rows in statements:
                    session.write(statement, rows)
                session.write(_PARK, [_park(at, row) for at, row in unread])
                _move(session, self._derivation.name, found, last)
                found = last
            # Else another process followed in the meantime: go on from where it came to.
            parked_now = _count_parked(session) if unread else self.parked
        self.position, self.parked = found, parked_now
        for at, row in unread:
            self._alarm(at, row.reason)
        self._moved()
        return len(scanned)

    def restart(self, session: Session) -> None:
        """Remove the rows, in the caller's transaction, to follow from the first record again."""
        for statement, rows in self._derivation.clear():
            session.write(statement, rows)
        session.write(_UNPARK, [{}])
        _move(session, self._derivation.name, self.position, 0)
        self.position = self.parked = 0

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._noticed.wait(NOTICE_S)
            self._noticed.clear()
            if not self._hurried.is_set():
                self._hurried.wait(GATHER_S)
            self._hurried.clear()
            try:
                self._follow()
            except Exception as error:  # noqa: BLE001  # whatever it is: said, and tried again
                self._failed(error)
                self._stopping.wait(RETRY_S)

    def _follow(self) -> None:
        while not self._stopping.is_set():
            busy = self._busy()
            began = time.perf_counter()
            if not self.step(BUSY_BATCH_RECORDS if busy else BATCH_RECORDS):
                return
            if busy:
                self._stopping.wait((time.perf_counter() - began) * BUSY_REST)


def _position(session: Session, name: str) -> int:
    row = session.row(_POSITION, {"name": name})
    return row[0] if row else 0


def _move(session: Session, name: str, before: int, position: int) -> None:
    if before:
        session.write(_MOVE, [{"of": name, "position": position}])
    elif position:
        session.write(_START, [{"name": name, "position": position}])


def _park(position: int, row: UnreadableRow) -> dict[str, Any]:
    return {
        "position": position,
        "originator_id": row.originator_id,
        "name": row.name,
        "reason": row.reason,
    }


def _count_parked(session: Session) -> int:
    row = session.row(_COUNT_PARKED)
    return row[0] if row else 0
