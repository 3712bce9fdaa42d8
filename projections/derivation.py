"""Rows that follow the log: what is told of a record, and what is written for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from domain.ports import Session
from domain.records import Record
from projections.recall import About

Statement = tuple[Any, Sequence[dict[str, Any]]]


class Told(NamedTuple):
    """A record at its position, and the server that it was about.

    Of a record that cannot be read, what it did to its server is told all the same.
    """

    position: int
    record: Record | None
    about: About


class Derivation(Protocol):
    """Rows that follow the log."""

    def derive(self, session: Session, told: Sequence[Told]) -> Sequence[Statement]:
        """What to write for the next records."""

    def clear(self) -> Sequence[Statement]:
        """What to write to derive them anew."""
