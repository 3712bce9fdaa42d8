"""The memory of callers: half a second, by a clock of our own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from api.http.callers import REMEMBERED_MAX, REMEMBERED_S, Callers
from api.http.refusals import CallerUnknown
from commands.tokens import issue_token, new_token, revoke_token
from tests.support import ADMIN_TOKEN, HOME, Api

NOW = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def found(api: Api, clock: Clock) -> Callers:
    """Callers over the service's store, and that clock."""

    class Now:
        """Reads what stands there at each question."""

        def row(self, *question: Any) -> Any:
            with api.service.database.reading() as session:
                return session.row(*question)

    return Callers(Now, clock)  # type: ignore[arg-type]  # as far as it is asked


def revoke(api: Api, name: str) -> None:
    api.service.store.writer.run(lambda unit: revoke_token(unit, name))


def test_a_revocation_is_honoured_once_the_memory_is_over(
    api: Api, found: Callers, clock: Clock
) -> None:
    token = api.issue("member", HOME, name="builder")
    caller = found.find(token, NOW)
    assert (caller.role, caller.organization) == ("member", HOME)
    revoke(api, "builder")
    clock.now_s += REMEMBERED_S - 0.001
    assert found.find(token, NOW) == caller
    clock.now_s += 0.001
    with pytest.raises(CallerUnknown):
        found.find(token, NOW)


def test_the_memory_is_well_within_a_second() -> None:
    assert 0 < REMEMBERED_S <= 0.5


def test_being_asked_again_does_not_lengthen_the_memory(
    api: Api, found: Callers, clock: Clock
) -> None:
    token = api.issue("member", HOME, name="builder")
    found.find(token, NOW)
    revoke(api, "builder")
    for _ in range(4):
        clock.now_s += REMEMBERED_S / 5
        found.find(token, NOW)
    clock.now_s += REMEMBERED_S / 5
    with pytest.raises(CallerUnknown):
        found.find(token, NOW)


def test_a_new_token_is_honoured_at_once(api: Api, found: Callers) -> None:
    token = new_token()
    with pytest.raises(CallerUnknown):
        found.find(token, NOW)
    run = api.service.store.writer.run
    run(lambda unit: issue_token(unit, token, "builder", "reader", (HOME,)))
    assert found.find(token, NOW).role == "reader"


def test_expiry_is_judged_at_the_time_of_the_request_and_not_remembered(
    api: Api, found: Callers
) -> None:
    token, until = new_token(), NOW + dt.timedelta(hours=1)
    run = api.service.store.writer.run
    run(lambda unit: issue_token(unit, token, "builder", "reader", (HOME,), until))
    assert found.find(token, until - dt.timedelta(microseconds=1)).expires_at == until
    with pytest.raises(CallerUnknown):
        found.find(token, until)


def test_every_unknown_caller_is_told_the_same(found: Callers) -> None:
    words = set()
    for token in (None, "", "x", ADMIN_TOKEN + "0", "é", "x" * 10_000):
        with pytest.raises(CallerUnknown) as refusal:
            found.find(token, NOW)
        words.add(str(refusal.value))
    assert words == {"a valid token is required: X-Auth-Token, or Authorization: Bearer"}


def test_no_more_callers_are_remembered_than_a_bound(
    api: Api, found: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.http.callers.REMEMBERED_MAX", 3)
    tokens = [api.issue("reader", HOME) for _ in range(5)]
    for token in tokens:
        found.find(token, NOW)
    assert len(found._known) == 3
    assert all(found.find(token, NOW).role == "reader" for token in tokens)
    assert REMEMBERED_MAX == 10_000
