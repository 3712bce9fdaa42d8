"""The questions asked of volumes: one by its id, many by name and page, and who has one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from domain.ports import Scope, Session
from domain.registry import REGISTRY, Registry, UnreadableRecord
from domain.volumes import StandaloneVolume
from projections.batches import bind, holds
from projections.servers import in_scope, scope_parameters
from projections.tables import server_volumes as attached
from projections.tables import servers, volumes
from projections.volumes import ShownVolume, volume_alone, volumes_of

_OF_SERVER: Final = servers.c.position == attached.c.position
_HAD: Final = attached.join(servers, _OF_SERVER)
"""Servers' volumes, each with its server."""
_STATE: Final = sa.select(volumes.c.state).where(volumes.c.id == bind("id"))


def get_volume(
    session: Session, volume_id: str, registry: Registry = REGISTRY
) -> StandaloneVolume | None:
    """A volume that was made by itself, deleted as it may be while it has restore points.

    Raises `UnreadableRecord`.
    """
    row = session.row(_STATE, {"id": volume_id})
    return None if row is None else registry.decode_volume(row[0])


def find_holder(session: Session, volume_id: str, scope: Scope) -> str | None:
    """The id of the live server in `scope` that has the volume; of several the oldest."""
    if scope == ():
        return None
    statement = _holder(None if scope is None else len(scope))
    row = session.row(statement, {"id": volume_id} | scope_parameters(scope or ()))
    return None if row is None else str(row[0])


class VolumesWanted(NamedTuple):
    """Which volumes: those in `scope`, with exactly `name_part` somewhere in the name."""

    scope: Scope
    name_part: str | None = None

    @property
    def shape(self) -> tuple[int | None, bool]:
        """What the statement depends on."""
        return None if self.scope is None else len(self.scope), self.name_part is not None

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the statement's parameters."""
        return {"name_part": self.name_part} | scope_parameters(self.scope or ())


def list_volumes(
    session: Session, wanted: VolumesWanted, offset: int, limit: int
) -> list[ShownVolume]:
    """Volumes in the order of creation, of themselves or of the servers that have them.

    Raises `UnreadableRecord`.
    """
    if wanted.scope == ():
        return []
    parameters = wanted.parameters | {"offset": offset, "limit": limit}
    found = session.rows(_page(*wanted.shape), parameters)
    known: dict[str, list[ShownVolume]] = {}
    return [_shown(known, *row) for row in found]


def count_volumes(session: Session, wanted: VolumesWanted) -> int:
    """How many volumes there are."""
    if wanted.scope == ():
        return 0
    row = session.row(_count(*wanted.shape), wanted.parameters)
    assert row is not None
    return int(row[0])


def find_volume(session: Session, volume_id: str, scope: Scope) -> ShownVolume | None:
    """The volume of that id, as far as `scope` sees it: the one that a write would change.

    Raises `UnreadableRecord`.
    """
    if scope == ():
        return None
    parameters = scope_parameters(scope or ())
    organizations = None if scope is None else len(scope)
    alone, of_server = _alone_one(organizations), _attached_one(organizations)
    lower = volume_id.lower()
    row = session.row(alone, parameters | {"id": lower})
    for id_ in (volume_id, lower):
        row = row or session.row(of_server, parameters | {"id": id_})
    return None if row is None else _shown({}, *row)


def _shown(
    known: dict[str, list[ShownVolume]],
    ordinal: int,
    server_id: str | None,
    server: bytes | None,
    state: bytes | None,
) -> ShownVolume:
    """The volume in that place of a server, one by itself, or one by itself that a server has.

    The volumes of servers in their stored states are `known` from then on.
    """
    own = None if state is None else volume_alone(REGISTRY.decode_volume(state))
    if own is not None and server_id is None:
        return own
    if server_id is None or server is None:
        raise UnreadableRecord("a volume's server is not where its row has it")
    try:
        if server_id not in known:
            known[server_id] = volumes_of(REGISTRY.decode_state(server))
        volume = known[server_id][ordinal]
    except (UnreadableRecord, IndexError) as error:
        raise UnreadableRecord(f"the volumes of server {server_id}: {error}") from error
    return volume if own is None else msgspec.structs.replace(own, server=volume.server)


_BOTH: Final = attached.outerjoin(
    volumes,
    sa.and_(
        volumes.c.id == attached.c.id,
        volumes.c.organization == attached.c.organization,
        volumes.c.deleted == sa.text("0"),
    ),
)


def _is_repeated() -> sa.ColumnElement[bool]:
    """That an older server, or this one before, has the same volume."""
    earlier = attached.alias("earlier")
    return (
        sa.exists()
        .where(
            earlier.c.id == attached.c.id,
            earlier.c.organization == attached.c.organization,
            sa.tuple_(earlier.c.position, earlier.c.ordinal)
            < sa.tuple_(attached.c.position, attached.c.ordinal),
        )
        .correlate(attached)
    )


def _is_held() -> sa.ColumnElement[bool]:
    """That a live server has the volume that was made by itself."""
    return (
        sa.exists()
        .where(attached.c.id == volumes.c.id, attached.c.organization == volumes.c.organization)
        .correlate(volumes)
    )


def _union(
    organizations: int | None, named: bool, *columns: tuple[Any, Any]
) -> sa.CompoundSelect[Any]:
    """The columns of servers' volumes, and beside each what there is of one by itself."""
    of_servers = sa.select(*(column for column, _ in columns)).where(~_is_repeated())
    of_servers = of_servers.select_from(_BOTH)
    alone = sa.select(*(column for _, column in columns)).where(
        volumes.c.deleted == sa.text("0"), ~_is_held()
    )
    if organizations is not None:
        of_servers = of_servers.where(in_scope(attached.c.organization, organizations))
        alone = alone.where(in_scope(volumes.c.organization, organizations))
    if named:
        given = sa.func.coalesce(volumes.c.name, attached.c.name)
        of_servers = of_servers.where(holds(given, bind("name_part")))
        alone = alone.where(holds(volumes.c.name, bind("name_part")))
    return sa.union_all(of_servers, alone)


@lru_cache(maxsize=512)
def _page(organizations: int | None, named: bool) -> sa.Select[Any]:
    # Servers' states come last: what is passed over, or sorted, is as small as a row.
    found = _places(organizations, named).subquery("found")
    # No volume that was made by itself stands where a server does.
    whole = found.outerjoin(servers, servers.c.position == found.c.position)
    return (
        sa.select(found.c.ordinal, servers.c.id, servers.c.state, found.c.state)
        .select_from(whole)
        .order_by(found.c.position, found.c.ordinal)
    )


def _places(organizations: int | None, named: bool) -> sa.CompoundSelect[Any]:
    # Ordered as a whole, not around it: each half comes by its index, and no more than the page.
    found = _union(
        organizations,
        named,
        (attached.c.position.label("position"), volumes.c.position),
        (attached.c.ordinal.label("ordinal"), sa.literal_column("0")),
        (volumes.c.state.label("state"), volumes.c.state),
    )
    return (
        found.order_by(sa.column("position"), sa.column("ordinal"))
        .limit(bind("limit", sa.BigInteger))
        .offset(bind("offset", sa.BigInteger))
    )


@lru_cache(maxsize=512)
def _count(organizations: int | None, named: bool) -> sa.Select[Any]:
    one: sa.ColumnElement[int] = sa.literal_column("1")
    found = _union(organizations, named, (one, one)).subquery("found")
    return sa.select(sa.func.count()).select_from(found)


@lru_cache
def _alone_one(organizations: int | None) -> sa.Select[Any]:
    of_holder = sa.and_(
        attached.c.id == volumes.c.id, attached.c.organization == volumes.c.organization
    )
    statement = (
        sa.select(attached.c.ordinal, servers.c.id, servers.c.state, volumes.c.state)
        .select_from(volumes.outerjoin(attached, of_holder).outerjoin(servers, _OF_SERVER))
        .where(volumes.c.id == bind("id"), volumes.c.deleted == sa.text("0"))
    )
    if organizations is not None:
        statement = statement.where(in_scope(volumes.c.organization, organizations))
    return statement.order_by(attached.c.position, attached.c.ordinal).limit(1)


@lru_cache
def _attached_one(organizations: int | None) -> sa.Select[Any]:
    columns = attached.c.ordinal, servers.c.id, servers.c.state, sa.null()
    statement = sa.select(*columns).select_from(_HAD).where(attached.c.id == bind("id"))
    if organizations is not None:
        statement = statement.where(in_scope(attached.c.organization, organizations))
    return statement.order_by(attached.c.position, attached.c.ordinal).limit(1)


@lru_cache
def _holder(organizations: int | None) -> sa.Select[Any]:
    statement = sa.select(servers.c.id).select_from(_HAD).where(attached.c.id == bind("id"))
    if organizations is not None:
        statement = statement.where(in_scope(attached.c.organization, organizations))
    return statement.order_by(attached.c.position, attached.c.ordinal).limit(1)
