"""Tokens: issued, revoked, and issued anew; and what their bearers may do."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from domain.access import Caller, Role
from domain.commands import IssueToken, RevokeToken
from domain.events import Event, ServerPoweredOn, TokenIssued, TokenRevoked
from domain.refusals import PrincipalNameTaken, PrincipalUnknown
from domain.tokens import Principal, decide_token, evolve_principal, fold_principal
from tests.controls import AT, COMMANDS, EVENTS, PRINCIPAL_ID

ISSUE, REVOKE = COMMANDS[-2], COMMANDS[-1]
(ISSUED,) = (event for event in EVENTS if isinstance(event, TokenIssued))
EXPIRY = AT + dt.timedelta(days=30)


def given(*events: Event) -> Principal | None:
    return fold_principal(events)


def when(principal: Principal | None, command: object, at: dt.datetime = AT) -> tuple[Event, ...]:
    assert isinstance(command, IssueToken | RevokeToken)
    return decide_token(principal, command, at)


def test_a_new_principal_gets_a_token() -> None:
    assert when(given(), ISSUE) == (ISSUED,)


def test_a_principal_holds_one_token_at_a_time() -> None:
    with pytest.raises(PrincipalNameTaken):
        when(given(ISSUED), ISSUE, EXPIRY - dt.timedelta(microseconds=1))


def test_a_token_is_issued_anew_once_it_has_expired_or_was_revoked() -> None:
    assert isinstance(ISSUED, TokenIssued)
    assert when(given(ISSUED), ISSUE, EXPIRY) == (msgspec.structs.replace(ISSUED, at=EXPIRY),)
    assert when(given(ISSUED, TokenRevoked(at=AT)), ISSUE) == (ISSUED,)


def test_a_token_is_revoked_once() -> None:
    assert when(given(ISSUED), REVOKE) == (TokenRevoked(at=AT),)
    for principal in (given(), given(ISSUED, TokenRevoked(at=AT))):
        with pytest.raises(PrincipalUnknown):
            when(principal, REVOKE)


def test_a_token_without_expiry_is_held_for_ever() -> None:
    assert isinstance(ISSUED, TokenIssued)
    principal = given(msgspec.structs.replace(ISSUED, expires_at=None))
    assert principal is not None
    assert principal.holds_token(AT + dt.timedelta(days=100_000))


def test_the_principal_stays_the_same_over_its_tokens() -> None:
    assert isinstance(ISSUED, TokenIssued)
    principal = given(ISSUED, TokenRevoked(at=AT), ISSUED)
    assert principal == Principal(id=PRINCIPAL_ID, version=3, token=ISSUED)


@pytest.mark.parametrize("event", [TokenRevoked(at=AT), ServerPoweredOn(at=AT)])
def test_an_event_that_does_not_fit_is_not_folded(event: Event) -> None:
    with pytest.raises(TypeError):
        evolve_principal(None, event)


@pytest.mark.parametrize(
    ("role", "writes", "sees_all"),
    [
        ("reader", False, False),
        ("member", True, False),
        ("auditor", False, False),
        ("admin", True, True),
    ],
)
def test_a_role_decides_what_its_bearer_may_do(role: Role, writes: bool, sees_all: bool) -> None:
    caller = Caller(principal_id="p", role=role, organization="a", organizations=("b",))
    assert caller.may_write is writes
    assert [caller.sees(organization) for organization in "abc"] == [True, True, sees_all]
    assert caller.scope == (None if sees_all else ("a", "b"))


def test_an_expired_token_can_be_revoked_still() -> None:
    assert when(given(ISSUED), REVOKE, EXPIRY) == (TokenRevoked(at=EXPIRY),)


def test_a_token_is_held_until_its_expiry_and_not_at_it() -> None:
    principal = given(ISSUED)
    assert principal is not None
    instant = dt.timedelta(microseconds=1)
    assert [principal.holds_token(at) for at in (AT, EXPIRY - instant, EXPIRY)] == [
        True,
        True,
        False,
    ]


def test_a_token_issued_anew_takes_the_place_of_the_expired_one() -> None:
    assert isinstance(ISSUED, TokenIssued)
    second = msgspec.structs.replace(ISSUED, at=EXPIRY, token_sha256="0" * 64, role="reader")
    assert given(ISSUED, second) == Principal(id=PRINCIPAL_ID, version=2, token=second)
    assert given(second, TokenRevoked(at=EXPIRY)) == Principal(
        id=PRINCIPAL_ID, version=2, token=None
    )
