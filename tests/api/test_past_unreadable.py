"""Records of the past that cannot be read: their server says so, all else is answered and whole.

Damaged before they were followed, as a newer release leaves them to an older one, or after.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.history import diffs
from projections import parked
from tests.api.expecting import problem, refuses
from tests.api.test_unreadable import damage
from tests.commands.stores import FOLLOWED
from tests.databases import edited
from tests.support import ELSEWHERE, HOME, SEED_B, Api, running


def follow_nothing(database: Any) -> None:
    """Leave what follows the log at its beginning."""
    for table in FOLLOWED:
        database.execute(f"DELETE FROM {table}")


def break_record(folder: Path, position: int, *, followed: bool) -> bytes:
    """Make a record unreadable; its bytes. Unless `followed`, nothing has followed the log yet."""
    with edited(folder) as database:
        ((state,),) = database.execute(
            "SELECT state FROM events WHERE position = ?", (position,)
        ).rows
        if not followed:
            follow_nothing(database)
        database.execute("UPDATE events SET state = ? WHERE position = ?", (b"{}", position))
    found: bytes = state
    return found


def positions(answer: Any, name: str) -> list[int]:
    assert answer.status_code == 200, answer.text
    if name == "events":
        return [event["data"]["position"] for event in answer.json()["events"]]
    return [entry["positions"][0] for entry in answer.json()["entries"]]


@pytest.mark.parametrize("followed", [True, False], ids=["after", "before"])
def test_pages_go_past_it_and_name_its_position(tmp_path: Path, followed: bool) -> None:
    with running(tmp_path) as api:
        api.create("broken")
        api.create("sound")
        api.get("/audit")
    break_record(tmp_path, 3, followed=followed)
    with running(tmp_path) as api:
        for path, name in (("/audit", "entries"), ("/events", "events")):
            answer = api.get(path)
            assert positions(answer, name) == [1, 2, 4]
            assert answer.headers["x-unreadable-positions"] == "3"
        newest = api.get("/audit?order=newest")
        assert positions(newest, "entries") == [4, 2, 1]
        assert newest.headers["x-unreadable-positions"] == "3"
        assert "x-unreadable-positions" not in api.get("/audit?limit=2").headers
        problem(api.get("/events/3"), 503, "server.unreadable")
        api.create("next")
        assert positions(api.get("/events?after_position=2"), "events") == [4, 5]


def test_its_server_s_history_says_so_and_its_states_are_told(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        broken = api.create("a")["id"]
        api.put("/servers/a", {"name": "b", "tags": ["t"]})
        api.put("/servers/b", {"name": "c", "tags": []})
    break_record(tmp_path, 4, followed=False)
    with running(tmp_path) as api:
        api.get("/audit")
        for tail in ("/audit", "/events", "/blame"):
            problem(api.get(f"/servers/{broken}{tail}"), 503, "server.unreadable")
        names = [
            [one["name"] for one in api.get(f"/servers?at_position={at}").json()["servers"]]
            for at in range(3, 6)
        ]
        assert names == [["a"], ["b"], ["c"]]
        for query in ("name=b", "tags=t"):
            found = api.get(f"/servers?{query}&at_position=4").json()["servers"]
            assert [one["version"] for one in found] == [2]
        assert api.get("/servers?name=a&at_position=4").json() == {"servers": []}
        (changed,) = api.get("/diff?from=3&to=4").json()["changed"]
        assert (changed["id"], changed["name"]) == (broken, "b")
        assert api.get(f"/servers/{broken}?at_version=2").json()["server"]["name"] == "b"


def test_a_diff_tells_of_every_one_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path) as api:
        own = [api.create(f"own-{number}")["id"] for number in range(2)]
        others = [api.create("other", organization=ELSEWHERE)["id"] for _ in range(3)]
        member = api.issue("member", HOME)
        start = api.position
        for server_id in (*others, *own):
            api.put(f"/servers/{server_id}", {"tags": ["t"]})
        end = api.position
    for position in range(start + 1, end + 1):
        break_record(tmp_path, position, followed=False)
    monkeypatch.setattr(diffs, "SERVERS_MAX", 2)
    with running(tmp_path) as api:
        told = api.get(f"/diff?from={start}&to={end}", token=member).json()
        assert [one["id"] for one in told["changed"]] == own
        fields = {"to": ["more than 2 servers changed; ask for a shorter stretch"]}
        refuses(api, (400, "request.invalid"), "GET", f"/diff?from={start}&to={end}", fields)


def test_a_diff_tells_of_more_than_answers_name_positions_of(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        start = api.position
        for _ in range(2):
            body = {"server": SEED_B["server"] | {"max_count": 60}}
            assert api.post("/servers", body).status_code == 200
        end = api.position
    assert end - start > parked.LISTED_MAX
    with edited(tmp_path) as database:
        follow_nothing(database)
        database.execute("UPDATE events SET state = ? WHERE position > ?", (b"{}", start))
    with running(tmp_path) as api:
        told = api.get(f"/diff?from={start}&to={end}").json()
        assert len(told["created"]) == end - start


@pytest.mark.parametrize("position", [3, 4, 5])
def test_whatever_it_was_lists_as_of_any_position_are_right(tmp_path: Path, position: int) -> None:
    with running(tmp_path) as api:
        server = api.create("a", tags=["t"])
        api.delete("/servers/a")
        api.post(f"/servers/{server['id']}/revert", {"to_version": 1})
        api.delete("/servers/a")
        api.create("other")
        expected = [looked_at(api, at) for at in range(api.position + 1)]
    break_record(tmp_path, position, followed=False)
    with running(tmp_path) as api:
        assert [looked_at(api, at) for at in range(api.position + 1)] == expected


def looked_at(api: Api, position: int) -> list[Any]:
    found = []
    for query in ("", "page=1&", "name=a&", "tags=t&"):
        answer = api.get(f"/servers?{query}at_position={position}")
        assert answer.status_code == 200, answer.text
        found += [answer.json(), answer.headers.get("x-total-count")]
    return found


def test_once_it_can_be_read_again_it_is_told_again(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        server = api.create("a")
        api.put("/servers/a", {"name": "b"})
        expected = api.get(f"/servers/{server['id']}/audit").json()
    state = break_record(tmp_path, 4, followed=False)
    with running(tmp_path, open_metrics=True) as api:
        api.get("/audit")
        assert "rackledger_parked_records 1.0" in api.get("/metrics").text
    damage(tmp_path, "UPDATE events SET state = ? WHERE position = 4", state)
    with running(tmp_path, open_metrics=True) as api:
        api.get("/audit")
        assert api.get(f"/servers/{server['id']}/audit").json() == expected
        assert "rackledger_parked_records 0.0" in api.get("/metrics").text


def test_a_first_record_that_cannot_be_read_stops_no_event(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        api.create()
        before = api.get("/events?after_position=1").json()
    break_record(tmp_path, 1, followed=False)
    with running(tmp_path) as api:
        assert api.get("/events?after_position=1").json() == before


def test_a_time_map_has_no_gap_in_its_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.history.timemaps.MEMENTOS_MAX", 2)
    with running(tmp_path) as api:
        for _ in range(3):
            api.create()
    break_record(tmp_path, 2, followed=True)
    with running(tmp_path) as api:
        first = api.get("/timemap")
        assert 'rel="next"' in first.headers["link"]
        assert '</servers?at_position=2>; rel="memento"\n' in first.text, "without a time"
