"""The list of servers as of now and as of a position: the same questions, asked of either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from domain.ports import Session
from projections.past_queries import count_past, list_past
from projections.server_filters import Filter
from projections.server_queries import CHUNK_ROWS, Found, count_servers, list_after, list_page


class View(Protocol):
    """The servers as of some position, in order of creation."""

    def after(self, session: Session, filter_: Filter, after: int, limit: int) -> list[Found]:
        """At most `limit` of them past one."""

    def page(self, session: Session, filter_: Filter, offset: int, limit: int) -> list[Found]:
        """At most `limit` of them from the `offset`-th on."""

    def count(self, session: Session, filter_: Filter) -> int:
        """How many there are."""


class Present:
    """The servers that live (a `View`)."""

    def after(self, session: Session, filter_: Filter, after: int, limit: int) -> list[Found]:
        """At most `limit` of them past one."""
        return list_after(session, filter_, after, limit)

    def page(self, session: Session, filter_: Filter, offset: int, limit: int) -> list[Found]:
        """At most `limit` of them from the `offset`-th on."""
        return list_page(session, filter_, offset, limit)

    def count(self, session: Session, filter_: Filter) -> int:
        """How many there are."""
        return count_servers(session, filter_)


@dataclass(frozen=True)
class ViewAsOf:
    """The servers as of a position (a `View`)."""

    position: int

    def after(self, session: Session, filter_: Filter, after: int, limit: int) -> list[Found]:
        """At most `limit` of them past one."""
        return list_past(session, filter_, self.position, after, limit)

    def page(self, session: Session, filter_: Filter, offset: int, limit: int) -> list[Found]:
        """At most `limit` of them from the `offset`-th on."""
        return list_past(session, filter_, self.position, 0, limit, offset)

    def count(self, session: Session, filter_: Filter) -> int:
        """How many there are."""
        return count_past(session, filter_, self.position)


def chunks(session: Session, view: View, filter_: Filter, after: int = 0) -> Iterator[list[Found]]:
    """Every server in order of creation, in chunks: memory stays flat however many there are."""
    while chunk := view.after(session, filter_, after, CHUNK_ROWS):
        yield chunk
        after, _ = chunk[-1]
