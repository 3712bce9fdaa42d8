"""A fresh fold of a store's log, in tables of its own beside those of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from api.models import SERVERS, Model
from commands.store.database import Database
from commands.store.log import EventLog, RecordMapper
from commands.store.recorder import LogRecorder, last_position
from commands.store.session import STORE, StoreSession
from projections.comparison import Drift, compare_rows, digest_rows
from projections.following import NAME, Follower
from projections.rebuild import Rebuilder
from projections.recall import Recall
from projections.tables import followers

CHUNK_RECORDS: Final = 5_000
_followers: Final = followers.to_metadata(sa.MetaData(), schema=STORE)
_FOLLOWED: Final = sa.select(_followers.c.position).where(_followers.c.name == NAME)
"""As far as the store's has come."""

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Begins a part of the work, by its name and size; what it gives is told of more that is done."""


class OneSession:
    """A session as the database of a follower: what it reads and writes is one transaction."""

    Error: tuple[type[Exception], ...] = ()

    def __init__(self, session: StoreSession) -> None:
        self._session = session

    @contextmanager
    def reading(self) -> Iterator[StoreSession]:
        """The session."""
        yield self._session

    writing = reading


class FreshFold:
    """The rows of `models`, derived from the log of one snapshot, which ends at position `end`."""

    def __init__(self, database: Database, session: StoreSession, models: Sequence[Model]) -> None:
        self.session = session
        self.models = models
        self.end = last_position(session)
        self._log = EventLog(LogRecorder(database), RecordMapper())

    def derive(self, progress: Progress) -> None:
        """Derive the rows. Raises `UnreadableRecord`, and for a log that is not sound others."""
        writers = [writer for model in self.models for writer in model.writers]
        with progress("read models", self.end) as advance:
            Rebuilder(self._log, SERVERS, writers).rebuild(self.session, advance)
        derivations = [each for model in self.models for each in model.derivations]
        if derivations:
            row = self.session.row(_FOLLOWED)
            up_to = row[0] if row else 0
            if not isinstance(up_to, int):
                up_to = self.end  # so that nothing is told but this row
            with progress("trail", up_to) as advance:
                follow(self._log, self.session, derivations, up_to, advance)

    def follow_on(self, progress: Progress) -> None:
        """Derive those that follow the log up to its end, further than the store's may be."""
        derivations = [each for model in self.models for each in model.derivations]
        with progress("trail", 0) as advance:
            follow(self._log, self.session, derivations, self.end, advance)

    def compare(self, models: Sequence[Model]) -> Iterator[Drift]:
        """How the store's rows differ from those derived here."""
        for model in models:
            for table in model.tables:
                yield from compare_rows(self.session, table, STORE)

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each table's rows, by its name."""
        return {
            str(table.name): digest_rows(self.session, table)
            for model in self.models
            for table in model.tables
        }


def follow(
    log: EventLog,
    session: StoreSession,
    derivations: Sequence[Any],
    up_to: int,
    advance: Callable[[int], None] = lambda records: None,
) -> None:
    """Derive the rows that follow the log up to a position, within the session's transaction."""
    recall = Recall(log, SERVERS)
    follower = Follower(OneSession(session), log, recall, derivations)
    while (left := up_to - follower.position) > 0:
        followed = follower.step(min(CHUNK_RECORDS, left))
        if not followed:
            return  # the log ends before
        advance(followed)


@contextmanager
def folding(database: Database, models: Sequence[Model], path: Path) -> Iterator[FreshFold]:
    """A fold in a new file at `path`, which is left there."""
    metadata = sa.MetaData()
    for model in models:
        for table in model.tables:
            table.to_metadata(metadata)
    with database.scratch((metadata,), path) as session:
        yield FreshFold(database, session, models)
