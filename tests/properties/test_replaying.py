"""Whatever happened to servers: decided again, it is decided as it was, by this code and a copy."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.replaying.checking import Check
from api.replaying.codebases import INSTALLED
from api.replaying.shapes import told_event
from api.replaying.sides import Sides
from api.replaying.sources import jobs
from api.replaying.telling import Teller
from commands.histories import Histories
from commands.replaying import BEFORE_THE_RULES
from commands.request import IfMatch
from commands.store.history import History
from domain.access import Caller
from domain.commands import DeleteServer, RevertServer
from domain.events import RequestRefused, RequestUnchanged
from domain.records import Record
from domain.refusals import Refusal
from tests.commands.stores import MEMBER, STRANGER, Kept, creating, kept
from tests.properties.histories import commands
from tests.properties.profile import times
from tests.support import HOME

READER: Final = Caller("a-reader", "reader", HOME)
STALE: Final = IfMatch(frozenset({"nobody:1"}))
reverts: Final = st.builds(RevertServer, to_version=st.integers(0, 9)) | st.builds(
    RevertServer, to_position=st.integers(0, 40)
)
steps: Final = st.tuples(
    commands | reverts | st.just(DeleteServer()) | st.builds(creating, count=st.integers(1, 3)),
    st.integers(0, 5),
    st.sampled_from(
        [
            *({}, {}, {}, {"action": "backup"}, {"idempotency_key": "k"}, {"if_match": STALE}),
            *({"caller": caller} for caller in (MEMBER, STRANGER, READER)),
        ]
    ),
)


@pytest.fixture(scope="module")
def sides() -> Iterator[Sides]:
    with Sides(INSTALLED, INSTALLED) as both:
        yield both


def lived(store: Kept, asked: list[tuple[Any, int, dict[str, Any]]]) -> None:
    """Let servers live, by whatever is accepted, without effect or refused."""
    servers = [store.create("first")]
    for command, which, fields in asked:
        store.clock.advance(1.5)
        ref = None if type(command) is type(creating()) else servers[which % len(servers)]
        with suppress(Refusal):
            written = store.write(command, ref, **fields)
            servers += [server.id for server in written.servers if server.id not in servers]


def recorded(record: Record) -> Any:
    """The decision that a record tells of."""
    if isinstance(record.event, RequestRefused):
        return {"refused": record.event.code}
    return "no effect" if isinstance(record.event, RequestUnchanged) else told_event(record.event)


@settings(
    max_examples=times(25, 400),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asked=st.lists(steps, max_size=25))
def test_every_command_is_decided_again_as_it_was(
    sides: Sides, asked: list[tuple[Any, int, dict[str, Any]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, kept(Path(folder)) as store:
        lived(store, asked)
        histories = Histories(History(store.store.database))
        check = Check(sides)
        check.run(jobs(histories))
        assert (check.tally.found, check.tally.lost) == ({}, 0)
        assert check.tally.records == len(store.records())
        _assert_decided_as_recorded(store, histories)


def _assert_decided_as_recorded(store: Kept, histories: Histories) -> None:
    records = dict(store.records())
    for job in jobs(histories):
        real, branch = Teller(job.subject), Teller(job.subject, branch=True)
        for stored in job.records:
            record, line = records[stored.position], real.tell(stored)
            told = recorded(record)
            if line.decision is None:
                assert _undecided(record)
            elif "events" in line.decision:
                assert line.decision["events"][record.metadata.part - 1] == told
                assert len(line.decision["events"]) == record.metadata.parts
            else:
                assert line.decision == told
            assert line.lost is None
            # A branch on which nothing else happened is the history itself.
            there = branch.tell(stored)
            assert (there.decision, there.state) == (line.decision, line.state)
            if not isinstance(record.event, RequestRefused):
                assert msgspec.structs.asdict(there) == msgspec.structs.asdict(line)


def _undecided(record: Record) -> bool:
    """Whether a record tells of nothing that the rules decided."""
    event = record.event
    if isinstance(event, RequestRefused):
        return event.code in BEFORE_THE_RULES
    return record.metadata.part > 1 or record.metadata.outcome == "repeated"
