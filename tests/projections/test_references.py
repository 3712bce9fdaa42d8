"""Servers found by id and by name, as far as the asker sees, and the log's position."""

from __future__ import annotations

from projections import server_queries as queries
from projections.positions import log_position_of
from tests.commands.stores import Kept
from tests.support import ELSEWHERE, HOME

NOWHERE = "00000000-0000-4000-8000-000000000000"


def test_a_server_is_found_by_id_as_far_as_the_scope_sees_it(four: Kept) -> None:
    (_, server_id, _, *_), *_ = four.rows("servers")["servers"]
    with four.store.database.reading() as session:
        shown = queries.find_server(session, server_id, None)
        assert shown is not None
        assert shown[:3] + shown[4:] == (server_id, HOME, 1, 5)
        assert queries.find_server(session, server_id, (ELSEWHERE, HOME)) == shown
        assert queries.find_server(session, server_id, (ELSEWHERE,)) is None
        assert queries.find_server(session, server_id, ()) is None
        assert queries.find_server(session, NOWHERE, None) is None


def test_a_name_is_looked_up_exactly_within_the_scope_oldest_first(store: Kept) -> None:
    first, there = store.create("twin"), store.create("twin", ELSEWHERE)
    last = store.create("twin")
    store.create("twin ")
    inner = store.store
    with inner.database.reading() as session:
        found = {
            scope: inner.servers.list_ids(session, "twin", scope)
            for scope in (None, (HOME,), (ELSEWHERE,), (ELSEWHERE, HOME), (NOWHERE,))
        }
        assert inner.servers.list_ids(session, "TWIN", None) == ()
    assert found == {
        None: (first, there, last),
        (HOME,): (first, last),
        (ELSEWHERE,): (there,),
        (ELSEWHERE, HOME): (first, there, last),
        (NOWHERE,): (),
    }


def test_the_position_of_the_log_is_that_of_its_last_record(four: Kept) -> None:
    with four.store.database.reading() as session:
        assert log_position_of(session) == 5
        four.create("e")
        assert log_position_of(session) == 5
    with four.store.database.reading() as session:
        assert log_position_of(session) == 6
