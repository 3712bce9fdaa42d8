"""Which of the live servers, in which order: what a list is asked for, and its terms in SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from domain.ports import Scope
from projections.batches import bind, holds
from projections.servers import in_scope, scope_parameters
from projections.tables import server_tags, servers

LIKE_ESCAPE: Final = "!"
"""What stands in `Filter.name_like` before a character that is to stand for itself."""


class Listing(NamedTuple):
    """How servers are listed: as which column, and in which order of creation."""

    column: str = "document"
    newest: bool = False


AS_DOCUMENTS: Final = Listing()
NEWEST_FIRST: Final = 2**63 - 1
"""What a list of the newest first begins after."""


class Narrowing(NamedTuple):
    """What a statement depends on beyond the shape: columns of several values, names, absences."""

    among: tuple[tuple[str, int], ...] = ()
    name_like: bool = False
    name_part: bool = False
    absent: tuple[str, ...] = ()


NOT_NARROWED: Final = Narrowing()


FLAVOR_OR_TYPE: Final = "flavor_or_type"
_JOINT: Final = {FLAVOR_OR_TYPE: sa.func.coalesce(servers.c.flavor, servers.c.offer)}
"""Columns of `among` that are several: a server's flavor, failing that its commercial type."""


@dataclass(frozen=True)
class Filter:
    """Which servers: those in `scope` with every given field equal and every tag borne.

    Of the live ones also those with each column of `among` one of its values, with a name like a
    pattern of SQL's, which on some databases does not tell capital letters from small ones, with
    exactly `name_part` somewhere in it, and with nothing in the columns of `absent`.
    """

    scope: Scope
    equal: tuple[tuple[str, str | int], ...] = ()
    tags: tuple[str, ...] = field(default=())
    among: tuple[tuple[str, tuple[str, ...]], ...] = ()
    name_like: str | None = None
    name_part: str | None = None
    absent: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nobody can match."""
        return self.scope == ()

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the statement's parameters."""
        found: dict[str, Any] = {**scope_parameters(self.scope or ())}
        for column, equal in self.equal:
            found[f"equal_{column}"] = equal
        for n, tag in enumerate(self.tags):
            found[f"tag_{n}"] = tag
        for column, values in self.among:
            found |= {f"{column}_{n}": value for n, value in enumerate(values)}
        if self.name_like is not None:
            found["name_like"] = self.name_like
        if self.name_part is not None:
            found["name_part"] = self.name_part
        return found

    @property
    def shape(self) -> tuple[int | None, tuple[str, ...], int]:
        """What the statement depends on."""
        organizations = None if self.scope is None else len(self.scope)
        return organizations, tuple(column for column, _ in self.equal), len(self.tags)

    @property
    def narrowing(self) -> Narrowing:
        """What it depends on besides."""
        if not (self.among or self.absent or self.name_like or self.name_part):
            return NOT_NARROWED
        among = tuple((column, len(values)) for column, values in self.among)
        like, part = self.name_like is not None, self.name_part is not None
        return Narrowing(among, like, part, self.absent)


def where(
    organizations: int | None, columns: tuple[str, ...], tags: int, narrowing: Narrowing
) -> list[Any]:
    """The terms of a statement of that shape, its values by the names in `Filter.parameters`."""
    terms: list[Any] = []
    if organizations is not None:
        terms.append(in_scope(servers.c.organization, organizations))
    for column in columns:
        kind = sa.Integer if column == "running" else sa.Text
        terms.append(servers.c[column] == bind(f"equal_{column}", kind))
    for n in range(tags):
        bearing = sa.select(server_tags.c.position).where(server_tags.c.tag == bind(f"tag_{n}"))
        terms.append(servers.c.position.in_(bearing))
    for column, values in narrowing.among:
        asked = _JOINT[column] if column in _JOINT else servers.c[column]
        terms.append(sa.or_(*(asked == bind(f"{column}_{n}") for n in range(values))))
    terms += [servers.c[column].is_(None) for column in narrowing.absent]
    # Apart, so that names are looked through in their index, not in the rows.
    named = servers.alias("named")
    if narrowing.name_like:
        like = named.c.name.like(bind("name_like"), escape=LIKE_ESCAPE)
        terms.append(servers.c.position.in_(sa.select(named.c.position).where(like)))
    if narrowing.name_part:
        part = holds(named.c.name, bind("name_part"))
        terms.append(servers.c.position.in_(sa.select(named.c.position).where(part)))
    return terms
