"""Which servers there were when: their lives, and the names and tags that they bore.

A life that ended is of a class by its length: of all in class k, those under way at a position were
born in the last 4^(k+1) positions before it. So whoever asks who lived then looks at few more than
did, however many lived before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from domain.ports import Session
from domain.server import Server
from projections.batches import bind, created_at, lives
from projections.derivation import Statement, Told
from projections.tables import OPEN, past_counts, server_labels, server_lives

BROUGHT_BACK: Final = 62
"""The class of lives that began by bringing a server back, not by its creation."""
UNDER_WAY: Final = 63
"""The class of first lives that have not ended."""

_OPEN: Final[sa.ColumnElement[int]] = sa.literal_column(str(OPEN))
_BEGIN: Final = server_lives.insert()
_END: Final = (
    server_lives.update()
    .where(
        server_lives.c.position == bind("of", sa.BigInteger),
        server_lives.c.born == bind("since", sa.BigInteger),
    )
    .values(until=bind("until", sa.BigInteger), life=bind("life", sa.BigInteger))
)
_BORN: Final = sa.select(server_lives.c.born).where(
    server_lives.c.position == bind("of", sa.BigInteger), server_lives.c.until == _OPEN
)
_LABEL: Final = server_labels.insert()
_CLOSE: Final = (
    server_labels.update()
    .where(
        server_labels.c.kind == bind("of_kind"),
        server_labels.c.value == bind("borne"),
        server_labels.c.until == _OPEN,
        server_labels.c.position == bind("of", sa.BigInteger),
    )
    .values(until=bind("until", sa.BigInteger))
)
_CLEAR: Final = (server_lives.delete(), server_labels.delete(), past_counts.delete())
_COUNT: Final = past_counts.insert()
COUNTED: Final = (
    sa.select(past_counts.c.servers)
    .where(
        past_counts.c.organization == bind("of"),
        past_counts.c.position <= bind("at", sa.BigInteger),
    )
    .order_by(past_counts.c.position.desc())
    .limit(1)
)
ALL: Final = ""
"""What all organizations are counted under: no organization is without a name."""

Label = tuple[str, str]
"""Its kind, `name` or `tag`, and its value."""


class Lives:
    """Derives the rows (a `projections.derivation.Derivation`)."""

    def derive(self, session: Session, told: Sequence[Told]) -> Sequence[Statement]:
        """What to write for the next records: rows open, and close as what they tell of ends."""
        batch = _Batch(session)
        for position, _, about in told:
            if about.after is not None and _matters(about.before, about.after):
                batch.add(position, about.before, about.after)
        return batch.statements()

    def clear(self) -> Sequence[Statement]:
        """What to write to derive them anew."""
        return [(statement, [{}]) for statement in _CLEAR]


class _Batch:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._positions: dict[str, int] = {}
        self._born: dict[int, dict[str, Any]] = {}
        self._lives: list[dict[str, Any]] = []
        self._ended: list[dict[str, Any]] = []
        self._open: dict[tuple[Label, int], dict[str, Any]] = {}
        self._labels: list[dict[str, Any]] = []
        self._closed: list[dict[str, Any]] = []
        self._counts: dict[str, int] = {}
        self._counted: list[dict[str, Any]] = []

    def add(self, at: int, before: Server | None, server: Server) -> None:
        position = self._position(at, before, server)
        change = lives(server) - lives(before)
        if change > 0:
            self._begin(at, server, position)
        elif change < 0:
            self._end(at, position)
        for organization in (server.organization, ALL) if change else ():
            self._count(organization, at, change)
        had, has = _labels(before), _labels(server)
        for kind, value in had - has:
            opened = self._open.pop(((kind, value), position), None)
            if opened is not None:
                self._labels.append(opened | {"until": at})
            else:
                label = {"of_kind": kind, "borne": value, "of": position}
                self._closed.append(label | {"until": at})
        for kind, value in has - had:
            label = {"kind": kind, "value": value, "position": position}
            self._open[(kind, value), position] = label | {"until": OPEN, "since": at}

    def statements(self) -> list[Statement]:
        return [
            (_END, self._ended),
            (_BEGIN, self._lives),
            (_CLOSE, self._closed),
            (_LABEL, [*self._labels, *self._open.values()]),
            (_COUNT, self._counted),
        ]

    def _position(self, at: int, before: Server | None, server: Server) -> int:
        if before is None:
            self._positions[server.id] = at
        elif server.id not in self._positions:
            self._positions[server.id] = created_at(self._session, server.id)
        return self._positions[server.id]

    def _count(self, organization: str, position: int, change: int) -> None:
        before = self._counts.get(organization)
        if before is None:
            row = self._session.row(COUNTED, {"of": organization, "at": position})
            before = row[0] if row else 0
        after = self._counts[organization] = before + change
        counted = {"organization": organization, "position": position, "servers": after}
        self._counted.append(counted)

    def _begin(self, at: int, server: Server, position: int) -> None:
        life = {
            "position": position,
            "born": at,
            "until": OPEN,
            "life": UNDER_WAY if position == at else BROUGHT_BACK,
            "id": server.id,
            "organization": server.organization,
            "reservation_id": server.reservation_id,
        }
        self._born[position] = life
        self._lives.append(life)

    def _end(self, until: int, position: int) -> None:
        here = self._born.pop(position, None)
        if here is not None:
            here |= {"until": until, "life": _class_of(position, here["born"], until)}
            return
        row = self._session.row(_BORN, {"of": position})
        if row is None:
            return  # It began with a record, and a state, that cannot be read.
        ended = {"of": position, "since": row[0], "until": until}
        self._ended.append(ended | {"life": _class_of(position, row[0], until)})


def class_of(length: int) -> int:
    """The class of a life of so many positions, one at least."""
    return (length.bit_length() - 1) // 2


def longest(life: int) -> int:
    """How many positions no life of a class has."""
    return int(4 ** (life + 1))


def _class_of(position: int, born: int, until: int) -> int:
    return class_of(until - born) if position == born else BROUGHT_BACK


def _labels(server: Server | None) -> frozenset[Label]:
    if server is None or not lives(server):
        return frozenset()
    tags = (("tag", tag) for tag in server.configuration.tags)
    return frozenset((("name", server.name), *tags))


def _matters(before: Server | None, after: Server) -> bool:
    if before is None or before.deleted or after.deleted:
        return before is not after
    had, has = before.configuration, after.configuration
    return had.name != has.name or had.tags != has.tags
