"""How SQLite goes about the questions of every request: by an index, never through all servers."""

from __future__ import annotations

from typing import Any

import pytest

from projections import (
    restore_point_queries,
    restore_points,
    server_filters,
    server_queries,
    servers,
    tasks,
    tokens,
    volume_queries,
)
from tests.commands.stores import Kept
from tests.projections.histories import live
from tests.support import HOME

pytestmark = pytest.mark.sqlite

ONE: dict[str, Any] = {"organization_0": HOME}
PAGE: dict[str, Any] = {"after": 0, "limit": 10, "offset": 0}
BY_RESERVATION = (
    "SEARCH servers USING INDEX servers_by_reservation"
    " (reservation_id=? AND organization=? AND position>?)"
)

LISTED = server_filters.AS_DOCUMENTS
HOLDING = server_filters.Narrowing(name_like=True)
NEWEST = server_filters.Listing("state", newest=True)

QUESTIONS: dict[str, tuple[Any, str]] = {
    "by id": (server_queries._BY_ID, "SEARCH servers USING INDEX sqlite_autoindex_servers_1"),
    "state shown by id": (
        server_queries._STATE_BY_ID,
        "SEARCH servers USING INDEX sqlite_autoindex_servers_1",
    ),
    "state by id": (servers._STATE, "SEARCH servers USING INDEX sqlite_autoindex_servers_1"),
    "by name": (servers._named(None), "SEARCH servers USING INDEX servers_by_name (name=?)"),
    "by name in one organization": (
        servers._named(1),
        "SEARCH servers USING INDEX servers_by_name (name=? AND organization=?)",
    ),
    "next of one organization": (
        server_queries._after(1, (), 0, LISTED),
        "SEARCH servers USING INDEX servers_by_organization (organization=? AND position>?)",
    ),
    "next of two organizations": (
        server_queries._after(2, (), 0, LISTED),
        "SEARCH servers USING INDEX servers_by_organization (organization=? AND position>?)",
    ),
    "next of all": (
        server_queries._after(None, (), 0, LISTED),
        "SEARCH servers USING INTEGER PRIMARY KEY (rowid>?)",
    ),
    "newest of one organization": (
        server_queries._after(1, (), 0, NEWEST),
        "SEARCH servers USING INDEX servers_by_organization (organization=? AND position<?)",
    ),
    "newest of all": (
        server_queries._after(None, (), 0, NEWEST),
        "SEARCH servers USING INTEGER PRIMARY KEY (rowid<?)",
    ),
    "newest page of one organization": (
        server_queries._page(1, (), 0, NEWEST),
        "SEARCH servers USING COVERING INDEX servers_by_organization (organization=?)",
    ),
    "page of one organization": (
        server_queries._page(1, (), 0, LISTED),
        "SEARCH servers USING COVERING INDEX servers_by_organization (organization=?)",
    ),
    "by reservation": (
        server_queries._after(None, ("reservation_id",), 0, LISTED),
        "SEARCH servers USING INDEX servers_by_reservation (reservation_id=?",
    ),
    "by reservation in one organization": (
        server_queries._after(1, ("reservation_id",), 0, LISTED),
        BY_RESERVATION,
    ),
    "by reservation in two organizations": (
        server_queries._after(2, ("reservation_id",), 0, LISTED),
        BY_RESERVATION,
    ),
    "next of a name that holds a word": (
        server_queries._after(None, (), 0, LISTED, HOLDING),
        "SCAN named USING COVERING INDEX servers_by_name",
    ),
    "caller by token": (tokens._GET, "SEARCH tokens USING INDEX sqlite_autoindex_tokens_2"),
    "task": (tasks._GET, "SEARCH tasks USING PRIMARY KEY (id=?)"),
    "volume by id": (
        volume_queries._attached_one(1),
        "SEARCH server_volumes USING PRIMARY KEY (id=? AND organization=?)",
    ),
    "volume alone by id": (
        volume_queries._alone_one(1),
        "SEARCH volumes USING INDEX sqlite_autoindex_volumes_1 (id=?)",
    ),
    "who has a volume": (
        volume_queries._holder(1),
        "SEARCH server_volumes USING PRIMARY KEY (id=? AND organization=?)",
    ),
    "page of volumes": (
        volume_queries._places(1, False),
        "SEARCH server_volumes USING COVERING INDEX server_volumes_by_organization (organ",
    ),
    "page of all volumes": (volume_queries._places(None, False), "MERGE (UNION ALL)"),
    "servers of a page of volumes": (
        volume_queries._page(1, False),
        "SEARCH servers USING INTEGER PRIMARY KEY (rowid=?)",
    ),
    "repeated volumes": (
        volume_queries._count(1, False),
        "SEARCH earlier USING PRIMARY KEY (id=? AND organization=? AND position<?)",
    ),
    "restore point by id": (
        restore_points._GET,
        "SEARCH restore_points USING INDEX sqlite_autoindex_restore_points_1 (id=?)",
    ),
    "page of snapshots": (
        restore_point_queries._page(1, "snapshot", ()),
        "SEARCH restore_points USING INDEX restore_points_as_snapshots (organization=?)",
    ),
    "next images": (
        restore_point_queries._after(1, "image", ()),
        "SEARCH restore_points USING INDEX restore_points_as_images (organization=? AND",
    ),
    "restore points of a deleted server": (
        servers._GET_GONE,
        "SEARCH gone_servers USING PRIMARY KEY (id=?)",
    ),
}

# What several organizations hold of one name or reservation is sorted, once found; so are the next
# of several organizations, each of which is left once it is past the page's end. Volumes have an
# order in each organization, not one of all: every create would pay for it. A page of them, once
# found, keeps its order beside what its servers tell.
SORTED = {
    "servers of a page of volumes",
    "page of all volumes",
    "by name",
    "by reservation",
    "by reservation in two organizations",
    "next of two organizations",
}


def plan(store: Kept, statement: Any) -> list[str]:
    """The steps of a statement as it is run, its parameters in their places."""
    with store.store.database.reading() as session:
        compiled = session._compile(statement)
        given = dict.fromkeys(compiled.names, "x") | PAGE | ONE
        known = {name: given[name] for name in compiled.names if name not in compiled.constants}
        explained = f"EXPLAIN QUERY PLAN {compiled.sql}"
        cursor = session._driver.execute(explained, compiled.place(known))
        return [row[3] for row in cursor.fetchall()]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_every_request_goes_by_an_index(store: Kept, question: str) -> None:
    live(store)
    statement, step = QUESTIONS[question]
    steps = plan(store, statement)
    assert any(taken.startswith(step) for taken in steps), steps
    assert not [taken for taken in steps if taken.startswith("SCAN servers")]
    assert any("TEMP B-TREE" in taken for taken in steps) == (question in SORTED)
