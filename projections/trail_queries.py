"""The questions asked of the trail: which records, by position, oldest or newest first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from domain.ports import Scope, Session
from domain.registry import EVENT_TYPES
from projections.batches import bind
from projections.servers import in_scope, scope_parameters
from projections.tables import trail


@dataclass(frozen=True)
class TrailFilter:
    """Which records: those filed in `scope`, with every given column equal, and so on.

    `name` is a server's before or after; `fields` are bits of which one changed; times are µs.
    """

    scope: Scope
    equal: tuple[tuple[str, str], ...] = ()
    name: str | None = None
    fields: int = 0
    from_time: int | None = None
    to_time: int | None = None
    first_parts: bool = False
    """Only the first record of each command."""
    servers_alone: bool = False
    """Only what changed a server, a volume or a restore point, and no request by itself."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the statement's parameters."""
        return {
            **{f"equal_{column}": value for column, value in self.equal},
            **scope_parameters(self.scope or ()),
            "name": self.name,
            "fields": self.fields,
            "from_time": self.from_time,
            "to_time": self.to_time,
        }

    @property
    def shape(self) -> tuple[Any, ...]:
        """What the statement depends on."""
        return (
            None if self.scope is None else len(self.scope),
            tuple(column for column, _ in self.equal),
            self.name is not None,
            self.fields != 0,
            self.from_time is not None,
            self.to_time is not None,
            self.first_parts,
            self.servers_alone,
            dict(self.equal).get("outcome", "accepted") != "accepted",
        )


def list_trail(
    session: Session,
    filter_: TrailFilter,
    after: int,
    up_to: int,
    limit: int,
    *,
    newest_first: bool = False,
) -> list[int]:
    """At most `limit` positions past `after` and up to `up_to`, in the order asked for.

    Newest first, those before `after`.
    """
    if filter_.scope == ():
        return []
    low, high = (0, min(after - 1, up_to)) if newest_first else (after, up_to)
    found = session.rows(
        _list(newest_first, *filter_.shape),
        filter_.parameters | {"low": low, "high": high, "limit": limit},
    )
    return [position for (position,) in found]


def list_changed(session: Session, scope: Scope, low: int, high: int, limit: int) -> list[str]:
    """The ids of at most `limit` servers that changed past `low` and up to `high`."""
    if scope == ():
        return []
    found = session.rows(
        _changed(None if scope is None else len(scope)),
        scope_parameters(scope or ()) | {"low": low, "high": high, "limit": limit},
    )
    return [server_id for server_id, _ in found]


_BETWEEN = (
    trail.c.position > bind("low", sa.BigInteger),
    trail.c.position <= bind("high", sa.BigInteger),
)


_UNSHOWN: list[sa.ColumnElement[str]] = [
    sa.literal_column(f"'{name}'")
    for name in EVENT_TYPES
    if name.startswith(("volume.", "server.back"))
]
"""Events that need change nothing that a server's document shows."""


@lru_cache(maxsize=512)
def _list(
    newest_first: bool,
    organizations: int | None,
    columns: tuple[str, ...],
    named: bool,
    fields: bool,
    begun: bool,
    ended: bool,
    first_parts: bool,
    servers_alone: bool,
    uncommon: bool,
) -> sa.Select[Any]:
    terms: list[Any] = [trail.c[column] == bind(f"equal_{column}") for column in columns]
    if organizations is not None:
        # By the index of what is asked for, which few records have, not by that of their owners.
        # A literal: a parameter would be named `organization_1`, as the second owner's is.
        owner = trail.c.organization.concat(sa.text("''")) if columns else trail.c.organization
        terms.append(in_scope(owner, organizations))
    if named:
        # Of each by its own index, however many records the organizations have.
        name, new_name = trail.alias("named"), trail.alias("renamed")
        bearing = sa.union(
            sa.select(name.c.position).where(name.c.name == bind("name")),
            sa.select(new_name.c.position).where(new_name.c.new_name == bind("name")),
        )
        terms.append(trail.c.position.in_(bearing))
    if uncommon:
        terms.append(trail.c.outcome != sa.text("'accepted'"))  # as the index has it
    if fields:
        terms.append(trail.c.fields.bitwise_and(bind("fields", sa.BigInteger)) != sa.text("0"))
    if begun:
        terms.append(trail.c.time >= bind("from_time", sa.BigInteger))
    if ended:
        terms.append(trail.c.time < bind("to_time", sa.BigInteger))
    if first_parts:
        terms.append(trail.c.part == sa.text("1"))
    if servers_alone:
        terms.append(sa.or_(trail.c.fields != sa.text("0"), trail.c.type.in_(_UNSHOWN)))
    order = trail.c.position.desc() if newest_first else trail.c.position
    return (
        sa.select(trail.c.position)
        .where(*_BETWEEN, *terms)
        .order_by(order)
        .limit(bind("limit", sa.BigInteger))
    )


@lru_cache
def _changed(organizations: int | None) -> sa.Select[Any]:
    statement = sa.select(trail.c.server_id, sa.func.min(trail.c.position)).where(
        *_BETWEEN, trail.c.fields != sa.text("0")
    )
    if organizations is not None:
        statement = statement.where(in_scope(trail.c.organization, organizations))
    return (
        statement.group_by(trail.c.server_id)
        .order_by(sa.func.min(trail.c.position))
        .limit(bind("limit", sa.BigInteger))
    )
