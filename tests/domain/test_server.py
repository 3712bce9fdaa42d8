"""The fold: from events to a state."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.events import Event, ServerCreated, ServerDeleted, ServerPoweredOn, TokenRevoked
from domain.server import Server, evolve, fold
from tests.controls import AT, CONFIGURATION, EVENTS, HOME, SERVER_ID
from tests.domain.given import given

CREATED = EVENTS[1]


def test_a_server_begins_stopped_at_version_one() -> None:
    assert fold([CREATED]) == Server(
        id=SERVER_ID,
        organization=HOME,
        configuration=CONFIGURATION,
        arch="x86_64",
        created_at=AT,
        modified_at=AT,
        version=1,
        reservation_id="r-abcd1234",
    )


def test_every_event_raises_the_version_and_says_when() -> None:
    later = AT + dt.timedelta(seconds=5)
    before = given()
    after = evolve(before, ServerPoweredOn(at=later))
    assert (after.version, after.modified_at, after.created_at) == (2, later, before.created_at)
    assert (before.version, before.running, before.state, after.state) == (
        1,
        False,
        "stopped",
        "running",
    )


def test_a_fold_can_go_on_from_a_state() -> None:
    events: list[Event] = [CREATED, ServerPoweredOn(at=AT), ServerDeleted(at=AT)]
    whole = fold(events)
    assert fold(events[2:], fold(events[:2])) == whole
    assert whole is not None
    assert whole.deleted
    assert fold([]) is None


@pytest.mark.parametrize("event", [ServerPoweredOn(at=AT), TokenRevoked(at=AT)])
def test_nothing_comes_before_the_creation(event: Event) -> None:
    with pytest.raises(TypeError):
        evolve(None, event)


def test_an_event_of_something_else_does_not_fit() -> None:
    with pytest.raises(TypeError):
        evolve(given(), TokenRevoked(at=AT))


def test_a_server_is_created_once() -> None:
    assert isinstance(CREATED, ServerCreated)
    with pytest.raises(TypeError):
        evolve(given(), CREATED)
