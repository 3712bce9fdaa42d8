"""Questions asked of the live servers: by reference, filter, page, cursor and as a stream."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from api.root import views
from api.root.views import Present, chunks
from domain.commands import DeleteServer
from domain.ports import Scope
from projections import server_queries as queries
from projections.server_filters import Filter
from projections.server_queries import Found
from tests.commands.stores import Kept, creating
from tests.support import ELSEWHERE, HOME

NOWHERE = "00000000-0000-4000-8000-000000000000"


def names(found: list[Found]) -> str:
    return "".join(orjson.loads(document)["name"] for _, document in found)


def ask(store: Kept, scope: Scope = None, tags: str = "", **equal: str | int) -> tuple[str, int]:
    """The names of the servers of a filter, and how many it counts."""
    filter_ = Filter(scope, tuple(equal.items()), tuple(tags))
    with store.store.database.reading() as session:
        listed = names(queries.list_after(session, filter_, 0, 10))
        assert names(queries.list_page(session, filter_, 0, 10)) == listed
        assert names([row for rows in chunks(session, Present(), filter_) for row in rows]) == (
            listed
        )
        return listed, queries.count_servers(session, filter_)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "abcd"),
        ({"scope": (HOME,)}, "ad"),
        ({"scope": (ELSEWHERE, HOME)}, "abcd"),
        ({"scope": (NOWHERE,)}, ""),
        ({"scope": ()}, ""),
        ({"tags": "x"}, "abd"),
        ({"tags": "xy"}, "ad"),
        ({"tags": "xyz"}, "d"),
        ({"tags": "w"}, ""),
        ({"tags": "x", "scope": (ELSEWHERE,)}, "b"),
        ({"running": 1}, "d"),
        ({"running": 0}, "abc"),
        ({"image": "i", "flavor": "f"}, "a"),
        ({"name": "c", "scope": (HOME,)}, ""),
        ({"name": "c", "tags": "y", "running": 0}, "c"),
        ({"name": "C"}, ""),
    ],
)
def test_a_list_holds_what_the_filter_says_and_counts_it(
    four: Kept, asked: dict[str, Any], expected: str
) -> None:
    assert ask(four, **asked) == (expected, len(expected))


def test_a_removed_server_is_listed_and_counted_no_more(four: Kept) -> None:
    four.write(DeleteServer(), "b")
    assert ask(four) == ("acd", 3)
    assert ask(four, (ELSEWHERE,)) == ("c", 1)
    assert ask(four, tags="x") == ("ad", 2)


def test_pages_follow_on_each_other(four: Kept) -> None:
    filter_ = Filter(None)
    with four.store.database.reading() as session:
        pages = [names(queries.list_page(session, filter_, offset, 3)) for offset in (0, 3, 6)]
    assert pages == ["abc", "d", ""]


def test_a_cursor_holds_its_place_while_servers_come_and_go(four: Kept) -> None:
    filter_ = Filter((HOME, ELSEWHERE))
    with four.store.database.reading() as session:
        first = queries.list_after(session, filter_, 0, 2)
    four.write(DeleteServer(), "a")
    four.write(DeleteServer(), "c")
    four.create("e")
    with four.store.database.reading() as session:
        second = queries.list_after(session, filter_, first[-1][0], 2)
    assert (names(first), names(second)) == ("ab", "de")
    assert [position for position, _ in second] == [4, 8]


def test_a_stream_comes_in_chunks_from_where_it_is_asked(
    store: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "CHUNK_ROWS", 3)
    store.write(creating("s", count=7))
    with store.store.database.reading() as session:
        found = list(chunks(session, Present(), Filter(None)))
        rest = list(chunks(session, Present(), Filter(None), after=5))
    assert [[position for position, _ in chunk] for chunk in found] == [[1, 2, 3], [4, 5, 6], [7]]
    assert [[position for position, _ in chunk] for chunk in rest] == [[6, 7]]


def test_a_stream_stays_in_the_snapshot_that_it_began_in(
    store: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CHUNK_ROWS", 1)
    store.create("a")
    store.create("b")
    with store.store.database.reading() as session:
        stream = chunks(session, Present(), Filter(None))
        seen = names(next(stream))
        store.write(DeleteServer(), "b")
        store.create("c")
        seen += names([row for chunk in stream for row in chunk])
    assert seen == "ab"
