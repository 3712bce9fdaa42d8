"""The tables of the read side. Every row here is derived from the log and can be derived anew.

Nothing of the past is lost: a row that no longer holds moves to where it is kept with the positions
between which it held, from `since` up to, not including, `until`.

Whatever changes here is a new schema, by a migration (`commands/store/migrations`) that may be
empty: with it these tables are dropped, made and derived anew. A table's `info` tells its rights:
what a service does to its rows, in the words of GRANT.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

Position: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite's rowid, explicitly
Text: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # by bytes, on both
OPEN: Final = 2**63 - 1
"""The `until` of what still holds."""


def _some(condition: str) -> dict[str, Any]:
    """An index of those rows alone for which it holds: the others cost it nothing."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _rights(*rights: str) -> dict[Any, Any]:
    return {"rights": rights}


_ADDED_TO: Final = _rights("SELECT", "INSERT")
_TAKEN_FROM: Final = _rights("SELECT", "INSERT", "DELETE")
_CHANGED: Final = _rights("SELECT", "INSERT", "UPDATE", "DELETE")

servers: Final = sa.Table(
    "servers",
    metadata,
    # The position of its creation: the order of every list.
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("id", Text, nullable=False, unique=True),
    sa.Column("organization", Text, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("running", sa.Integer, nullable=False),
    sa.Column("image", Text),
    sa.Column("flavor", Text),
    # Its commercial type, failing that its flavor: what it is of, by either name.
    sa.Column("offer", Text),
    # Its public address: empty where that is not known, and null where there is none.
    sa.Column("address", Text),
    sa.Column("reservation_id", Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("since", Position, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("backups", sa.LargeBinary),
    sa.Index("servers_by_organization", "organization", "position"),
    sa.Index("servers_by_name", "name", "organization", "position"),
    sa.Index(
        "servers_by_reservation",
        "reservation_id",
        "organization",
        "position",
        **_some("reservation_id IS NOT NULL"),
    ),
    info=_CHANGED,
)

# What a server was, by the position of the event that ended it: a row for each version that another
# followed, in the order of the log, so that keeping it costs a write no page of its own. Where a
# deletion followed, its backups too.
past_servers: Final = sa.Table(
    "past_servers",
    metadata,
    sa.Column("until", Position, primary_key=True, autoincrement=False),
    sa.Column("id", Text, nullable=False),
    sa.Column("organization", Text, nullable=False),
    sa.Column("running", sa.Integer, nullable=False),
    sa.Column("image", Text),
    sa.Column("flavor", Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("since", Position, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("backups", sa.LargeBinary),
    info=_ADDED_TO,
)

# Where some of the versions of servers with many stand, to look for others from there on.
server_marks: Final = sa.Table(
    "server_marks",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
    info=_ADDED_TO,
)

server_tags: Final = sa.Table(
    "server_tags",
    metadata,
    sa.Column("tag", Text, primary_key=True),
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
    info=_TAKEN_FROM,
)

# What servers' volumes are found by: all else of them is in the server's state. Nearly every server
# of a zone has one, and each that is made pays for every column and index here.
server_volumes: Final = sa.Table(
    "server_volumes",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("organization", Text, primary_key=True),
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", Text),
    sa.Index("server_volumes_by_organization", "organization", "position", "ordinal"),
    sqlite_with_rowid=False,
    info=_TAKEN_FROM,
)

# Volumes that were made by themselves, by the position of their creation. A deleted one stays, not
# to be listed, as long as there are restore points of it.
volumes: Final = sa.Table(
    "volumes",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("id", Text, nullable=False, unique=True),
    sa.Column("organization", Text, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("deleted", sa.Integer, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Index("volumes_by_organization", "organization", "position", **_some("deleted = 0")),
    info=_CHANGED,
)

# Deleted servers of which there are restore points, with these: what is done to them goes on.
gone_servers: Final = sa.Table(
    "gone_servers",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("organization", Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("backups", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    info=_TAKEN_FROM,
)

# Backups, snapshots and images, by the position of the record that made each.
restore_points: Final = sa.Table(
    "restore_points",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("id", Text, nullable=False, unique=True),
    sa.Column("organization", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("name", Text),
    sa.Column("arch", Text, nullable=False),
    sa.Column("volume_id", Text),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Index("restore_points_as_images", "organization", "position", **_some("kind <> 'snapshot'")),
    sa.Index("restore_points_as_snapshots", "organization", "position", **_some("kind <> 'image'")),
    info=_TAKEN_FROM,
)

server_counts: Final = sa.Table(
    "server_counts",
    metadata,
    sa.Column("organization", Text, primary_key=True),
    sa.Column("servers", sa.Integer, nullable=False),
    info=_CHANGED,
)

tasks: Final = sa.Table(
    "tasks",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("organization", Text, nullable=False),
    sa.Column("position", Position, nullable=False),
    sqlite_with_rowid=False,
    info=_ADDED_TO,
)

tokens: Final = sa.Table(
    "tokens",
    metadata,
    sa.Column("principal_id", Text, primary_key=True),
    sa.Column("sha256", Text, nullable=False, unique=True),
    sa.Column("caller", sa.LargeBinary, nullable=False),
    info=_TAKEN_FROM,
)

# Rows that a rebuild replaced and that can be switched back to: as of where they stand.
kept_models: Final = sa.Table(
    "kept_models",
    metadata,
    sa.Column("model", Text, primary_key=True),
    sa.Column("position", Position, nullable=False),
    info=_rights(),
)

# From here on: rows that follow the log (`projections.following`), as far as `followers` says.
followers: Final = sa.Table(
    "followers",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("position", Position, nullable=False),
    info=_CHANGED,
)

# Records that this release cannot read, for somebody to look at.
parked: Final = sa.Table(
    "parked",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("originator_id", Text, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    info=_TAKEN_FROM,
)

# The lives of servers, by the position of their creation; one that was brought back has several.
# `life` is the class of its length (`projections.lives`).
server_lives: Final = sa.Table(
    "server_lives",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("born", Position, primary_key=True, autoincrement=False),
    sa.Column("until", Position, nullable=False),
    sa.Column("life", sa.Integer, nullable=False),
    sa.Column("id", Text, nullable=False),
    sa.Column("organization", Text, nullable=False),
    sa.Column("reservation_id", Text),
    sa.Index("server_lives_by_class", "life", "position"),
    sa.Index("server_lives_by_organization", "organization", "life", "position"),
    sa.Index(
        "server_lives_by_reservation", "reservation_id", **_some("reservation_id IS NOT NULL")
    ),
    sqlite_with_rowid=False,
    info=_CHANGED,
)

# How many servers an organization had after each that came or went; of all together, under "".
past_counts: Final = sa.Table(
    "past_counts",
    metadata,
    sa.Column("organization", Text, primary_key=True),
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("servers", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
    info=_TAKEN_FROM,
)

# Which names and tags servers bore, and when.
server_labels: Final = sa.Table(
    "server_labels",
    metadata,
    sa.Column("kind", Text, primary_key=True),
    sa.Column("value", Text, primary_key=True),
    sa.Column("until", Position, primary_key=True, autoincrement=False),
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("since", Position, nullable=False),
    sqlite_with_rowid=False,
    info=_CHANGED,
)

# What the audit and the events are asked by: a row a record.
trail: Final = sa.Table(
    "trail",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("type", Text, nullable=False),
    sa.Column("time", Position, nullable=False),
    sa.Column("organization", Text, nullable=False),
    sa.Column("actor", Text),
    sa.Column("server_id", Text),
    # The name before, of a new server its name, and of none the reference as sent; and a new name.
    sa.Column("name", Text),
    sa.Column("new_name", Text),
    sa.Column("action", Text, nullable=False),
    sa.Column("outcome", Text, nullable=False),
    sa.Column("request_id", Text, nullable=False),
    # The bits of the fields that changed, in the order of the document.
    sa.Column("fields", Position, nullable=False),
    sa.Index("trail_by_organization", "organization", "position"),
    sa.Index("trail_by_type", "type", "position"),
    sa.Index("trail_by_action", "action", "position"),
    sa.Index("trail_by_actor", "actor", "position", **_some("actor IS NOT NULL")),
    sa.Index("trail_by_server", "server_id", "position", **_some("server_id IS NOT NULL")),
    sa.Index("trail_by_name", "name", "position", **_some("name IS NOT NULL")),
    sa.Index("trail_by_new_name", "new_name", "position", **_some("new_name IS NOT NULL")),
    sa.Index("trail_by_outcome", "outcome", "position", **_some("outcome <> 'accepted'")),
    sa.Index("trail_by_request", "request_id"),
    info=_TAKEN_FROM,
)

# The last position at a time (µs since 1970) or before; times that a later one undercut are gone.
clock: Final = sa.Table(
    "clock",
    metadata,
    sa.Column("time", Position, primary_key=True, autoincrement=False),
    sa.Column("position", Position, nullable=False),
    info=_TAKEN_FROM,
)
