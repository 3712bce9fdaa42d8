"""Idempotency keys: what spends one, whose it is, and what a second request under it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.unit import Unit
from domain.commands import DeleteServer, PowerOnServer, ResetServer
from domain.events import RequestRefused, RequestRepeated, ServerPoweredOn
from domain.refusals import KeyReused, ServerStopped, ServerUnknown
from tests.commands.asked import metadata
from tests.commands.batches import answers_together
from tests.commands.stores import ADMIN, MEMBER, Ids, Kept, creating, kept


def spent(store: Kept) -> list[tuple[str, str, int, int]]:
    """Whose keys were spent, and on which records."""
    rows = store.rows("idempotency_keys")["idempotency_keys"]
    return [(principal_id, key, *at) for principal_id, key, _, *at in rows]


def test_a_key_twice_in_one_batch_writes_once(store: Kept) -> None:
    job = store.job(creating("a"), idempotency_key="k")
    (first, other, again), sizes = answers_together(store, job, store.job(creating("b")), job)
    assert sizes == [3]
    assert [first.outcome, other.outcome, again.outcome] == ["accepted", "accepted", "repeated"]
    assert (again.position, again.records, again.servers) == (3, first.records, first.servers)
    assert [row[3] for row in store.rows("servers")["servers"]] == ["a", "b"]
    assert spent(store) == [(ADMIN.principal_id, "k", 1, 1)]


def test_another_request_under_a_key_of_the_same_batch_is_refused(store: Kept) -> None:
    jobs = [store.job(creating("a"), idempotency_key="k", body_sha256=body) for body in "xy"]
    (first, refusal), sizes = answers_together(store, *jobs)
    assert sizes == [2]
    assert isinstance(refusal, KeyReused)
    assert [first.position, refusal.position] == [1, 2]
    event = store.records(1)[0][1].event
    assert isinstance(event, RequestRefused)
    assert (event.code, event.server_id) == ("key.reused", None)
    assert spent(store) == [(ADMIN.principal_id, "k", 1, 1)]


@pytest.mark.parametrize(
    "other", [{"method": "PUT"}, {"path": "/servers/"}, {"body_sha256": "another"}]
)
def test_method_path_and_body_make_a_request_the_same(store: Kept, other: dict[str, str]) -> None:
    store.write(creating(), idempotency_key="k")
    with pytest.raises(KeyReused):
        store.write(creating(), idempotency_key="k", **other)
    assert len(store.rows("servers")["servers"]) == 1


@pytest.mark.parametrize(("body", "outcome"), [("x", "repeated"), ("y", None)])
def test_a_key_that_was_spent_before_bodies_were_hidden_stays_spent(
    store: Kept, body: str, outcome: str | None
) -> None:
    server_id = store.create()
    asked = {"path": "/servers/a", "idempotency_key": "k"}

    def old(unit: Unit) -> None:
        command = "power_on_server"
        unit.append(
            ServerPoweredOn(at=store.clock.at),
            metadata(command, status=202, body_sha256="x", **asked),
            server=unit.get_server(server_id, None),
        )

    store.store.writer.run(old)
    again = store.job(PowerOnServer(), ref=server_id, body_sha256=body, **asked)
    if outcome is None:
        with pytest.raises(KeyReused):
            store.store.writer.run(again)
    else:
        assert store.store.writer.run(again).outcome == outcome


def test_keys_are_each_principals_own(store: Kept) -> None:
    first = store.write(creating("a"), idempotency_key="k")
    second = store.write(creating("a"), idempotency_key="k", caller=MEMBER)
    assert [first.outcome, second.outcome] == ["accepted", "accepted"]
    assert first.servers != second.servers
    assert spent(store) == [(MEMBER.principal_id, "k", 2, 1), (ADMIN.principal_id, "k", 1, 1)]


def test_a_refused_request_spends_no_key(store: Kept) -> None:
    server_id = store.create()
    soft = ResetServer(hard=False)
    with pytest.raises(ServerStopped):
        store.write(soft, server_id, idempotency_key="k")
    assert spent(store) == []
    store.write(PowerOnServer(), server_id)
    assert store.write(soft, server_id, idempotency_key="k").outcome == "accepted"
    assert spent(store) == [(ADMIN.principal_id, "k", 4, 1)]


def test_a_request_without_effect_spends_its_key(store: Kept) -> None:
    server_id = store.create()
    store.write(PowerOnServer(), server_id)
    first = store.write(PowerOnServer(), server_id, idempotency_key="k")
    assert first.outcome == "no_effect"
    assert spent(store) == [(ADMIN.principal_id, "k", 3, 1)]
    store.write(DeleteServer(), server_id)
    again = store.write(PowerOnServer(), server_id, idempotency_key="k")
    assert (again.outcome, again.records, again.servers) == (
        "repeated",
        first.records,
        first.servers,
    )


def test_a_repeated_request_spends_nothing_anew(store: Kept) -> None:
    store.write(creating(), idempotency_key="k")
    events = []
    for position in (2, 3):
        assert store.write(creating(), idempotency_key="k").position == position
        events.append(store.records(position - 1)[0][1].event)
    assert events == [RequestRepeated(at=store.clock.at, first_position=1)] * 2
    assert spent(store) == [(ADMIN.principal_id, "k", 1, 1)]


def test_several_at_once_are_repeated_as_they_were_made(store: Kept) -> None:
    store.create()
    first = store.write(creating("web", count=3), idempotency_key="k")
    store.write(DeleteServer(), first.servers[1].id)
    again = store.write(creating("web", count=3), idempotency_key="k")
    assert (again.records, again.servers) == (first.records, first.servers)
    assert spent(store) == [(ADMIN.principal_id, "k", 2, 3)]


def test_a_key_stays_spent_after_its_server_is_gone_and_the_store_was_closed(
    tmp_path: Path,
) -> None:
    with kept(tmp_path) as store:
        server_id = store.create()
        first = store.write(DeleteServer(), server_id, idempotency_key="k")
    with kept(tmp_path, Ids(1)) as store:
        again = store.write(DeleteServer(), server_id, idempotency_key="k")
        assert (again.outcome, again.records, again.servers) == (
            "repeated",
            first.records,
            first.servers,
        )
        with pytest.raises(ServerUnknown):
            store.write(DeleteServer(), server_id)
