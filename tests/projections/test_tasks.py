"""Tasks: a row for each action that was accepted, whatever became of its server since."""

from __future__ import annotations

import pytest

from domain.commands import DeleteServer, PowerOnServer, ResetServer, UpdateServer
from domain.refusals import ServerStopped
from domain.values import Changes
from projections.tasks import find_task
from tests.commands.stores import Kept
from tests.support import ELSEWHERE, HOME


def test_accepted_actions_are_tasks_with_or_without_effect_and_nothing_else_is(
    store: Kept,
) -> None:
    server_id = store.create()
    with pytest.raises(ServerStopped):
        store.write(ResetServer(hard=False), server_id, action="resetsoft")
    store.write(PowerOnServer(), server_id, action="poweron")
    store.write(PowerOnServer(), server_id, action="poweron")
    store.write(UpdateServer(Changes(name="b")), server_id)
    store.write(DeleteServer(), server_id, action="terminate")
    ids = {position: record.id for position, record in store.records()}
    assert store.rows("tasks") == {
        "tasks": [(ids[position], HOME, position) for position in (3, 4, 6)]
    }


def test_an_action_repeated_under_its_key_is_no_second_task(store: Kept) -> None:
    server_id = store.create()
    for _ in range(2):
        store.write(PowerOnServer(), server_id, action="poweron", idempotency_key="k")
    assert [row[2] for row in store.rows("tasks")["tasks"]] == [2]


def test_a_task_is_found_as_far_as_the_scope_sees_it(store: Kept) -> None:
    server_id = store.create("a", ELSEWHERE)
    written = store.write(DeleteServer(), server_id, action="terminate")
    (record,) = written.records.values()
    with store.store.database.reading() as session:
        seen = [find_task(session, record.id, scope) for scope in (None, (ELSEWHERE,), (HOME,))]
        assert seen == [2, 2, None]
        assert find_task(session, server_id, None) is None
