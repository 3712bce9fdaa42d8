"""The recorders against the `eventsourcing` library's own test cases."""

from __future__ import annotations

import tempfile
import threading
import uuid
from pathlib import Path

from eventsourcing.persistence import ApplicationRecorder, EventStore
from eventsourcing.tests import persistence as library

from commands.store.database import Database
from commands.store.log import RecordMapper
from commands.store.recorder import EventRecorder, LogRecorder
from commands.store.tables import metadata
from domain.events import StoreCreated
from domain.records import Metadata, Record
from tests.commands.stores import START
from tests.databases import database_url
from tests.program import BOUND_S


class OverDatabases(library.RecorderTestCase):
    """Gives each test a database in a folder of its own; stream ids are text."""

    __test__ = False

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        url = database_url(Path(folder.name))
        self.database = Database(url, (metadata,))
        self.addCleanup(self.database.close)
        self.addCleanup(_join, set(threading.enumerate()))

    def new_originator_id(self) -> str:
        return str(uuid.uuid4())


def _join(known: set[threading.Thread]) -> None:
    """Wait for the threads that a case has told to end, and left to it."""
    for thread in set(threading.enumerate()) - known:
        thread.join(BOUND_S)
        assert not thread.is_alive()


class TestEventRecorder(OverDatabases, library.AggregateRecorderTestCase):
    """Single streams."""

    __test__ = True

    def create_recorder(self) -> EventRecorder:
        return EventRecorder(self.database)


class TestLogRecorder(OverDatabases, library.ApplicationRecorderTestCase[ApplicationRecorder]):
    """The whole log."""

    __test__ = True

    def create_recorder(self) -> LogRecorder:
        return LogRecorder(self.database)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestPositions(OverDatabases, library.NonInterleavingNotificationIDsBaseCase):
    """One write's positions are never mixed with another's."""

    __test__ = True

    def create_recorder(self) -> LogRecorder:
        return LogRecorder(self.database)


def test_the_librarys_event_store_puts_and_gets_our_records(tmp_path: Path) -> None:
    database = Database(database_url(tmp_path), (metadata,))
    store = EventStore(RecordMapper(), LogRecorder(database))
    asked = Metadata(
        received_at=START,
        organization="",
        request_id="a-request",
        dialect="command_line",
        command="create_store",
        status=201,
    )
    records = [
        Record(f"record-{n}", "a-stream", n, StoreCreated(at=START, store_id=f"{n}"), asked)
        for n in (1, 2, 3)
    ]
    recorded = store.put(records)
    assert [tracked.notification.id for tracked in recorded] == [1, 2, 3]
    assert list(store.get("a-stream")) == records
    assert list(store.get("a-stream", gt=1, lte=2)) == [records[1]]
    assert list(store.get("a-stream", desc=True, limit=1)) == [records[2]]
    database.close()
