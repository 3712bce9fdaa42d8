"""What a batch of entries did to each server: its entries by themselves, and where it stands."""

from __future__ import annotations

from typing import Any, Final, TypeGuard

import sqlalchemy as sa

from domain.ports import Entry, Session
from domain.server import Server
from projections.tables import servers

events: Final = sa.table(
    "events",
    sa.column("position", sa.Integer),
    sa.column("originator_id", sa.Text),
    sa.column("originator_version", sa.Integer),
    sa.column("name", sa.Text),
)
"""The log, as far as rows are found by it: which version of what stands where."""


def bind(name: str, type_: Any = sa.Text) -> sa.BindParameter[Any]:
    """A required parameter."""
    return sa.bindparam(name, type_=type_)


def holds(text: sa.ColumnElement[Any], part: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """That a text has exactly `part` in it, as all databases say it alike."""
    return sa.func.replace(text, part, sa.text("''")) != text


_POSITION: Final = sa.select(servers.c.position).where(servers.c.id == bind("server_id"))
_CREATED: Final = sa.select(events.c.position).where(
    events.c.originator_id == bind("server_id"), events.c.originator_version == sa.text("1")
)


def lives(server: Server | None) -> TypeGuard[Server]:
    """Whether there is a server: created, and not deleted since."""
    return server is not None and not server.deleted


def position_of(session: Session, began: Entry) -> int:
    """Where the server of a batch's first entry was created: here, or as its rows say."""
    if began.before is None:
        return began.position
    return created_at(session, began.before.id, _CREATED if began.before.deleted else _POSITION)


def created_at(session: Session, server_id: str, statement: Any = _CREATED) -> int:
    """Where a server was created, as the log says."""
    row = session.row(statement, {"server_id": server_id})
    assert row is not None, "a server that has a state was created"
    return int(row[0])
