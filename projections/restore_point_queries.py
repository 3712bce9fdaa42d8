"""The questions asked of restore points: one by its id, many as what they are shown as."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from domain.ports import Scope, Session, ShownAs
from domain.values import canonical_id
from projections.batches import bind
from projections.restore_points import Found, RestorePoint, find_any
from projections.servers import in_scope, scope_parameters
from projections.tables import restore_points as rows

_decode: Final = msgspec.json.Decoder(RestorePoint).decode


class Wanted(NamedTuple):
    """Which restore points: those in `scope` that are shown so, with each given field equal."""

    scope: Scope
    shown_as: ShownAs
    name: str | None = None
    volume_id: str | None = None
    arch: str | None = None

    @property
    def equal(self) -> dict[str, str]:
        """The fields that are given."""
        named = {"name": self.name, "volume_id": self.volume_id, "arch": self.arch}
        return {column: value for column, value in named.items() if value is not None}

    @property
    def shape(self) -> tuple[int | None, ShownAs, tuple[str, ...]]:
        """What the statement depends on."""
        organizations = None if self.scope is None else len(self.scope)
        return organizations, self.shown_as, tuple(self.equal)

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the statement's parameters."""
        equal = {f"equal_{column}": value for column, value in self.equal.items()}
        if self.volume_id is not None:
            equal["canonical_volume_id"] = canonical_id(self.volume_id)
        return equal | scope_parameters(self.scope or ())


def find_restore_point(
    session: Session, backup_id: str, scope: Scope, shown_as: ShownAs | None = None
) -> RestorePoint | None:
    """The restore point of that id, as far as `scope` sees it, shown as that or as either."""
    found = find_any(session, backup_id)
    if found is None or (scope is not None and found[1].organization not in scope):
        return None
    if shown_as is not None and found[1].kind not in ("backup", shown_as):
        return None
    return found[1]


def list_restore_points(session: Session, wanted: Wanted, after: int, limit: int) -> list[Found]:
    """At most `limit` restore points past one, the oldest first."""
    if wanted.scope == ():
        return []
    parameters = wanted.parameters | {"after": after, "limit": limit}
    found = session.rows(_after(*wanted.shape), parameters)
    return [(position, _decode(document)) for position, document in found]


def page_restore_points(
    session: Session, wanted: Wanted, offset: int, limit: int
) -> list[RestorePoint]:
    """At most `limit` restore points from the `offset`-th on, the oldest first."""
    if wanted.scope == ():
        return []
    parameters = wanted.parameters | {"offset": offset, "limit": limit}
    return [_decode(document) for (document,) in session.rows(_page(*wanted.shape), parameters)]


def count_restore_points(session: Session, wanted: Wanted) -> int:
    """How many there are."""
    if wanted.scope == ():
        return 0
    row = session.row(_count(*wanted.shape), wanted.parameters)
    assert row is not None
    return int(row[0])


def _where(organizations: int | None, shown_as: ShownAs, equal: tuple[str, ...]) -> list[Any]:
    other = "image" if shown_as == "snapshot" else "snapshot"
    terms: list[Any] = [rows.c.kind != sa.text(f"'{other}'")]  # as the index has it
    if organizations is not None:
        terms.append(in_scope(rows.c.organization, organizations))
    return terms + [_is_equal(column) for column in equal]


def _is_equal(column: str) -> sa.ColumnElement[bool]:
    if column != "volume_id":
        return rows.c[column] == bind(f"equal_{column}")
    # Logs from before a volume had one id have some in capitals.
    return rows.c.volume_id.in_((bind("equal_volume_id"), bind("canonical_volume_id")))


@lru_cache(maxsize=512)
def _after(*shape: Any) -> sa.Select[Any]:
    return (
        sa.select(rows.c.position, rows.c.document)
        .where(rows.c.position > bind("after", sa.BigInteger), *_where(*shape))
        .order_by(rows.c.position)
        .limit(bind("limit", sa.BigInteger))
    )


@lru_cache(maxsize=512)
def _page(*shape: Any) -> sa.Select[Any]:
    # Keys first, then only their rows.
    keys = (
        sa.select(rows.c.position)
        .where(*_where(*shape))
        .order_by(rows.c.position)
        .limit(bind("limit", sa.BigInteger))
        .offset(bind("offset", sa.BigInteger))
    )
    return sa.select(rows.c.document).where(rows.c.position.in_(keys)).order_by(rows.c.position)


@lru_cache(maxsize=512)
def _count(*shape: Any) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(rows).where(*_where(*shape))
