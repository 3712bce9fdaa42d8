"""An open store: the part of the composition that commands beside a service need too."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog
import uuid_utils

from api.http.metrics import Metrics
from api.models import DERIVATIONS, ROW_WRITERS, SERVERS
from commands.handler import utc_now
from commands.store import tables as command_tables
from commands.store.connections import words_of
from commands.store.database import Database
from commands.store.files import DatabaseUnusable
from commands.store.log import EventLog, RecordMapper
from commands.store.recorder import LogRecorder, last_position
from commands.store.side_rows import ensure_salt
from commands.store.states import StateCache
from commands.unit import Resources
from commands.writer import Writer
from domain.registry import UnreadableRecord
from projections import tables as projection_tables
from projections.following import Follower
from projections.rebuild import Rebuilder
from projections.recall import Recall
from projections.storage import StoredStorage

DERIVED: Final = (projection_tables.metadata,)
SCHEMA: Final = (command_tables.metadata, *DERIVED)

logger = structlog.get_logger()


def new_id() -> str:
    """A UUIDv7: made in order, so that indexes grow at their end."""
    return str(uuid_utils.uuid7())


class Store:
    """An open database with its log, rows and writer: what commands beside a service need too."""

    def __init__(
        self,
        url: str,
        now: Callable[[], dt.datetime] = utc_now,
        new_id: Callable[[], str] = new_id,
        metrics: Metrics | None = None,
        queue_max: int = 10_000,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        """Open it. `moved` is told when the log was followed. Raises `DatabaseUnusable`."""
        self.database = Database(url, SCHEMA, DERIVED)
        self.watch = self.database.watch()
        self._learning = threading.Lock()
        self.recorder = LogRecorder(self.database)
        self.log = EventLog(self.recorder, RecordMapper())
        self.servers = SERVERS
        self.row_writers = ROW_WRITERS
        self.rebuilder = Rebuilder(self.log, self.servers, self.row_writers)
        self.recall = Recall(self.log, self.servers)
        with _opening(self.database):
            if self.database.outdated:
                self._derive()
            with self.database.writing() as session:
                salt = ensure_salt(session)
                self.position = last_position(session)
            self.follower = Follower(
                self.database,
                self.log,
                self.recall,
                DERIVATIONS,
                moved,
                _parked,
                _following_failed,
                lambda: self.watch.leads,
            )
        resources = Resources(
            log=self.log,
            servers=self.servers,
            storage=StoredStorage(),
            row_writers=self.row_writers,
            cache=StateCache(),
            now=now,
            new_id=new_id,
            salt=salt,
        )
        gauge = metrics.committed if metrics else lambda jobs, seconds: None
        self.writer = Writer(
            self.database, resources, self.noticed, gauge, _commit_failed, queue_max
        )

    def _derive(self) -> None:
        """Derive every row from the log, for a database that an older version left."""
        try:
            with self.database.deriving() as session:
                if session is not None:
                    self.rebuilder.rebuild(session)
        except (UnreadableRecord, TypeError) as error:
            raise DatabaseUnusable(f"its rows cannot be derived anew: {error}") from error

    def learned(self, position: int) -> None:
        """The log has come to a position, at least. From any thread."""
        with self._learning:
            self.position = max(self.position, position)

    def noticed(self, position: int) -> None:
        """Something was committed, up to a position, by whatever process."""
        self.learned(position)
        self.recorder.notify()
        self.follower.notice()

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


@contextmanager
def _opening(database: Database) -> Iterator[None]:
    """Close the database where it turns out to be unusable. Raises `DatabaseUnusable`."""
    try:
        yield
    except DatabaseUnusable:
        database.close()
        raise
    except database.Error as error:
        database.close()
        raise DatabaseUnusable(f"cannot open {database.url}: {words_of(error)}") from error


def _parked(position: int, reason: str) -> None:
    logger.error("record.parked", position=position, reason=reason)


def _following_failed(error: Exception) -> None:
    logger.error("store.following_failed", reason=str(error), kind=type(error).__name__)


def _commit_failed(error: Exception) -> None:
    logger.error("store.commit_failed", reason=str(error))
