"""Schema 3: rows that cannot be derived from others bear a digest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from alembic.operations import Operations

from commands.store.digests import record_digest, side_digest

revision: Final = "rackledger_3"
down_revision: Final = "rackledger_2"

_CHUNK_ROWS: Final = 10_000

_events: Final = sa.table(
    "events",
    sa.column("position", sa.BigInteger),
    sa.column("originator_id", sa.Text),
    sa.column("originator_version", sa.Integer),
    sa.column("name", sa.Text),
    sa.column("state", sa.LargeBinary),
    sa.column("sha256", sa.LargeBinary),
)
_principals: Final = sa.table(
    "principals",
    sa.column("principal_id", sa.Text),
    sa.column("name", sa.Text),
    sa.column("sha256", sa.LargeBinary),
)
_secrets: Final = sa.table(
    "secrets",
    sa.column("name", sa.Text),
    sa.column("value", sa.LargeBinary),
    sa.column("sha256", sa.LargeBinary),
)


def upgrade(op: Operations) -> None:
    """Add the column and fill it."""
    connection = op.get_bind()
    for table, digest in (
        (_events, record_digest),
        (_principals, _digest_of_principal),
        (_secrets, side_digest),
    ):
        # By the default alone can a column that is not null be added to rows that are there.
        empty = sa.Column("sha256", sa.LargeBinary, nullable=False, server_default="")
        op.add_column(table.name, empty)
        _fill(connection, table, digest)


def _digest_of_principal(principal_id: str, name: str) -> bytes:
    return side_digest(principal_id, name.encode())


def _fill(connection: sa.Connection, table: sa.TableClause, digest: Callable[..., bytes]) -> None:
    """Digest every row, by what stands before the column, in the order of the first."""
    *given, filled = table.c
    key: sa.ColumnClause[Any] = given[0]
    find = sa.select(*given).order_by(key).limit(_CHUNK_ROWS)
    fill = (
        table.update()
        .where(key == sa.bindparam("of", type_=key.type))
        .values({filled.name: sa.bindparam("digest", type_=filled.type)})
    )
    rows = connection.execute(find).all()
    while rows:
        connection.execute(fill, [{"of": row[0], "digest": digest(*row)} for row in rows])
        rows = connection.execute(find.where(key > rows[-1][0])).all()
