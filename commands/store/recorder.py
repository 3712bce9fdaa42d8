"""The log's recorders: the `eventsourcing` library's interfaces on SQLAlchemy Core.

Positions are assigned explicitly under the write lock, so they are gapless and become visible in
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID
from weakref import WeakSet

import sqlalchemy as sa
from eventsourcing import persistence
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    ListenNotifySubscription,
    Notification,
    StoredEvent,
)

from commands.store.database import Database
from commands.store.digests import record_digest
from commands.store.session import StoreSession
from commands.store.tables import events

NOTICE_MAX_S: Final = 0.2
"""How long a subscription may take to notice what another process wrote."""

INSERT: Final = events.insert()
_LAST: Final = sa.select(sa.func.max(events.c.position))


class EventRecorder(AggregateRecorder):
    """Inserts and selects the events of single streams. Stream ids are text."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Insert all or none. Raises the library's `IntegrityError` where a version is taken."""
        self._insert(stored_events)
        return None

    def _insert(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        try:
            with self._database.writing() as session:
                positions = self.append(session, stored_events)
        except self._database.IntegrityError as error:
            raise persistence.IntegrityError(str(error)) from error
        except self._database.Error as error:
            raise persistence.OperationalError(str(error)) from error
        return positions

    def append(self, session: StoreSession, stored_events: Sequence[StoredEvent]) -> list[int]:
        """Insert within the caller's write transaction; the positions, in order.

        Raises the driver's own errors.
        """
        first = last_position(session) + 1
        session.write(
            INSERT,
            [
                row_of(
                    position,
                    str(event.originator_id),
                    event.originator_version,
                    event.topic,
                    event.state,
                )
                for position, event in enumerate(stored_events, first)
            ],
        )
        return list(range(first, first + len(stored_events)))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """One stream's events, by version."""
        with self._database.reading() as session:
            return select_stream(session, str(originator_id), gt, lte, desc, limit)


class LogRecorder(EventRecorder, ApplicationRecorder):
    """Inserts and selects the events of the whole log, by position."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._subscriptions: WeakSet[LogSubscription] = WeakSet()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Insert all or none; their positions."""
        positions = self._insert(stored_events)
        self.notify()
        return positions

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """At most `limit` events by position, from `start` to `stop`; of these names, if any."""
        first = 1 if start is None else start if inclusive_of_start else start + 1
        statement = (
            sa.select(
                events.c.position,
                events.c.originator_id,
                events.c.originator_version,
                events.c.name,
                events.c.state,
            )
            .where(events.c.position >= first)
            .order_by(events.c.position)
            .limit(limit)
        )
        if stop is not None:
            statement = statement.where(events.c.position <= stop)
        if topics:
            statement = statement.where(events.c.name.in_(topics))
        with self._database.reading() as session:
            return [
                Notification(originator_id, version, name, state, position)
                for position, originator_id, version, name, state in session.connection.execute(
                    statement
                )
            ]

    def max_notification_id(self) -> int | None:
        """The position of the last event; None while there is none."""
        with self._database.reading() as session:
            return last_position(session) or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogSubscription:
        """An iterator over the events after position `gt`, those to come included."""
        subscription = LogSubscription(self, gt, topics)
        self._subscriptions.add(subscription)
        return subscription

    def notify(self) -> None:
        """Wake the subscriptions: something was committed."""
        for subscription in tuple(self._subscriptions):
            subscription.wake()


class LogSubscription(ListenNotifySubscription[LogRecorder]):
    """Woken by this process's commits; looks for those of others every `NOTICE_MAX_S`."""

    def wake(self) -> None:
        """Look now."""
        self._has_been_notified.set()

    def _loop_on_pull(self) -> None:
        try:
            while not self._has_been_stopped:
                self._pull()
                self._has_been_notified.wait(NOTICE_MAX_S)
        except Exception as error:  # noqa: BLE001  # raised again where the iteration waits
            self._thread_error = self._thread_error or error
            self.stop()


def row_of(
    position: int, originator_id: str, originator_version: int, name: str, state: bytes
) -> dict[str, Any]:
    """A row of the log, with its digest."""
    return {
        "position": position,
        "originator_id": originator_id,
        "originator_version": originator_version,
        "name": name,
        "state": state,
        "sha256": record_digest(position, originator_id, originator_version, name, state),
    }


def last_position(session: StoreSession) -> int:
    """The position of the last event; 0 for an empty log."""
    row = session.row(_LAST)
    return (row[0] if row else None) or 0


_STREAM: Final = {
    desc: sa.select(
        events.c.originator_version,
        events.c.name,
        events.c.state,
    )
    .where(
        events.c.originator_id == sa.bindparam("originator_id", type_=sa.Text),
        events.c.originator_version > sa.bindparam("gt", type_=sa.BigInteger),
        events.c.originator_version <= sa.bindparam("lte", type_=sa.BigInteger),
    )
    .order_by(order)
    .limit(sa.bindparam("limit", type_=sa.BigInteger))
    for desc, order in (
        (False, events.c.originator_version.asc()),
        (True, events.c.originator_version.desc()),
    )
}
_UNBOUNDED: Final = 2**31 - 1


def select_stream(
    session: StoreSession,
    originator_id: str,
    gt: int | None = None,
    lte: int | None = None,
    desc: bool = False,
    limit: int | None = None,
) -> list[StoredEvent]:
    """One stream's events within a session, by version."""
    found = session.rows(
        _STREAM[desc],
        {
            "originator_id": originator_id,
            "gt": -1 if gt is None else gt,
            "lte": _UNBOUNDED if lte is None else lte,
            "limit": _UNBOUNDED if limit is None else limit,
        },
    )
    return [StoredEvent(originator_id, version, name, state) for version, name, state in found]
