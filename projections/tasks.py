"""Tasks: what became of an action. A task is its record, and outlives its server."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from domain.ports import Batch, Scope, Session
from projections.batches import bind
from projections.tables import tasks

_INSERT: Final = tasks.insert()
_CLEAR: Final = tasks.delete()
_GET: Final = sa.select(tasks.c.organization, tasks.c.position).where(tasks.c.id == bind("task_id"))


class TaskRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`)."""

    def write(self, session: Session, batch: Batch) -> None:
        """Add a row for each action that was accepted, with or without effect."""
        rows = []
        for entry in batch.entries:
            asked = entry.record.metadata
            if asked.action is not None and asked.outcome in ("accepted", "no_effect"):
                rows.append(
                    {
                        "id": entry.record.id,
                        "organization": asked.organization,
                        "position": entry.position,
                    }
                )
        session.write(_INSERT, rows)

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])


def find_task(session: Session, task_id: str, scope: Scope) -> int | None:
    """The position of the task's record, as far as `scope` sees it."""
    row = session.row(_GET, {"task_id": task_id})
    if row is None or (scope is not None and row[0] not in scope):
        return None
    return int(row[1])
