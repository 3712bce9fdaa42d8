"""Conditions and bisection, against a plain fold of the same events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cli.looking.bisect import first_held
from domain.events import (
    Event,
    ServerCreated,
    ServerDeleted,
    ServerPoweredOff,
    ServerPoweredOn,
    ServerRenamed,
    ServerReverted,
    ServerUpdated,
)
from domain.records import Metadata, Record, UnreadableRow
from domain.server import Server, evolve
from domain.values import Changes, Configuration
from projections.conditions import Condition
from projections.differences import shown
from projections.expressions import ExpressionInvalid
from projections.folding import Fold, PastUnknown, Step

AT = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)
NAMES = st.sampled_from(("a", "b", "c"))
TAGS = st.lists(NAMES, max_size=3, unique=True).map(tuple)
ASKED = Metadata(
    received_at=AT,
    organization="o",
    request_id="r",
    dialect="root",
    command="update_server",
    status=200,
    principal_id="p",
)
CONDITIONS: dict[str, Callable[[Any, Any, int], bool]] = {
    "running": lambda before, after, servers: bool(after and after["running"]),
    "name == 'b'": lambda before, after, servers: bool(after and after["name"] == "b"),
    "server == null": lambda before, after, servers: not after,
    "version > 3": lambda before, after, servers: bool(after and after["version"] > 3),
    "!(version > 3)": lambda before, after, servers: bool(after and not after["version"] > 3),
    "size(tags) > 1 && 'c' in tags": lambda before, after, servers: bool(
        after and len(after["tags"]) > 1 and "c" in after["tags"]
    ),
    "tags.exists(t, t == name)": lambda before, after, servers: bool(
        after and after["name"] in after["tags"]
    ),
    "before != null && before.name != name": lambda before, after, servers: bool(
        before and before["name"] != (after and after["name"])
    ),
    "servers == 2 && running": lambda before, after, servers: bool(
        servers == 2 and after and after["running"]
    ),
    "event.type == 'server.reverted'": lambda before, after, servers: False,
    "event.position >= 7 && event.actor == 'P'": lambda before, after, servers: False,
}


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """Records of up to three servers, each event one that its server can have."""
    states: dict[str, Server] = {}
    records: list[Record] = []
    for _ in range(draw(st.integers(1, 20))):
        server_id = draw(NAMES)
        before = states.get(server_id)
        event = draw(_events(server_id, before))
        after = states[server_id] = evolve(before, event)
        records.append(Record("id", server_id, after.version, event, ASKED))
    return records


def _events(server_id: str, before: Server | None) -> st.SearchStrategy[Event]:
    configurations = st.builds(Configuration, name=NAMES, tags=TAGS)
    if before is None:
        return configurations.map(lambda chosen: ServerCreated(AT, server_id, "o", chosen, "x"))
    if before.deleted:
        return configurations.map(lambda chosen: ServerReverted(AT, chosen, True, 1))
    return st.one_of(
        NAMES.map(lambda name: ServerRenamed(AT, name)),
        TAGS.map(lambda tags: ServerUpdated(AT, Changes(tags=tags))),
        st.sampled_from((ServerPoweredOn(AT), ServerPoweredOff(AT), ServerDeleted(AT))),
    )


def brute_force(records: list[Record], when: str) -> int | None:
    """The first position after which a condition holds, by folding all up to it anew."""
    for end in range(1, len(records) + 1):
        states: dict[str, Server] = {}
        before: Server | None = None
        for record in records[:end]:
            before = states.get(record.originator_id)
            states[record.originator_id] = evolve(before, record.event)
        last = records[end - 1]
        servers = sum(not server.deleted for server in states.values())
        after = shown(states[last.originator_id])
        held = CONDITIONS[when](shown(before), after, servers)
        if when.startswith("event.type"):
            held = isinstance(last.event, ServerReverted)
        elif when.startswith("event.position"):
            held = end >= 7
        if held:
            return end
    return None


@given(histories(), st.sampled_from(sorted(CONDITIONS)))
def test_bisection_finds_what_folding_every_beginning_does(
    records: list[Record], when: str
) -> None:
    steps = Fold().steps(enumerate(records, 1))
    found = first_held(steps, Condition(when, fleet=True), str.upper)
    assert (found and found.position) == brute_force(records, when)


def created(**chosen: Any) -> Step:
    event = ServerCreated(AT, "s", "o", Configuration(name="web", **chosen), "x86_64")
    return Fold().take(1, Record("id", "s", 1, event, ASKED))


@pytest.mark.parametrize(
    "text",
    [
        *("flavor > 'a'", "!(flavor > 'a')", "public_ip.dynamic", "tags[0] == 'a'", "1 / 0 == 1"),
        *("flavor.startsWith('a')", "timestamp(name) > timestamp(name)", "before.running"),
        *("int(name) > 1", "9223372036854775807 + version > 0", "keyname.matches('a')"),
    ],
)
def test_where_an_operation_fails_a_condition_does_not_hold(text: str) -> None:
    assert Condition(text).holds(created()) is False


@pytest.mark.parametrize(
    "text",
    [
        *("running == false", "flavor == null", "has(server.name)", "type(version) == int"),
        *("timestamp(creation_date).getFullYear() == 2026", "before == null", "version > 0.5"),
        *("event.action == 'update'", "event.actor == null", "tags.all(t, t == 'x')"),
        "event.time == '2026-11-22T04:00:00.000000+00:00'",
    ],
)
def test_conditions_can_ask_of_everything(text: str) -> None:
    assert Condition(text).holds(created()) is True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("'a' + name", "must be true or false, and gives str"),
        ("null", "must be true or false, and gives null"),
        ("tags.map(t, t)", "must be true or false, and gives list"),
        ("", "at character 1: Syntax error: mismatched input '<EOF>'"),
        ("x.all(y, z)", "unknown variable 'x'"),
        ("tags.all(y, z)", "unknown variable 'z'"),
        ("tags.exists(t, t == u)", "unknown variable 'u'"),
        ("event.kind == 'x'", "there is no member 'kind'"),
        ("name.matches('(')", "Function 'matches' error: '(' not a valid regex:"),
        ("x" * 1_001, "longer than 1000 characters"),
        ("(" * 200 + "true" + ")" * 200, "too deeply nested"),
        ("'\udcff' == name", "not UTF-8"),
    ],
)
def test_what_is_no_condition_is_told_before_it_is_asked(text: str, words: str) -> None:
    with pytest.raises(ExpressionInvalid) as raised:
        Condition(text)
    assert str(raised.value).partition(";")[0] == words


def test_a_condition_that_turns_out_to_be_none_is_told() -> None:
    condition = Condition("version == 2 ? true : dyn(name)")
    with pytest.raises(ExpressionInvalid, match="must be true or false, and gives str"):
        condition.holds(created())


@given(st.text(max_size=40))
def test_any_text_is_a_condition_or_is_told_to_be_none(text: str) -> None:
    with suppress(ExpressionInvalid):
        assert Condition(text).holds(created()) in {True, False}


def test_what_follows_an_unreadable_record_is_not_known() -> None:
    fold = Fold()
    made = created().record
    fold.take(1, made)
    lost = fold.take(2, UnreadableRow("s", 2, "server.renamed", "why"))
    after = fold.take(3, Record("id", "s", 3, ServerPoweredOn(AT), ASKED))
    words = "server s: the record at position 2 cannot be read: why"
    assert (lost.why, after.why) == (words, words)
    for step in (lost, after):
        with pytest.raises(PastUnknown, match="cannot be read"):
            step.server  # noqa: B018
    with pytest.raises(PastUnknown, match="position 2"):
        fold.living()


def test_an_event_that_does_not_fit_is_told() -> None:
    fold = Fold()
    fold.take(1, created().record)
    again = fold.take(2, Record("id", "s", 2, created().record.event, ASKED))
    assert again.why == (
        "server s: the record at position 2 does not fit what was before: "
        "ServerCreated after ServerCreated"
    )
    gap = fold.take(3, Record("id", "t", 2, ServerPoweredOn(AT), ASKED))
    assert gap.why == "server t: its version 1 is missing"
