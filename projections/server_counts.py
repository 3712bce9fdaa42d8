"""How many live servers each organization has."""

from __future__ import annotations

from collections import Counter
from typing import Final

import sqlalchemy as sa

from domain.ports import Batch, Session
from projections.batches import bind, lives
from projections.tables import server_counts

_OF: Final = server_counts.c.organization == bind("of")
_ADD: Final = (
    server_counts.update()
    .where(_OF)
    .values(servers=server_counts.c.servers + bind("change", sa.BigInteger))
)
_DELETE: Final = server_counts.delete().where(_OF)
_INSERT: Final = server_counts.insert()
_CLEAR: Final = server_counts.delete()
_COUNT: Final = sa.select(server_counts.c.servers).where(_OF)


class CountRowsWriter:
    """Writes the rows (a `domain.ports.RowWriter`)."""

    def write(self, session: Session, batch: Batch) -> None:
        """Add what the entries created and take off what they deleted."""
        changes: Counter[str] = Counter()
        for group in batch.by_server:
            after = group[-1].after
            change = lives(after) - lives(group[0].before)
            if change and after is not None:
                changes[after.organization] += change
        for organization, change in changes.items():
            row = session.row(_COUNT, {"of": organization})
            if row is None:
                session.write(_INSERT, [{"organization": organization, "servers": change}])
            elif row[0] + change:
                session.write(_ADD, [{"of": organization, "change": change}])
            else:
                # No row at zero: one batch that creates and deletes leaves none either.
                session.write(_DELETE, [{"of": organization}])

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""
        session.write(_CLEAR, [{}])
