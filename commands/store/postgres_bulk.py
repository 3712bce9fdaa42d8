"""Many rows in one statement: each column is sent as an array, and the server takes them apart.

A statement a row costs the driver and the server several times what the row does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

_ARRAYS: Final[Sequence[tuple[type[Any], str]]] = (
    (sa.BigInteger, "bigint[]"),
    (sa.Integer, "integer[]"),
    (sa.LargeBinary, "bytea[]"),
    (sa.Text, "text[]"),
)

_known: Final[WeakKeyDictionary[Any, str | None]] = WeakKeyDictionary()


def bulk_insert(statement: Any, columns: Sequence[str]) -> str | None:
    """The insert of rows of these columns, as one that takes arrays; None where it is not plain."""
    if statement not in _known:
        _known[statement] = _built(statement, columns)
    return _known[statement]


def _built(statement: Any, columns: Sequence[str]) -> str | None:
    plain = (
        isinstance(statement, sa.Insert)
        and statement.select is None
        and not statement._returning
        and statement._post_values_clause is None
        and set(columns) <= set(statement.table.c.keys())
    )
    if not plain:
        return None
    table = statement.table
    arrays = ", ".join(f"%b::{_array(table.c[column].type)}" for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table.name}" ({names}) SELECT * FROM unnest({arrays})'


def _array(type_: Any) -> str:
    return next(array for kind, array in _ARRAYS if isinstance(type_, kind))


def arrays_of(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]], constants: Mapping[str, Any]
) -> list[list[Any]]:
    """The rows column by column."""
    return [
        [constants[column]] * len(rows)
        if column in constants
        else [row[column] for row in rows]
        for column in columns
    ]
