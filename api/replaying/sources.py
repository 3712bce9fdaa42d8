"""Histories as jobs, and their records for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from api.replaying.jobs import Job, Stored
from commands.histories import Histories, StoredRow
from commands.store.history import History
from domain.registry import REGISTRY, UnreadableRecord
from projections.document import timestamp


def jobs(histories: Histories) -> Iterator[Job]:
    """Each history of a log as a job."""
    for subject, rows in histories:
        yield job(subject, rows)


def job(subject: str, rows: Iterable[StoredRow]) -> Job:
    """One history as a job."""
    return Job(subject, [Stored(*row) for row in rows])


def told_record(history: History, stored: Stored) -> dict[str, Any]:
    """Who did what and when, as far as this release can read it."""
    told: dict[str, Any] = {"position": stored.position, "type": stored.name}
    try:
        record = REGISTRY.decode(
            stored.originator_id, stored.originator_version, stored.name, stored.state
        )
    except UnreadableRecord as error:
        return told | {"unreadable": str(error)}
    actor = record.metadata.principal_id
    return told | {
        "time": timestamp(record.event.at),
        "actor": actor and {"id": actor, "name": history.principal_name(actor)},
        "command": record.metadata.command,
    }
