"""How SQLite goes about questions of the past: by an index, whatever was before and after."""

from __future__ import annotations

from typing import Any

import pytest

from projections import mentions, past_queries, past_rows, trail, trail_queries
from projections.batches import bind
from projections.lives import UNDER_WAY
from projections.tables import server_lives
from projections.trail_queries import TrailFilter
from tests.commands.stores import Kept
from tests.projections.test_plans import plan
from tests.support import HOME

pytestmark = pytest.mark.sqlite


def of_class(life: int, organization: bool = False) -> Any:
    statement = past_queries._class(life, (), 0, limited=True)
    if organization:
        column = server_lives.c.organization
        statement = statement.where(column == bind("organization_0"))
    return statement


def trail_of(*equal: tuple[str, str], **more: Any) -> Any:
    return trail_queries._list(False, *TrailFilter((HOME,), equal, **more).shape)


_BY_ORGANIZATION = "SEARCH server_lives USING INDEX server_lives_by_organization"
_MENTIONED = "SEARCH events USING INDEX sqlite_autoindex_events_1"
_OWN = "SEARCH own USING COVERING INDEX sqlite_autoindex_events_1"
QUESTIONS: dict[str, tuple[Any, str]] = {
    "lives of a class": (
        of_class(3),
        "SEARCH server_lives USING INDEX server_lives_by_class (life=? AND position>?",
    ),
    "lives that go on": (
        of_class(UNDER_WAY),
        "SEARCH server_lives USING INDEX server_lives_by_class (life=? AND position>?",
    ),
    "lives of a class in one organization": (
        of_class(3, organization=True),
        f"{_BY_ORGANIZATION} (organization=? AND life=? AND position>?",
    ),
    "what was said of restore points": (
        mentions._FOUND,
        f"{_MENTIONED} (originator_id=? AND originator_version>? AND originator_version<?)",
    ),
    "the version then": (
        past_rows._UNTIL,
        f"{_OWN} (originator_id=? AND originator_version>? AND originator_version<?)",
    ),
    "the mark before": (
        past_rows._UNTIL,
        "SEARCH server_marks USING PRIMARY KEY (id=? AND position<?)",
    ),
    "the row that held": (
        past_rows._SUPERSEDED,
        "SEARCH past_servers USING INTEGER PRIMARY KEY (rowid=?)",
    ),
    "the position at a time": (trail._AT, "SEARCH clock USING INTEGER PRIMARY KEY (rowid<?)"),
    "records of a server": (
        trail_of(("server_id", "x")),
        "SEARCH trail USING INDEX trail_by_server",
    ),
    "refused ones": (trail_of(("outcome", "refused")), "SEARCH trail USING INDEX trail_by_outcome"),
    "those of a name": (trail_of(name="x"), "SEARCH named USING COVERING INDEX trail_by_name"),
    "the next of all": (
        trail_queries._list(False, *TrailFilter(None).shape),
        "SEARCH trail USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_the_past_goes_by_an_index(store: Kept, question: str) -> None:
    statement, step = QUESTIONS[question]
    steps = plan(store, statement)
    assert any(taken.startswith(step) for taken in steps), steps
    scans = [taken for taken in steps if taken.startswith("SCAN ")]
    assert scans in ([], ["SCAN CONSTANT ROW"]), steps
