"""Rows beside those of the servers: volumes as listed, and how many servers there are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from commands.store.session import StoreSession
from domain.commands import DeleteServer, PowerOnServer, UpdateServer
from domain.ports import Scope
from domain.values import Changes, Volume
from projections.tables import server_volumes
from projections.volume_queries import VolumesWanted, count_volumes, list_volumes
from projections.volumes import ShownVolume
from tests.commands.stores import START, Kept, creating
from tests.projections.histories import VOLUMES, batch, changing, counts
from tests.support import ELSEWHERE, HOME


@pytest.mark.parametrize("together", [False, True])
def test_servers_are_counted_by_organization(store: Kept, together: bool) -> None:
    jobs = (
        store.job(creating("a")),
        store.job(creating("several", count=3)),
        store.job(creating("there", ELSEWHERE)),
        store.job(DeleteServer(), ref="several-2"),
        store.job(DeleteServer(), ref="there"),
        changing(store, "a", tags=("t",)),
    )
    for group in (jobs,) if together else ((job,) for job in jobs):
        batch(store, *group)
    assert counts(store) == {HOME: 3}


def test_volumes_are_shown_with_their_server_as_it_is(store: Kept) -> None:
    server_id = store.create("a", volumes=VOLUMES)
    store.create("there", ELSEWHERE, volumes=(Volume(id="v-3"),))
    store.clock.advance(60)
    batch(
        store,
        changing(store, server_id, name="b"),
        changing(store, server_id, volumes=VOLUMES[1:]),
    )
    with store.store.database.reading() as session:
        (shown,) = list_volumes(session, VolumesWanted((HOME,)), 0, 10)
        everywhere = [each.id for each in list_volumes(session, VolumesWanted(None), 0, 10)]
        scopes: tuple[Scope, ...] = ((HOME,), (ELSEWHERE,), None)
        counted = [count_volumes(session, VolumesWanted(scope)) for scope in scopes]
    assert shown == ShownVolume(
        id="v-2",
        name=None,
        organization=HOME,
        size_bytes=0,
        kind="l_ssd",
        created_at=START,
        modified_at=START + dt.timedelta(seconds=60),
        server=(server_id, "b"),
    )
    assert (everywhere, counted) == (["v-2", "v-3"], [1, 1, 2])


def test_rows_of_volumes_are_written_where_volumes_change_alone(
    store: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_id = store.create("a", volumes=VOLUMES)
    with store.store.database.reading() as session:
        kind = type(session)
    write, written = kind.write, []

    def noted(session: StoreSession, statement: Any, rows: Any) -> None:
        if rows and statement.table is server_volumes:
            written.append(type(statement).__name__)
        write(session, statement, rows)

    monkeypatch.setattr(kind, "write", noted)
    store.write(UpdateServer(Changes(name="b")), ref=server_id)
    store.write(PowerOnServer(), ref="b")
    assert written == []
    renamed = (Volume(id=VOLUMES[0].id, name="renamed"), *VOLUMES[1:])
    store.write(UpdateServer(Changes(volumes=renamed)), ref=server_id)
    assert written == ["Delete", "Insert"]
    with store.store.database.reading() as session:
        (found,) = list_volumes(session, VolumesWanted(None, "enamed"), 0, 10)
    assert (found.name, found.server) == ("renamed", (server_id, "b"))
