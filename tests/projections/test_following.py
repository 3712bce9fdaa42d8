"""Following the log: in batches, from where it was left, past what cannot be read, and anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from commands.store.tables import events
from domain.commands import DeleteServer, PowerOnServer
from projections.following import Follower
from projections.lives import Lives
from projections.recall import Recall
from projections.trail import Trail
from tests.commands.stores import FOLLOWED, Kept
from tests.projections.histories import live


def follower(store: Kept, **told: Any) -> Follower:
    inner = store.store
    recall = Recall(inner.log, inner.servers)
    return Follower(inner.database, inner.log, recall, (Trail(), Lives()), **told)


def follow(store: Kept, limit: int = 1_000) -> None:
    one = follower(store)
    while one.step(limit):
        pass


def rows(store: Kept) -> dict[str, list[Any]]:
    return store.rows(*FOLLOWED)


def damage(store: Kept, position: int) -> None:
    with store.store.database.writing() as session:
        statement = events.update().where(events.c.position == sa.bindparam("at", type_=sa.Integer))
        session.write(statement.values(state=b"{}"), [{"at": position}])


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_whatever_the_steps_the_rows_are_the_same(store: Kept, limit: int) -> None:
    live(store)
    follow(store)
    whole = rows(store)
    assert {name for name, found in whole.items() if not found} == {"parked"}
    with store.store.database.writing() as session:
        follower(store).restart(session)
    assert {name: found for name, found in rows(store).items() if found} == {}
    follow(store, limit)
    assert rows(store) == whole


def test_followed_as_it_grows_it_is_as_if_followed_at_the_end(store: Kept) -> None:
    one = follower(store)
    live(store)
    while one.step(5):
        store.create("in between")
        if one.position > 20:
            break
    while one.step(5):
        pass
    grown = rows(store)
    with store.store.database.writing() as session:
        one.restart(session)
    follow(store)
    assert rows(store) == grown


def test_it_goes_on_from_where_another_came_to(store: Kept) -> None:
    store.create("a")
    first, second = follower(store), follower(store)
    assert first.step() == 1
    assert second.step() == 1, "what the other did counts as its own"
    assert second.position == first.position
    assert len(rows(store)["trail"]) == 1


def test_what_cannot_be_read_is_parked_and_all_others_go_on(store: Kept) -> None:
    broken, sound = store.create("broken"), store.create("sound")
    for server_id in (broken, sound):
        store.write(PowerOnServer(), server_id)
        store.write(DeleteServer(), server_id)
    damage(store, 3)
    alarms: list[tuple[int, str]] = []
    one = follower(store, alarm=lambda position, reason: alarms.append((position, reason)))
    while one.step(2):
        pass
    assert [position for position, _ in alarms] == [3]
    assert (one.parked, one.position) == (1, 6)
    ((position, originator_id, name, _),) = rows(store)["parked"]
    assert (position, originator_id, name) == (3, broken, "server.powered_on")
    assert [row[0] for row in rows(store)["trail"]] == [1, 2, 4, 5, 6]
    assert follower(store).parked == 1, "known after a restart too"


@pytest.mark.parametrize("first", [0, 3, 4, 99], ids=["before all", "itself", "later", "nothing"])
def test_what_cannot_have_been_before_is_not_repeated(store: Kept, first: int) -> None:
    server = store.create("a")
    for _ in range(2):
        store.write(PowerOnServer(), server, idempotency_key="k")
    store.create("b")
    with store.store.database.writing() as session:
        ((state,),) = session.rows(sa.select(events.c.state).where(events.c.position == 3))
        other = state.replace(b'"first_position":2', b'"first_position":%d' % first)
        assert other != state
        found = events.update().where(events.c.position == 3).values(state=other)
        session.connection.execute(found)
    alarms: list[tuple[int, str]] = []
    one = follower(store, alarm=lambda position, reason: alarms.append((position, reason)))
    while one.step(2):
        pass
    why = f"it repeats position {first}, where it cannot have been before"
    assert alarms == [(3, why)]
    assert (one.parked, one.position) == (1, 4)


def test_a_failure_is_told_and_tried_again(store: Kept, tmp_path: Path) -> None:
    store.create("a")
    told: list[Exception] = []
    seen_failing: list[bool] = []

    class Failing(Trail):
        def derive(self, session: Any, records: Any) -> Any:
            if not told:
                raise ZeroDivisionError
            seen_failing.append(one.failing)
            return super().derive(session, records)

    inner = store.store
    one = Follower(
        inner.database,
        inner.log,
        Recall(inner.log, inner.servers),
        (Failing(),),
        failed=told.append,
    )
    with pytest.raises(ZeroDivisionError):
        one.step()
    assert one.position == 0
    one.hurry()
    one.start()
    while one.position < 1:
        one.hurry()
    one.stop()
    assert [type(error) for error in told] == [ZeroDivisionError]
    assert (seen_failing, one.failing) == ([True], False)
