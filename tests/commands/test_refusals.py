"""Which refusals are recorded, in which order callers are told, and how many are put up with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commands.buckets import TokenBuckets
from commands.request import IfMatch
from domain.commands import DeleteServer, PowerOnServer, ResetServer, RestoreServer
from domain.events import RequestRefused
from domain.refusals import InvalidRequest, RateExceeded, Refusal, ServerUnknown
from tests.commands.stores import ADMIN, MEMBER, STRANGER, Kept, creating, kept
from tests.support import ELSEWHERE

READER = msgspec.structs.replace(MEMBER, role="reader")
STALE = IfMatch(frozenset({"another:1"}))
WRONG = {"name": ("wrong",)}


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def strict(tmp_path: Path, seconds: Seconds) -> Iterator[Kept]:
    """A store that puts up with two refusals of a principal, and one more every four seconds."""
    with kept(tmp_path, refusals=TokenBuckets(2, 0.25, seconds)) as store:
        yield store


def refused(store: Kept, *args: Any, **fields: Any) -> str:
    """The code of a refusal that is the last record, and that changed no row."""
    rows, position = store.rows(), len(store.records())
    with pytest.raises(Refusal) as raised:
        store.write(*args, **fields)
    ((at, record),) = store.records(position)
    assert isinstance(record.event, RequestRefused)
    assert (record.event.code, record.event.reason) == (raised.value.code, raised.value.reason)
    assert (record.metadata.outcome, at) == ("refused", raised.value.position)
    assert store.rows() == rows | {"events": store.rows("events")["events"]}
    return raised.value.code


def test_each_check_is_told_before_those_after_it(store: Kept) -> None:
    server_id = store.create()
    store.write(creating(), idempotency_key="k", caller=MEMBER)
    asked: dict[str, Any] = {"caller": READER, "if_match": STALE, "problems": WRONG}
    command = ResetServer(hard=False)
    spent = {"idempotency_key": "k", "body_sha256": "another"}
    assert refused(store, command, "nobody", **asked, **spent) == "key.reused"
    assert refused(store, command, "nobody", **asked) == "server.unknown"
    assert refused(store, command, server_id, **asked) == "right.missing"
    asked["caller"] = MEMBER
    assert refused(store, command, server_id, **asked) == "version.stale"
    del asked["if_match"]
    rows = store.rows()
    with pytest.raises(InvalidRequest):
        store.write(command, server_id, **asked)
    assert store.rows() == rows
    del asked["problems"]
    assert refused(store, command, server_id, **asked) == "server.stopped"


def test_rules_refuse_what_cannot_be_done(store: Kept) -> None:
    server_id = store.create()
    assert refused(store, RestoreServer(), server_id) == "backup.unknown"
    assert refused(store, RestoreServer(version=2), server_id) == "version.unknown"
    assert refused(store, RestoreServer(version=0), server_id) == "version.unknown"


def test_an_ambiguous_name_is_refused_and_an_unseen_namesake_does_not_count(store: Kept) -> None:
    store.create("twin")
    store.create("twin", ELSEWHERE)
    assert refused(store, PowerOnServer(), "twin") == "server.ambiguous"
    assert store.write(PowerOnServer(), "twin", caller=MEMBER).outcome == "accepted"
    assert store.write(PowerOnServer(), "twin", caller=STRANGER).outcome == "accepted"


def test_what_others_own_is_refused(store: Kept) -> None:
    server_id = store.create()
    foreign = creating("a", ELSEWHERE)
    assert refused(store, foreign, caller=MEMBER) == "organization.foreign"
    asked: dict[str, Any] = {"organization": ELSEWHERE, "problems": WRONG, "caller": MEMBER}
    assert refused(store, None, **asked) == "organization.foreign"
    assert refused(store, DeleteServer(), server_id, caller=STRANGER) == "server.unknown"


def test_nothing_has_a_version_before_it_exists(store: Kept) -> None:
    assert refused(store, creating(), if_match=STALE) == "version.stale"
    assert store.write(creating(), if_match=IfMatch(frozenset(), any=True)).outcome == "accepted"


def test_one_of_several_expected_versions_is_enough(store: Kept) -> None:
    server_id = store.create()
    expected = IfMatch(frozenset({f"{server_id}:1", f"{server_id}:7"}))
    assert store.write(PowerOnServer(), server_id, if_match=expected).outcome == "accepted"
    assert refused(store, DeleteServer(), server_id, if_match=expected) == "version.stale"


def test_past_so_many_refusals_nothing_is_recorded(strict: Kept, seconds: Seconds) -> None:
    assert refused(strict, PowerOnServer(), "nobody") == "server.unknown"
    assert refused(strict, PowerOnServer(), "nobody") == "server.unknown"
    rows = strict.rows()
    with pytest.raises(RateExceeded) as raised:
        strict.write(PowerOnServer(), "nobody")
    assert (raised.value.retry_after_s, raised.value.position) == (4, None)
    assert isinstance(raised.value.__cause__, ServerUnknown)
    assert strict.rows() == rows
    seconds.now += 4
    assert refused(strict, PowerOnServer(), "nobody") == "server.unknown"


def test_a_principal_out_of_refusals_may_still_write_and_others_still_be_refused(
    strict: Kept,
) -> None:
    for _ in range(2):
        refused(strict, PowerOnServer(), "nobody")
    server_id = strict.create()
    assert strict.write(PowerOnServer(), server_id).outcome == "accepted"
    assert refused(strict, PowerOnServer(), "nobody", caller=STRANGER) == "server.unknown"
    with pytest.raises(RateExceeded):
        strict.write(PowerOnServer(), "nobody", caller=ADMIN)


def test_wrong_fields_cost_no_refusal(strict: Kept) -> None:
    for _ in range(5):
        with pytest.raises(InvalidRequest):
            strict.write(None, problems=WRONG)
    assert strict.records() == []
    assert refused(strict, PowerOnServer(), "nobody") == "server.unknown"
