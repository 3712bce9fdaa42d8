"""Comparing derived rows with those of a fresh fold, and naming what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from domain.ports import Session
from domain.registry import REGISTRY, UnreadableRecord
from projections.differences import changed_fields

DRIFTS_MAX: Final = 100
"""Told of each table, in each direction."""


class Drift(NamedTuple):
    """A row that is not as the log says."""

    table: str
    key: tuple[Any, ...]
    columns: tuple[str, ...]
    """Those that differ; none where the row is missing, or one too many."""
    why: str

    @property
    def where(self) -> str:
        """The table and the row, for people."""
        return f"{self.table} {', '.join(map(repr, self.key))}"


def digest_rows(session: Session, table: sa.Table) -> str:
    """The SHA-256 over all rows of a table, in the order of their keys."""
    digest = sha256()
    for row in session.stream(sa.select(table).order_by(*table.primary_key.columns)):
        digest.update(msgspec.msgpack.encode(row))
    return digest.hexdigest()


def compare_rows(session: Session, table: sa.Table, schema: str) -> Iterator[Drift]:
    """How rows of the store, whose tables bear `schema`, differ from those of this session.

    The first `DRIFTS_MAX` of each kind, in the order of the keys.
    """
    kept = table.to_metadata(sa.MetaData(), schema=schema).alias("kept")
    fresh = table.alias("fresh")
    keys = [column.name for column in table.primary_key]
    same = sa.and_(*(kept.c[key] == fresh.c[key] for key in keys))
    others = [column.name for column in table.c if column.name not in keys]
    differ = sa.or_(sa.false(), *(kept.c[name].is_distinct_from(fresh.c[name]) for name in others))
    differing = sa.select(*kept.c, *fresh.c).select_from(kept.join(fresh, same)).where(differ)
    for row in session.rows(_first(differing, kept, keys)):
        yield _drift(table, row[: len(table.c)], row[len(table.c) :])
    for one, other, why in ((kept, fresh, "no such row is derived"), (fresh, kept, "missing")):
        absent = ~sa.exists().select_from(other).where(same).correlate(one)
        for row in session.rows(_first(sa.select(*_of(one, keys)).where(absent), one, keys)):
            yield Drift(table.name, tuple(row), (), why)


def _of(table: sa.FromClause, names: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    return [table.c[name] for name in names]


def _first(statement: sa.Select[Any], table: sa.FromClause, keys: Sequence[str]) -> sa.Select[Any]:
    return statement.order_by(*_of(table, keys)).limit(DRIFTS_MAX)


def _drift(table: sa.Table, found: tuple[Any, ...], wanted: tuple[Any, ...]) -> Drift:
    names = [column.name for column in table.c]
    columns = tuple(
        name
        for name, one, other in zip(names, found, wanted, strict=True)
        if one != other or type(one) is not type(other)
    )
    held, derived = dict(zip(names, found, strict=True)), dict(zip(names, wanted, strict=True))
    key = tuple(derived[column.name] for column in table.primary_key)
    why = f"differs in {', '.join(columns)}"
    if "id" in derived:
        why = f"{derived['id']} {why}"
    if "state" in columns:
        why += f" ({_fields(held['state'], derived['state'])})"
    return Drift(table.name, key, columns, why)


def _fields(held: Any, derived: bytes) -> str:
    try:
        state = REGISTRY.decode_state(held)
    except (UnreadableRecord, TypeError):
        return "its state cannot be read"
    fields = changed_fields(state, REGISTRY.decode_state(derived))
    return f"fields: {', '.join(fields)}" if fields else "its bytes alone"
