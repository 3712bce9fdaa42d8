"""Issuing, revoking and issuing again, and the first record of a log."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from commands.tokens import issue_token, revoke_token, token_sha256
from domain.access import Caller
from domain.commands import IssueToken, RevokeToken
from domain.events import TokenIssued, TokenRevoked
from domain.records import Metadata, Record
from domain.refusals import PrincipalNameTaken, PrincipalUnknown
from domain.registry import REGISTRY
from projections.tokens import find_caller, list_callers
from tests.commands.stores import START, Kept, nth
from tests.support import ELSEWHERE, HOME

EXPIRY = START + dt.timedelta(hours=1)
BOTH = (HOME, ELSEWHERE)


def issue(store: Kept, token: str, name: str = "a name", **chosen: Any) -> None:
    asked: dict[str, Any] = {"role": "member", "organizations": (HOME,)} | chosen
    store.store.writer.run(lambda unit: issue_token(unit, token, name, **asked))


def revoke(store: Kept, name: str = "a name") -> None:
    store.store.writer.run(lambda unit: revoke_token(unit, name))


def caller_of(store: Kept, token: str) -> Caller | None:
    with store.store.database.reading() as session:
        return find_caller(session, token_sha256(token))


def metadata(command: IssueToken | RevokeToken, name: str, request: int) -> Metadata:
    return Metadata(
        received_at=START,
        organization=HOME,
        request_id=nth(request),
        dialect="command_line",
        command=name,
        arguments=REGISTRY.encode_command(command),
        status=200,
    )


def test_a_token_is_issued_and_revoked_as_records_like_any_other(store: Kept) -> None:
    issue(store, "t", role="auditor", organizations=BOTH, expires_at=EXPIRY)
    revoke(store)
    held: dict[str, Any] = {
        "principal_id": nth(1),
        "token_sha256": token_sha256("t"),
        "role": "auditor",
        "organization": HOME,
        "organizations": (ELSEWHERE,),
        "expires_at": EXPIRY,
    }
    issuing, revoking = IssueToken(**held), RevokeToken(principal_id=nth(1))
    issued, revoked = TokenIssued(at=START, **held), TokenRevoked(at=START)
    assert [record for _, record in store.records()] == [
        Record(nth(3), nth(1), 1, issued, metadata(issuing, "issue_token", 2)),
        Record(nth(5), nth(1), 2, revoked, metadata(revoking, "revoke_token", 4)),
    ]


def test_a_token_is_honoured_from_its_issue_to_its_revocation(store: Kept) -> None:
    assert caller_of(store, "t") is None
    issue(store, "t", organizations=BOTH, expires_at=EXPIRY)
    assert caller_of(store, "t") == Caller(nth(1), "member", HOME, (ELSEWHERE,), EXPIRY)
    revoke(store)
    assert caller_of(store, "t") is None


def test_a_principal_keeps_its_id_through_a_new_token(store: Kept) -> None:
    issue(store, "old")
    revoke(store)
    issue(store, "new", role="admin")
    assert caller_of(store, "old") is None
    assert caller_of(store, "new") == Caller(nth(1), "admin", HOME)
    versions = [(each.originator_id, each.originator_version) for _, each in store.records()]
    assert versions == [(nth(1), 1), (nth(1), 2), (nth(1), 3)]
    (kept,) = store.rows("principals")["principals"]
    assert kept[:2] == (nth(1), "a name")


def test_a_name_that_holds_a_token_gets_no_second_one(store: Kept) -> None:
    issue(store, "first")
    rows = store.rows()
    with pytest.raises(PrincipalNameTaken):
        issue(store, "second")
    assert store.rows() == rows


def test_a_name_whose_token_expired_gets_another_in_its_place(store: Kept) -> None:
    issue(store, "first", expires_at=EXPIRY)
    store.clock.advance(3_599)
    with pytest.raises(PrincipalNameTaken):
        issue(store, "second")
    store.clock.advance(1)
    issue(store, "second")
    assert caller_of(store, "first") is None
    assert caller_of(store, "second") == Caller(nth(1), "member", HOME)


def test_an_expired_token_can_be_revoked(store: Kept) -> None:
    issue(store, "t", expires_at=EXPIRY)
    store.clock.advance(7_200)
    revoke(store)
    assert caller_of(store, "t") is None


def test_what_holds_no_token_cannot_be_revoked(store: Kept) -> None:
    issue(store, "t")
    revoke(store)
    rows = store.rows()
    for name in ("a name", "nobody", "A NAME"):
        with pytest.raises(PrincipalUnknown):
            revoke(store, name)
    assert store.rows() == rows


def test_tokens_are_listed_by_principal(store: Kept) -> None:
    for name in ("a", "b", "c"):
        issue(store, f"token of {name}", name)
    revoke(store, "b")
    with store.store.database.reading() as session:
        names = {caller.principal_id for caller in list_callers(session)}
    kept = {row[0] for row in store.rows("principals")["principals"] if row[1] != "b"}
    assert names == kept


def test_tokens_of_one_batch_see_each_other(store: Kept) -> None:
    def both(unit: Any) -> None:
        issue_token(unit, "old", "a name", "member", (HOME,))
        revoke_token(unit, "a name")
        issue_token(unit, "new", "a name", "member", (HOME,))

    store.store.writer.run(both)
    assert caller_of(store, "old") is None
    assert caller_of(store, "new") == Caller(nth(1), "member", HOME)
