"""The background check: a little of the log at a time, and what is kept of it, round and round."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from api.models import SERVERS
from commands.store.database import Database
from commands.store.log import EventLog
from commands.store.session import StoreSession
from commands.store.soundness import Finding, check_records, check_side_rows
from domain.records import Record, UnreadableRow
from projections.recall import Recall
from projections.soundness import check_kept

STEP_RECORDS: Final = 50
REST: Final = 100
"""How many times as long as a step the check rests: it takes one core's hundredth at the most."""
STALE_S: Final = 300.0
FINDINGS_MAX: Final = 1_000

State = Literal["sound", "unsound", "unchecked"]


class Checked(NamedTuple):
    """How the check stands."""

    state: State
    """`sound` where a whole round found nothing; what was not looked at lately is `unchecked`."""
    current: bool
    """Whether a whole round was ended and there was a step lately."""
    position: int
    """Where it has come to in this round."""
    rounds: int
    """How often it has come to the log's end."""
    unsound: int
    """How many records, or the states kept after them, are not as they should be."""


class Sampler:
    """Checks, on a thread of its own once started."""

    def __init__(
        self,
        database: Database,
        log: EventLog,
        rest_s: float,
        found: Callable[[Finding], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Check `log` with `rest_s` seconds between steps, at least; 0 for not at all."""
        self._database = database
        self._log = log
        self._recall = Recall(log, SERVERS)
        self._rest_s = rest_s
        self._found = found
        self._failed = failed
        self._findings: dict[str, Finding] = {}
        self._position = self._rounds = 0
        self._looked = -STALE_S
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def checked(self) -> Checked:
        """How the check stands."""
        stale = time.monotonic() - self._looked > max(STALE_S, 2 * self._rest_s)
        current = bool(self._rounds) and not stale
        unknown: State = "sound" if current else "unchecked"
        state: State = "unsound" if self._findings else unknown
        return Checked(state, current, self._position, self._rounds, len(self._findings))

    def start(self) -> None:
        """Start the thread."""
        if self._rest_s:
            self._thread = threading.Thread(target=self._work, name="sampler")
            self._thread.start()

    def stop(self) -> None:
        """End the thread after its step."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def step(self, limit: int = STEP_RECORDS) -> None:
        """Check the next records, and the states kept after them; at the end, begin anew."""
        start = self._position + 1
        with self._database.reading() as session:
            found, last = check_records(session, start, limit)
            scanned = list(self._log.scan(session, start, limit))
            for position, record in scanned:
                # What cannot be read is found already.
                if not isinstance(record, UnreadableRow):
                    found += self._check(session, position, record)
            ended = len(scanned) < limit
            side = list(check_side_rows(session)) if ended else None
        self._looked = time.monotonic()
        first = start if start > 1 else -sys.maxsize
        self._take(found, side, range(first, sys.maxsize if ended else last + 1))
        self._position = 0 if ended else last
        self._rounds += ended

    def _check(self, session: StoreSession, position: int, record: Record) -> Iterator[Finding]:
        before = record.originator_version - 1
        if before and self._log.position_of(session, record.originator_id, before) is None:
            yield Finding(f"position {position}", "its stream lacks the record before it", position)
        why = check_kept(session, self._recall, SERVERS, position, record)
        if why is not None:
            yield Finding(f"position {position}", why, position)

    def _take(self, found: list[Finding], side: list[Finding] | None, looked_at: range) -> None:
        """Take over what was found, in place of what was found there before."""
        known = self._findings
        kept = [
            finding
            for finding in known.values()
            if (side is None if finding.position is None else finding.position not in looked_at)
        ]
        everything = [*kept, *found, *(side or ())][:FINDINGS_MAX]
        self._findings = {finding.where: finding for finding in everything}
        for where, finding in self._findings.items():
            if known.get(where) != finding:
                self._found(finding)

    def _work(self) -> None:
        rest_s = self._rest_s
        while not self._stopping.wait(rest_s):
            began = time.monotonic()
            try:
                self.step()
            except Exception as error:  # noqa: BLE001  # whatever it is: said, and gone on
                self._failed(error)
            rest_s = max(self._rest_s, REST * (time.monotonic() - began))
