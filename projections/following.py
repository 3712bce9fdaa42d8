"""Following the log: rows that are derived in batches, behind the writes and off their path.

A follower reads what was committed since, derives rows from it and commits them together with how
far it has come. Where the process has no time to spare it rests between small steps, so that it
costs the writes little; nobody waits for it but who asks for what it writes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import sqlalchemy as sa

from domain.ports import Database, Log, Session
from domain.records import Record, UnreadableRow
from domain.registry import REGISTRY, UnreadableRecord
from domain.server import Server
from projections.batches import bind
from projections.derivation import Derivation, Told
from projections.parked import list_parked
from projections.recall import Recall
from projections.tables import followers, parked

STEP_RECORDS: Final = 1_000
BUSY_STEP_RECORDS: Final = 50
BUSY_SHARE: Final = 0.6
"""How much of a core the process takes, the follower's own steps aside, when it counts as busy."""
BUSY_REST: Final = 100
"""How many times as long as a step a follower rests where the process is busy."""
BREATH_RECORDS: Final = 16
"""After so many records its thread lets others have their turn, whom it would hold up for 5 ms."""
GATHER_S: Final = 0.05
"""How long records gather before they are followed, unless somebody waits for it."""
NOTICE_S: Final = 0.2
"""How long it may take to notice what another process wrote."""
RETRY_S: Final = 1.0

NAME: Final = "trail"
_POSITION: Final = sa.select(followers.c.position).where(followers.c.name == bind("name"))
_START: Final = followers.insert()
_MOVE: Final = (
    followers.update()
    .where(followers.c.name == bind("of"))
    .values(position=bind("position", sa.BigInteger))
)
_FORGET: Final = followers.delete().where(followers.c.name == bind("of"))
_PARK: Final = parked.insert()
_UNPARK: Final = parked.delete()
_COUNT_PARKED: Final = sa.select(sa.func.count()).select_from(parked)


class Follower:
    """Derives rows, on a thread of its own once started."""

    def __init__(
        self,
        database: Database,
        log: Log,
        recall: Recall,
        derivations: Sequence[Derivation],
        moved: Callable[[], None] = lambda: None,
        alarm: Callable[[int, str], None] = lambda position, reason: None,
        failed: Callable[[Exception], None] = lambda error: None,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """Derive with `derivations` what follows `log`.

        `moved` is told of steps; `alarm` of records that cannot be read, with why; `failed` of what
        went wrong. Of several processes that follow one log, the one that `leads` does the work
        unless somebody waits here; the others look how far it has come.
        """
        self._database = database
        self._log = log
        self._recall = recall
        self._derivations = derivations
        self._moved = moved
        self._alarm = alarm
        self._failed = failed
        self._leads = leads
        self._noticed = threading.Event()
        self._hurried = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.failing = False
        """Whether the last step failed: what it derives stands still then."""
        with database.reading() as session:
            self.position = followed_position(session)
            self.parked = _count_parked(session)

    def start(self) -> None:
        """Look again at what could not be read, then start the thread.

        Before anybody is answered, who would else be told of what is about to be derived anew.
        """
        try:
            self._retry_parked()
        except self._database.Error as error:
            self._failed(error)
        self._thread = threading.Thread(target=self._work, name="follower")
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

    def step(self, limit: int = STEP_RECORDS) -> int:
        """Follow the next records, `limit` at the most; how many there were.

        One thread at a time: the follower's own, once started.
        """
        with self._database.reading() as session:
            told, unread, last = self._read(session, limit)
            if last == self.position:
                return 0
            statements = [
                statement
                for derivation in self._derivations
                for statement in derivation.derive(session, told)
            ]
        with self._database.writing() as session:
            found = followed_position(session)
            if found == self.position:
                for statement, rows in statements:
                    session.write(statement, rows)
                session.write(_PARK, [_park(at, row) for at, row in unread])
                _move(session, found, last)
                found = last
            # Else another process followed in the meantime: go on from where it came to.
            count = _count_parked(session) if unread else self.parked
        followed, self.position, self.parked = found - self.position, found, count
        for at, row in unread:
            self._alarm(at, row.reason)
        self._moved()
        return followed

    def restart(self, session: Session) -> None:
        """Remove the rows, in the caller's transaction, to follow from the first record again."""
        for derivation in self._derivations:
            for statement, rows in derivation.clear():
                session.write(statement, rows)
        session.write(_UNPARK, [{}])
        session.write(_FORGET, [{"of": NAME}])
        self.position = self.parked = 0

    def _read(
        self, session: Session, limit: int
    ) -> tuple[list[Told], list[tuple[int, UnreadableRow]], int]:
        """The next records, those that cannot be read or told apart, and the last position."""
        told: list[Told] = []
        unread: list[tuple[int, UnreadableRow]] = []
        states: dict[str, Server] = {}
        last = self.position
        for last, scanned in self._log.scan(session, self.position + 1, limit):
            row = scanned
            if not isinstance(row, UnreadableRow):
                try:
                    about = self._recall.about(session, last, row, states)
                    told.append(Told(last, row, about))
                except (UnreadableRecord, TypeError) as error:
                    # What it builds on cannot be read, or does not fit it.
                    row = _unreadable(row, error)
            if isinstance(row, UnreadableRow):
                unread.append((last, row))
                states.pop(row.originator_id, None)
                with suppress(UnreadableRecord):
                    about = self._recall.about_unreadable(session, last, row)
                    told.append(Told(last, None, about))
            if self._thread is not None and not last % BREATH_RECORDS:
                time.sleep(0)
        return told, unread, last

    def _retry_parked(self) -> None:
        """Begin anew where a record can be read again, by a newer release or a mended store."""
        with self._database.reading() as session:
            positions = list_parked(session, 0, self.position)
            found = [next(self._log.scan(session, at, 1))[1] for at in positions]
        if any(not isinstance(row, UnreadableRow) for row in found):
            with self._database.writing() as session:
                self.restart(session)

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._noticed.wait(NOTICE_S)
            self._noticed.clear()
            if not self._hurried.is_set():
                self._hurried.wait(GATHER_S)
            hurried = self._hurried.is_set()
            self._hurried.clear()
            try:
                if hurried or self._leads():
                    self._follow()
                else:
                    self._look()
                self.failing = False
            except Exception as error:  # noqa: BLE001  # whatever it is: said, and tried again
                self.failing = True
                self._failed(error)
                self._stopping.wait(RETRY_S)

    def _look(self) -> None:
        """See how far the process that leads has come."""
        with self._database.reading() as session:
            found, parked = followed_position(session), _count_parked(session)
        if found != self.position:
            self.position, self.parked = found, parked
            self._moved()

    def _follow(self) -> None:
        busy = False
        while not self._stopping.is_set():
            self._hurried.clear()
            began = time.monotonic()
            if not self.step(BUSY_STEP_RECORDS if busy else STEP_RECORDS):
                return
            took = time.monotonic() - began
            busy = self._rest(took * BUSY_REST if busy else took)

    def _rest(self, seconds: float) -> bool:
        """Rest, unless somebody waits; whether the process was busy meanwhile."""
        began, spent = time.monotonic(), time.process_time()
        if self._hurried.wait(max(seconds, 0.001)):
            return False
        return time.process_time() - spent > BUSY_SHARE * (time.monotonic() - began)


def _unreadable(record: Record, error: Exception) -> UnreadableRow:
    name = REGISTRY.name_of(record.event)
    return UnreadableRow(record.originator_id, record.originator_version, name, str(error))


def followed_position(session: Session) -> int:
    """How far the log is followed."""
    row = session.row(_POSITION, {"name": NAME})
    return row[0] if row else 0


def _move(session: Session, before: int, position: int) -> None:
    if before:
        session.write(_MOVE, [{"of": NAME, "position": position}])
    else:
        session.write(_START, [{"name": NAME, "position": position}])


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
