"""What this release cannot read stops its own server or principal, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from commands.store.tables import events
from commands.tokens import issue_token, revoke_token
from domain.commands import DeleteServer, PowerOnServer, RestoreServer, UpdateServer
from domain.refusals import PrincipalNameTaken, ServerUnreadable
from domain.values import Changes
from projections.tables import past_servers, servers
from tests.commands.batches import answers_together
from tests.commands.stores import Kept, creating
from tests.support import HOME


def damage(store: Kept, statement: Any) -> None:
    """Change stored bytes behind the writer's back, which then has nothing in its cache."""
    with store.store.database.writing() as session:
        assert session.connection.execute(statement).rowcount == 1
    store.store.writer._resources.cache.clear()


def damage_state(store: Kept, server_id: str) -> None:
    damage(store, sa.update(servers).where(servers.c.id == server_id).values(state=b"{"))


def damage_event(store: Kept, stream: str, version: int) -> None:
    whose = (events.c.originator_id == stream, events.c.originator_version == version)
    damage(store, sa.update(events).where(*whose).values(state=b"{"))


def test_a_server_whose_state_is_damaged_is_unavailable_and_its_neighbours_are_not(
    store: Kept,
) -> None:
    broken, sound = store.create("broken"), store.create("sound")
    damage_state(store, broken)
    before = store.rows("servers")["servers"]
    jobs = (
        store.job(PowerOnServer(), ref=sound),
        store.job(PowerOnServer(), ref=broken, idempotency_key="k"),
        store.job(DeleteServer(), ref="broken"),
        store.job(creating("made")),
    )
    (on, by_id, by_name, made), sizes = answers_together(store, *jobs)
    assert sizes == [4]
    assert [on.position, made.position] == [3, 4]
    for refusal in (by_id, by_name):
        assert isinstance(refusal, ServerUnreadable)
        assert str(refusal).startswith(f"server {broken} cannot be read: state: ")
    assert store.rows("servers")["servers"][0] == before[0]
    assert store.rows("idempotency_keys") == {"idempotency_keys": []}


def test_a_past_whose_event_is_damaged_is_restored_from_what_was_kept(store: Kept) -> None:
    broken, sound = store.create("broken"), store.create("sound")
    for server_id in (broken, sound):
        store.write(UpdateServer(Changes(tags=("t",))), server_id)
        store.write(UpdateServer(Changes(tags=())), server_id)
    damage_event(store, broken, 2)
    for server_id in (broken, sound):
        (server,) = store.write(RestoreServer(version=2), server_id).servers
        assert (server.version, server.configuration.tags) == (4, ("t",))


def test_a_past_state_that_is_damaged_cannot_be_restored_and_the_present_goes_on(
    store: Kept,
) -> None:
    broken = store.create("broken")
    store.write(UpdateServer(Changes(tags=("t",))), broken)
    with store.store.database.writing() as session:
        session.write(past_servers.update().values(state=b"{}"), [{}])
    before = store.rows()
    with pytest.raises(ServerUnreadable, match=rf"^server {broken} cannot be read: "):
        store.write(RestoreServer(version=1), broken)
    assert store.rows() == before
    assert store.write(RestoreServer(version=2), broken).servers[0].version == 3


def test_a_first_answer_that_is_damaged_is_not_given_again(store: Kept) -> None:
    server_id = store.create()
    store.write(PowerOnServer(), server_id, idempotency_key="k")
    damage_event(store, server_id, 2)
    before = store.rows()
    with pytest.raises(ServerUnreadable, match=r"^the record cannot be read: "):
        store.write(PowerOnServer(), server_id, idempotency_key="k")
    assert store.rows() == before
    assert store.write(PowerOnServer(), server_id).outcome == "no_effect"


def test_a_principal_whose_records_are_damaged_stops_no_other(store: Kept) -> None:
    run = store.store.writer.run
    run(lambda unit: issue_token(unit, "of broken", "broken", "member", (HOME,)))
    run(lambda unit: issue_token(unit, "of sound", "sound", "member", (HOME,)))
    ((_, record), _) = store.records()
    damage_event(store, record.originator_id, 1)
    before = store.rows()
    with pytest.raises(ServerUnreadable, match=rf"^the records of {record.originator_id} cannot"):
        run(lambda unit: revoke_token(unit, "broken"))
    with pytest.raises(ServerUnreadable):
        run(lambda unit: issue_token(unit, "another", "broken", "member", (HOME,)))
    with pytest.raises(PrincipalNameTaken):
        run(lambda unit: issue_token(unit, "another", "sound", "member", (HOME,)))
    assert store.rows() == before
    run(lambda unit: revoke_token(unit, "sound"))
