"""The read models: which tables each has, and what derives their rows."""

from __future__ import annotations

from typing import Final, NamedTuple

import sqlalchemy as sa

from commands.store.keys import KeyRows
from commands.store.tables import idempotency_keys
from domain.ports import RowWriter
from projections import tables
from projections.derivation import Derivation
from projections.lives import Lives
from projections.past import PastRowsWriter
from projections.restore_points import RestorePointRowsWriter
from projections.server_counts import CountRowsWriter
from projections.server_tags import TagRowsWriter
from projections.servers import ServerRowsWriter
from projections.tasks import TaskRowsWriter
from projections.tokens import TokenRowsWriter
from projections.trail import Trail
from projections.volumes import StandaloneRowsWriter, VolumeRowsWriter


class Model(NamedTuple):
    """A read model: rows that are derived, compared and rebuilt together."""

    name: str
    tables: tuple[sa.Table, ...]
    writers: tuple[RowWriter, ...] = ()
    """Of a model that is written with the log."""
    derivations: tuple[Derivation, ...] = ()
    """Of the one that follows it."""


SERVERS: Final = ServerRowsWriter()

MODELS: Final = (
    Model("keys", (idempotency_keys,), (KeyRows(),)),
    Model("tasks", (tables.tasks,), (TaskRowsWriter(),)),
    Model("tokens", (tables.tokens,), (TokenRowsWriter(),)),
    Model(
        "servers",
        (
            tables.servers,
            tables.past_servers,
            tables.server_marks,
            tables.server_tags,
            tables.server_volumes,
            tables.server_counts,
            tables.gone_servers,
            tables.volumes,
            tables.restore_points,
        ),
        # Servers last: the others look up a server's row, and keep it, before it changes or goes.
        (
            RestorePointRowsWriter(),
            StandaloneRowsWriter(),
            VolumeRowsWriter(),
            TagRowsWriter(),
            CountRowsWriter(),
            PastRowsWriter(),
            SERVERS,
        ),
    ),
    Model(
        "trail",
        (
            tables.followers,
            tables.parked,
            tables.trail,
            tables.clock,
            tables.server_lives,
            tables.server_labels,
            tables.past_counts,
        ),
        derivations=(Trail(), Lives()),
    ),
)
ROW_WRITERS: Final = tuple(writer for model in MODELS for writer in model.writers)
DERIVATIONS: Final = tuple(each for model in MODELS for each in model.derivations)
