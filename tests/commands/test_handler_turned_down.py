"""What a request that changes nothing leaves in the log: unchanged, refused or wrong."""

from __future__ import annotations

import msgspec
import pytest

from commands.request import IfMatch
from domain.commands import PowerOnServer, UpdateServer
from domain.events import (
    RequestRefused,
    RequestUnchanged,
)
from domain.records import Record
from domain.refusals import InvalidRequest, RightMissing, ServerUnknown
from domain.registry import REGISTRY
from domain.values import Changes
from tests.commands.asked import ASKED, metadata
from tests.commands.stores import START, STRANGER, Kept, nth
from tests.support import ELSEWHERE, HOME


def test_a_request_without_effect_is_recorded_in_a_stream_of_its_own(store: Kept) -> None:
    server_id = store.create()
    command = UpdateServer(Changes(name="a server"))
    written = store.write(command, server_id, **ASKED)
    record = Record(
        nth(3),
        nth(3),
        1,
        RequestUnchanged(at=START, server_id=server_id, server_version=1),
        metadata(
            "update_server",
            ref=server_id,
            outcome="no_effect",
            status=200,
            arguments=REGISTRY.encode_command(command),
        ),
    )
    assert store.records(1) == [(2, record)]
    assert (written.outcome, written.position, written.records) == ("no_effect", 2, {2: record})
    assert [server.version for server in written.servers] == [1]


def test_a_refused_request_is_recorded_with_why_and_the_state_it_met(store: Kept) -> None:
    server_id = store.create("a server", ELSEWHERE)
    rows = store.rows("servers")
    command = PowerOnServer()
    reader = msgspec.structs.replace(STRANGER, role="reader")
    with pytest.raises(RightMissing) as raised:
        store.write(command, server_id, **ASKED, action="poweron", caller=reader)
    record = Record(
        nth(3),
        nth(3),
        1,
        RequestRefused(
            at=START,
            code="right.missing",
            reason="the role 'reader' may not change servers",
            server_id=server_id,
            server_version=1,
        ),
        metadata(
            "power_on_server",
            principal_id="a-stranger",
            organization=ELSEWHERE,
            ref=server_id,
            action="poweron",
            outcome="refused",
            status=403,
            arguments=REGISTRY.encode_command(command),
        ),
    )
    assert store.records(1) == [(2, record)]
    assert raised.value.position == 2
    assert store.rows("servers") == rows


def test_a_refusal_about_a_server_unseen_names_no_server(store: Kept) -> None:
    server_id = store.create("a server", HOME)
    with pytest.raises(ServerUnknown):
        store.write(None, server_id, **ASKED, caller=STRANGER, problems={"name": ("wrong",)})
    record = Record(
        nth(3),
        nth(3),
        1,
        RequestRefused(at=START, code="server.unknown", reason=f"no server {server_id!r}"),
        metadata(
            "update_server",
            principal_id="a-stranger",
            organization=ELSEWHERE,
            ref=server_id,
            outcome="refused",
            status=404,
        ),
    )
    assert store.records(1) == [(2, record)]


def test_wrong_fields_are_told_last_and_leave_no_record(store: Kept) -> None:
    server_id = store.create()
    expected = IfMatch(frozenset(), any=True)
    before = store.rows()
    with pytest.raises(InvalidRequest) as raised:
        store.write(
            None,
            server_id,
            if_match=expected,
            problems={"name": ("wrong",)},
            check=lambda server: {"size": (f"too small for {server.name}",)},
        )
    assert raised.value.problems == {"name": ("wrong",), "size": ("too small for a server",)}
    assert store.rows() == before
