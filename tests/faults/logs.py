"""A look at the log beside the service: what stands in it, and whether the rows follow from it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.store import Store
from commands.store.tables import idempotency_keys
from domain.records import Metadata
from domain.registry import REGISTRY
from projections import tables

DERIVED = (*tables.metadata.sorted_tables, idempotency_keys)
"""Every table whose rows follow from the log."""


_NEXT = sa.text(
    "SELECT position, originator_id, originator_version, name, state FROM events"
    " WHERE position > :position ORDER BY position"
)


class LogCheck:
    """Checks a log bit by bit as it grows, remembering what it has seen."""

    def __init__(self) -> None:
        self.position = 0
        self._versions: dict[str, int] = defaultdict(int)
        self._keys: dict[str, list[tuple[int, Metadata]]] = defaultdict(list)

    def follow(self, url: str) -> None:
        """Read on: positions without gaps, versions without gaps, every record readable."""
        with _connected(url) as connection:
            for position, stream, version, name, state in connection.execute(
                _NEXT, {"position": self.position}
            ):
                assert position == self.position + 1
                assert version == self._versions[stream] + 1
                self.position = position
                self._versions[stream] = version
                asked = REGISTRY.decode(stream, version, name, state).metadata
                if asked.idempotency_key is not None:
                    self._keys[asked.idempotency_key].append((position, asked))

    def lost(self, acknowledged: Mapping[str, int]) -> list[str]:
        """The keys whose acknowledged write is not in the log, or not at its position."""
        return [
            key
            for key, position in acknowledged.items()
            if position not in [at for at, _ in self._keys.get(key, ())]
        ]

    def unasked(self, sent: set[str]) -> set[str]:
        """The keys of records that nobody asked for."""
        return self._keys.keys() - sent

    def torn(self) -> list[str]:
        """The keys of writes that stand in the log in part, or more than once."""
        return [key for key, records in self._keys.items() if not _whole(records)]

    def holds(self, key: str) -> bool:
        """Whether the write under this key took effect."""
        return key in self._keys


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def _whole(records: list[tuple[int, Metadata]]) -> bool:
    effect = [asked for _, asked in records if asked.outcome in ("accepted", "no_effect")]
    first = [position for position, _ in records][: len(effect)]
    return (
        [asked.part for asked in effect] == list(range(1, effect[0].parts + 1))
        and first == list(range(first[0], first[0] + len(effect)))
        and all(asked.outcome == "repeated" for _, asked in records[len(effect) :])
    )


@contextmanager
def copied(database: Path, folder: Path) -> Iterator[str]:
    """The URL of a copy of a database that nobody has open, its write-ahead log included."""
    folder.mkdir()
    for path in database.parent.glob(f"{database.name}*"):
        if path.name.removeprefix(database.name) in ("", "-wal"):
            shutil.copy(path, folder / path.name)
    yield f"sqlite:///{folder / database.name}"
    shutil.rmtree(folder)


def rows_beyond_replay(url: str) -> dict[str, tuple[list[Any], list[Any]]]:
    """The tables whose rows are not what a replay of the whole log writes: rows, and replayed."""
    store = Store(url)
    try:
        with store.database.writing() as session:
            live = _rows(session.connection)
            position = store.rebuilder.rebuild(session)
            replayed = _rows(session.connection)
        assert position == store.position
    finally:
        store.close()
    return {
        name: (
            [row for row in live[name] if row not in replayed[name]],
            _missing(live, replayed, name),
        )
        for name in live
        if live[name] != replayed[name]
    }


def _missing(live: dict[str, list[Any]], replayed: dict[str, list[Any]], name: str) -> list[Any]:
    return [row for row in replayed[name] if row not in live[name]]


def _rows(connection: sa.Connection) -> dict[str, list[Any]]:
    return {
        table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
        for table in DERIVED
    }
