"""Many rows in one statement: each column is sent as an array, and the server takes them apart.

A statement a row costs the driver and the server several times what the row does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from commands.store.session import Compiled

_ARRAYS: Final[Sequence[tuple[type[Any], str]]] = (
    (sa.BigInteger, "bigint[]"),
    (sa.Integer, "integer[]"),
    (sa.LargeBinary, "bytea[]"),
    (sa.Text, "text[]"),
)

_PLAIN: Final = re.compile(r"INSERT INTO (\S+ \([^()]*\)) VALUES \([^()]*\)")

_known: Final[WeakKeyDictionary[Any, str | None]] = WeakKeyDictionary()


def bulk_insert(statement: Any, compiled: Compiled) -> str | None:
    """The insert of rows as one that takes arrays; None where rows are not all that it is about."""
    if statement not in _known:
        _known[statement] = _built(statement, compiled)
    return _known[statement]


def _built(statement: Any, compiled: Compiled) -> str | None:
    plain = _PLAIN.fullmatch(compiled.sql)
    if plain is None:
        return None
    columns = statement.table.c
    arrays = ", ".join(f"%b::{_array(columns[name].type)}" for name in compiled.names)
    return f"INSERT INTO {plain[1]} SELECT * FROM unnest({arrays})"  # noqa: S608  # our own words


def _array(type_: Any) -> str:
    return next(array for kind, array in _ARRAYS if isinstance(type_, kind))


def arrays_of(compiled: Compiled, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """The rows column by column."""
    constants = compiled.constants
    return [
        [constants[name]] * len(rows) if name in constants else [row[name] for row in rows]
        for name in compiled.names
    ]
