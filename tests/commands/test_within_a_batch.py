"""Within one batch a job sees exactly what those before it left, written yet or not."""

from __future__ import annotations

import pytest

from commands.unit import Unit
from domain.commands import BackUpServer, DeleteServer, PowerOnServer, RestoreServer, UpdateServer
from domain.refusals import ServerAmbiguous, ServerUnknown
from domain.values import Changes
from tests.commands.batches import answers_together
from tests.commands.stores import Kept, creating


@pytest.mark.parametrize("flushed", [False, True])
def test_a_server_removed_before_is_there_no_more_by_id_or_name(store: Kept, flushed: bool) -> None:
    server_id = store.create("gone")
    jobs = [
        store.job(DeleteServer(), ref=server_id),
        *([Unit.flush] if flushed else []),
        store.job(PowerOnServer(), ref=server_id),
        store.job(PowerOnServer(), ref="gone"),
        store.job(DeleteServer(), ref=server_id.upper()),
    ]
    answers, sizes = answers_together(store, *jobs)
    assert sizes == [len(jobs)]
    assert [type(answer) for answer in answers[-3:]] == [ServerUnknown] * 3
    assert [answer.position for answer in answers[-3:]] == [3, 4, 5]
    assert [record.metadata.outcome for _, record in store.records(1)] == [
        "accepted",
        "refused",
        "refused",
        "refused",
    ]
    assert store.rows("servers") == {"servers": []}


def test_a_name_given_or_left_before_counts(store: Kept) -> None:
    old = store.create("old")
    jobs = (
        store.job(UpdateServer(Changes(name="new")), ref=old),
        store.job(PowerOnServer(), ref="old"),
        store.job(creating("new")),
        store.job(PowerOnServer(), ref="new"),
        store.job(DeleteServer(), ref=old),
        store.job(PowerOnServer(), ref="new"),
    )
    (_, left, made, twins, _, on), sizes = answers_together(store, *jobs)
    assert sizes == [6]
    assert isinstance(left, ServerUnknown)
    assert isinstance(twins, ServerAmbiguous)
    assert twins.ids == (old, made.servers[0].id)
    assert [server.id for server in on.servers] == [made.servers[0].id]


def test_a_past_of_the_same_batch_can_be_restored(store: Kept) -> None:
    jobs = (
        store.job(creating("a", tags=("t",))),
        store.job(BackUpServer(name="b"), ref="a"),
        store.job(UpdateServer(Changes(tags=(), image="i")), ref="a"),
        store.job(RestoreServer(backup="b"), ref="a"),
        store.job(RestoreServer(version=3), ref="a"),
    )
    answers, sizes = answers_together(store, *jobs)
    assert sizes == [5]
    chosen = [answer.servers[0].configuration for answer in answers]
    assert [(each.tags, each.image) for each in chosen] == [
        (("t",), None),
        (("t",), None),
        ((), "i"),
        (("t",), None),
        ((), "i"),
    ]
    assert [answer.servers[0].version for answer in answers] == [1, 2, 3, 4, 5]
