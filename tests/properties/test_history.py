"""The past over HTTP against what was answered then, and against a fold of the whole log.

Each history is asked about in the store that an export of its log makes, with every row derived
anew there beside those that served.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import jsonpatch
from hypothesis import given, settings
from hypothesis import strategies as st

from api.models import MODELS
from api.rebuilding import Rebuild
from tests.moving import is_sound, quiet
from tests.properties.bodies import CHOICES, names, seldom
from tests.properties.driving import Driven
from tests.properties.model import ELSEWHERE, HOME, Caller, timestamp
from tests.properties.past import (
    Folded,
    blamed,
    changed,
    entries,
    fold_all,
    leaves,
    subject,
    told_changes,
    type_of,
)
from tests.properties.people import settle_in
from tests.properties.profile import times

ACTIONS: Final = ("poweron", "poweroff", "resetsoft", "resethard", "backup", "restore", "terminate")
QUERIES: Final = (
    *("", "?page=1&per_page=2", "?page=2&per_page=1", "?limit=2", "?name=a", "?name=a&limit=1"),
    *("?tags=x", "?tags=x,y", "?running=true", "?state=stopped&limit=3", "?flavor=x"),
    *(f"?organization={HOME}", "?running=false&tags=x&page=1", "?reservation_id=r-00000000"),
)


class Answered(NamedTuple):
    """What was answered when the log was at a position."""

    position: int
    caller: str
    path: str
    status: int
    body: bytes
    total: str | None
    paged: bool


class History:
    """A service that lives through what is drawn, and remembers what it answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.driven = Driven(folder)
        self.callers = settle_in(self.driven).callers
        self.ids: list[str] = []
        self.answered: list[Answered] = []

    def ask(self, caller: str, path: str, position: int | None = None, **headers: str) -> Any:
        if position is not None:
            path += f"{'&' if '?' in path else '?'}at_position={position}"
        return self.driven.get(self.callers[caller], path, **headers)

    def write(self, caller: str, path: str, body: Any, **more: Any) -> Any:
        headers = {"X-Auth-Token": self.callers[caller].token} | more.pop("headers", {})
        method = more.pop("method", "POST")
        return self.driven.client.request(method, path, json=body, headers=headers)

    def remember(self, caller: str, paths: list[str]) -> None:
        for path in paths:
            answer = self.ask(caller, path)
            self.answered.append(
                Answered(
                    int(answer.headers.get("x-log-position", self.records())),
                    caller,
                    path,
                    answer.status_code,
                    answer.content,
                    answer.headers.get("x-total-count"),
                    'rel="next"' in answer.headers.get("link", ""),
                )
            )

    def records(self) -> int:
        return len(self.driven.records(1, 1_000_000))

    def start_again_from_the_log(self) -> None:
        """In another store, which has the log alone, and there with every row derived anew."""
        self.driven.move(self.folder / "moved")
        assert Rebuild(self.driven.service.store, MODELS, quiet).run(keep_old=False) == []
        self.driven.close()
        assert is_sound(self.folder / "moved")
        self.driven.open()


@st.composite
def moves(draw: st.DrawFn, history: History) -> None:
    """One thing that somebody does, which may be refused."""
    caller = draw(st.sampled_from(["root", "ann", "bob", "eve", "rod"]))
    key = {"Idempotency-Key": draw(st.sampled_from(["k", "l"]))} if draw(seldom()) else {}
    history.driven.let_pass(draw(st.sampled_from([0, 1, 60, -30])))
    kind = draw(st.sampled_from(["create", "update", "update", "act", "act", "delete", "revert"]))
    if kind == "create" or not history.ids:
        fields = draw(st.fixed_dictionaries({"name": names}, optional=CHOICES))
        if draw(seldom()):
            body: Any = {"server": {"name": "a", "flavor": "x", "image": "i", "max_count": 2}}
        else:
            home = draw(st.sampled_from([HOME, ELSEWHERE]))
            body = fields | {"organization": home, "image": "i"}
        answer = history.write(caller, "/servers", body, headers=key)
        if answer.status_code in (200, 201):
            told = answer.json()
            history.ids += [server["id"] for server in told.get("servers", [told["server"]])]
        return
    ref = quote(draw(st.sampled_from([*history.ids, "a", "nobody"])), safe="")
    path = f"/servers/{ref}"
    if kind == "update":
        fields = draw(st.fixed_dictionaries({}, optional={"name": names} | CHOICES))
        history.write(caller, path, fields, method="PUT", headers=key)
    elif kind == "act":
        action = {"action": draw(st.sampled_from(ACTIONS))}
        history.write(caller, f"{path}/action", action, headers=key)
    elif kind == "delete":
        history.write(caller, path, None, method="DELETE", headers=key)
    else:
        point = draw(st.sampled_from(["to_version", "to_position"]))
        number = draw(st.integers(0, history.records() + 1 if point == "to_position" else 5))
        body = {point: number, "dry_run": draw(seldom())}
        history.write(caller, f"{path}/revert", body, headers=key)


@st.composite
def live(draw: st.DrawFn, history: History) -> None:
    """A whole life, looked at now and then by those who may."""
    for _ in range(draw(st.integers(3, 14))):
        draw(moves(history))
        caller = draw(st.sampled_from(["root", "ann", "bob", "eve"]))
        refs = ["a", *history.ids]
        looks = [f"/servers/{quote(draw(st.sampled_from(refs)))}{tail}" for tail in ("", "/action")]
        looks += [f"/servers{draw(st.sampled_from(QUERIES))}" for _ in range(2)]
        history.remember(caller, looks)


@given(data=st.data())
@settings(max_examples=times(25, 2_000))
def test_the_past_is_what_was_answered_then_and_what_the_log_tells(data: st.DataObject) -> None:
    folder = Path(tempfile.mkdtemp())
    history = History(folder)
    try:
        data.draw(live(history))
        history.start_again_from_the_log()
        before = history.records()
        folded = fold_all(history.driven)
        answers_of_then_are_given_again(history)
        lists_are_the_details_of_then(history, folded)
        times_mean_the_last_record_until_then(history, folded)
        blame_is_complete_and_exact(history, folded)
        patches_apply(history, folded, data)
        the_audit_has_an_entry_a_command(history, folded, data)
        events_are_the_records_that_one_may_see(history, folded)
        nobody_sees_what_is_not_theirs(history, folded)
        assert history.records() == before, "a read has written"
        history.driven.service.sampler.step(10_000)
        assert history.driven.service.sampler.checked.state == "sound"
    finally:
        history.driven.close()
        shutil.rmtree(folder)


def answers_of_then_are_given_again(history: History) -> None:
    for then in history.answered:
        now = history.ask(then.caller, then.path, then.position)
        assert now.status_code == then.status, (then, now.text)
        if then.status == 200:
            assert now.content == then.body, then
            assert now.headers.get("x-total-count") == then.total
            assert ('rel="next"' in now.headers["link"]) == then.paged
            assert now.headers["x-log-position"] == str(then.position)
            again = {"If-None-Match": now.headers["etag"]}
            assert history.ask(then.caller, then.path, then.position, **again).status_code == 304
        else:
            assert now.json()["code"] == json.loads(then.body)["code"]


def lists_are_the_details_of_then(history: History, folded: Folded) -> None:
    end = len(folded.records)
    for position in {1, end // 2, end - 1, end}:
        for caller in ("root", "ann", "bob"):
            listed = history.ask(caller, "/servers", position).json()["servers"]
            sees = _sees(history.callers[caller])
            assert {server["id"]: server for server in listed} == folded.fleet(position, sees)
            created = [folded.states[server["id"]][0][0] for server in listed]
            assert created == sorted(created)
            assert _walked(history, caller, position) == listed


def _walked(history: History, caller: str, position: int) -> list[Any]:
    found: list[Any] = []
    path: str | None = f"/servers?limit=2&at_position={position}"
    while path is not None:
        answer = history.ask(caller, path)
        found += answer.json()["servers"]
        following = re.search(r'<([^>]*)>; rel="next"', answer.headers["link"])
        path = following and following[1]
        assert path is None or f"at_position={position}" in path
    return found


def _sees(caller: Caller) -> Any:
    return lambda server: caller.may_see(server["organization"])


def times_mean_the_last_record_until_then(history: History, folded: Folded) -> None:
    moments = {record.event.at for _, record in folded.records}
    step = dt.timedelta(microseconds=1)
    for at in {moment + by for moment in moments for by in (-step, step, step * 0)}:
        if at > history.driven.at:
            continue
        until = [position for position, record in folded.records if record.event.at <= at]
        answer = history.ask("root", f"/servers?at={quote(timestamp(at))}")
        assert answer.headers["x-log-position"] == str(max(until, default=0))


def blame_is_complete_and_exact(history: History, folded: Folded) -> None:
    for server_id, states in folded.states.items():
        for position, state in states[-3:]:
            path = f"/servers/{server_id}/blame?at_version={state.version}"
            answer = history.ask("root", path)
            if state.deleted:
                assert answer.status_code == 404
                continue
            told = answer.json()["blame"]
            expected = blamed(folded, server_id, state.version)
            assert [leaf["field"] for leaf in told] == list(
                dict.fromkeys(leaf["field"] for leaf in told)
            )
            assert {leaf["field"]: (leaf["value"], leaf["version"]) for leaf in told} == expected
            for leaf in told:
                at, _ = states[leaf["version"] - 1]
                record = folded.records[at - 1][1]
                assert (leaf["position"], leaf["event"]) == (at, type_of(record))
                assert leaf["request_id"] == record.metadata.request_id
                assert leaf["actor"]["id"] == record.metadata.principal_id
                assert leaf["time"] == timestamp(record.event.at)
                _previous_is_the_value_before(folded, server_id, leaf)
            assert position <= int(answer.headers["x-log-position"])


def _previous_is_the_value_before(folded: Folded, server_id: str, leaf: dict[str, Any]) -> None:
    states = folded.states[server_id]
    shown = [folded.at(server_id, at) for at, _ in states]
    before = [leaves(one) if one else {} for one in shown[: leaf["version"] - 1]]
    ever = any(leaf["field"] in one for one in before)
    assert (leaf["previous"] is not None) == ever
    if ever:
        # What was not there, after its removal or a deletion, is told as null, and is not null.
        values = [(leaf["field"] in one, one.get(leaf["field"])) for one in before]
        gave = leaf["previous"]["version"]
        assert leaf["previous"]["value"] == values[-1][1]
        assert all(value == values[-1] for value in values[gave - 1 :])
        assert gave == 1 or values[gave - 2] != values[-1]


def patches_apply(history: History, folded: Folded, data: st.DataObject) -> None:
    for server_id, states in folded.states.items():
        alive = [state.version for _, state in states if not state.deleted]
        first, last = (data.draw(st.sampled_from(alive)) for _ in range(2))
        answer = history.ask("root", f"/servers/{server_id}/diff?from={first}&to={last}").json()
        before, after = (folded.at(server_id, states[v - 1][0]) for v in (first, last))
        assert jsonpatch.apply_patch(before, answer["patch"]) == after
        assert answer["changes"] == changed(before, after)
        assert len(answer["text"].splitlines()) == len(answer["changes"])
    end = len(folded.records)
    first, last = (data.draw(st.integers(0, end)) for _ in range(2))
    for caller in ("root", "ann", "bob"):
        sees = _sees(history.callers[caller])
        was, is_ = folded.fleet(first, sees), folded.fleet(last, sees)
        told = history.ask(caller, f"/diff?from={first}&to={last}").json()
        assert {one["id"]: one["server"] for one in told["deleted"]} == _beyond(was, is_)
        assert {one["id"]: one["server"] for one in told["created"]} == _beyond(is_, was)
        patched = {
            one["id"]: jsonpatch.apply_patch(was[one["id"]], one["patch"])
            for one in told["changed"]
        }
        both = was.keys() & is_.keys()
        assert patched == {id_: is_[id_] for id_ in both if was[id_] != is_[id_]}


def _beyond(these: dict[str, Any], those: dict[str, Any]) -> dict[str, Any]:
    return {id_: server for id_, server in these.items() if id_ not in those}


def _all(history: History, caller: str, path: str, name: str) -> list[Any]:
    found: list[Any] = []
    after = ""
    while True:
        joint = "&" if "?" in path else "?"
        answer = history.ask(caller, f"{path}{joint}limit=7{after}")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found += told[name]
        if told["next"] is None:
            return found
        after = f"&after={told['next']}"


def the_audit_has_an_entry_a_command(history: History, folded: Folded, data: st.DataObject) -> None:
    expected = list(entries(folded))
    told = _all(history, "root", "/audit", "entries")
    assert [_comparable(entry) for entry in told] == expected
    newest = _all(history, "root", "/audit?order=newest", "entries")
    assert newest == told[::-1]
    for name, key in (
        ("outcome", lambda entry: entry["outcome"]),
        ("action", lambda entry: entry["action"]),
        ("request_id", lambda entry: entry["request_id"]),
        ("organization", lambda entry: entry["organization"]),
    ):
        wanted = key(data.draw(st.sampled_from(told)))
        if wanted:
            found = _all(history, "root", f"/audit?{name}={quote(wanted)}", "entries")
            assert found == [entry for entry in told if key(entry) == wanted]
    field = data.draw(st.sampled_from(["name", "tags", "running", "version"]))
    assert _all(history, "root", f"/audit?field={field}", "entries") == [
        entry for entry in told if field in {change["field"] for change in entry["changes"]}
    ]
    first, last = sorted(data.draw(st.sampled_from(told))["time"] for _ in range(2))
    query = f"from={quote(first)}&to={quote(last)}"
    assert _all(history, "root", f"/audit?{query}", "entries") == [
        entry for entry in told if first <= entry["time"] < last
    ]
    for server_id in folded.states:
        own = _all(history, "root", f"/servers/{server_id}/audit", "entries")
        about = [
            position for position, record in folded.records if subject(folded, record) == server_id
        ]
        assert [entry["server"]["id"] for entry in own] == [server_id] * len(about)
        assert all(at in entry["positions"] for at, entry in zip(about, own, strict=True))


def _comparable(entry: dict[str, Any]) -> dict[str, Any]:
    kept = ("request_id", "time", "organization", "path", "ref", "outcome", "status")
    return {
        **{name: entry[name] for name in kept[:2]},
        "actor": entry["actor"] and entry["actor"]["id"],
        **{name: entry[name] for name in kept[2:5]},
        "server": entry["server"] and entry["server"]["id"],
        **{name: entry[name] for name in kept[5:]},
        "positions": entry["positions"],
        "changes": entry["changes"],
    }


def events_are_the_records_that_one_may_see(history: History, folded: Folded) -> None:
    for caller in ("root", "ann", "bob", "amy"):
        who = history.callers[caller]
        whole = caller in ("root", "amy")
        expected = [
            (position, type_of(record))
            for position, record in folded.records
            if who.may_see(record.metadata.organization)
            and (whole or type_of(record).startswith("server."))
        ]
        told = _all(history, caller, "/events", "events")
        assert [(int(event["sequence"]), event["type"]) for event in told] == expected
        for event in told:
            position = int(event["sequence"])
            assert history.ask(caller, f"/events/{position}").json() == event
            if event["type"].startswith("server."):
                record = folded.records[position - 1][1]
                assert event["data"]["changes"] == told_changes(folded, position, record)


def nobody_sees_what_is_not_theirs(history: History, folded: Folded) -> None:
    for server_id, states in folded.states.items():
        organization = states[0][1].organization
        for caller in ("ann", "bob"):
            if history.callers[caller].may_see(organization):
                continue
            for tail in ("", "/events", "/blame", "/diff?from=1", "/timemap", "?at_version=1"):
                answer = history.ask(caller, f"/servers/{server_id}{tail}")
                missing = history.ask(caller, f"/servers/{'0' * 8}{server_id[8:]}{tail}")
                assert answer.status_code == missing.status_code == 404
                assert answer.json()["code"] == missing.json()["code"]
        assert history.ask("rod", f"/servers/{server_id}/audit").status_code == 403
