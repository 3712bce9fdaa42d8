"""What a request leaves in the log: whole records, by an injected clock and injected ids."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from commands.request import IfMatch
from domain.commands import CreateServers, PowerOnServer, UpdateServer
from domain.events import (
    RequestRefused,
    RequestRepeated,
    RequestUnchanged,
    ServerCreated,
    ServerPoweredOn,
)
from domain.records import Metadata, Record
from domain.refusals import InvalidRequest, RightMissing, ServerUnknown
from domain.registry import REGISTRY
from domain.values import Changes, Configuration, Volume
from tests.commands.stores import ADMIN, START, STRANGER, Kept, creating, nth
from tests.support import ELSEWHERE, HOME

RECEIVED: dt.datetime = START - dt.timedelta(seconds=1)
ASKED: dict[str, Any] = {
    "received_at": RECEIVED,
    "request_id": "a-request",
    "traceparent": "a-trace",
    "method": "POST",
    "path": "/servers/a/action",
    "body_sha256": "a-hash",
}


def metadata(command: str, **fields: Any) -> Metadata:
    """The metadata of a request of the admin's, `fields` replacing some."""
    known = {"principal_id": ADMIN.principal_id, "organization": HOME, "dialect": "root"}
    return Metadata(**(ASKED | known | {"command": command} | fields))


def test_an_accepted_create_is_recorded_whole(store: Kept) -> None:
    chosen = Configuration(name="a server", volumes=(Volume(id=""), Volume(id="v", name="n")))
    command = CreateServers(organization=ELSEWHERE, configuration=chosen, arch="arm64")
    written = store.write(command, **ASKED, status=201)
    volumes = (Volume(id=nth(1)), Volume(id="v", name="n"))
    completed = msgspec.structs.replace(
        command,
        configuration=msgspec.structs.replace(chosen, volumes=volumes),
        server_ids=(nth(2),),
    )
    record = Record(
        nth(3),
        nth(2),
        1,
        ServerCreated(
            at=START,
            server_id=nth(2),
            organization=ELSEWHERE,
            configuration=Configuration(name="a server", volumes=volumes),
            arch="arm64",
        ),
        metadata(
            "create_servers",
            organization=ELSEWHERE,
            status=201,
            arguments=REGISTRY.encode_command(completed),
        ),
    )
    assert store.records() == [(1, record)]
    assert (written.outcome, written.position, written.records) == ("accepted", 1, {1: record})
    assert [server.id for server in written.servers] == [nth(2)]
    assert isinstance(record.metadata.arguments, msgspec.Raw)
    assert REGISTRY.decode_command(record.metadata.arguments) == completed


def test_an_accepted_action_is_recorded_whole(store: Kept) -> None:
    server_id = store.create("a server")
    store.clock.advance(5)
    written = store.write(PowerOnServer(), "a server", **ASKED, action="poweron", status=202)
    record = Record(
        nth(3),
        server_id,
        2,
        ServerPoweredOn(at=START + dt.timedelta(seconds=5)),
        metadata(
            "power_on_server",
            ref="a server",
            action="poweron",
            status=202,
            arguments=REGISTRY.encode_command(PowerOnServer()),
        ),
    )
    assert store.records(1) == [(2, record)]
    assert (written.outcome, written.records) == ("accepted", {2: record})
    assert [(server.version, server.running) for server in written.servers] == [(2, True)]


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


def test_a_repeated_request_is_recorded_and_answered_as_the_first(store: Kept) -> None:
    asked = ASKED | {"idempotency_key": "a-key", "status": 201}
    first = store.write(creating(), **asked)
    store.write(PowerOnServer(), first.servers[0].id)
    again = store.write(creating(), **(asked | {"request_id": "another-request"}))
    record = Record(
        nth(4),
        nth(4),
        1,
        RequestRepeated(at=START, first_position=1),
        metadata(
            "create_servers",
            request_id="another-request",
            outcome="repeated",
            status=201,
            idempotency_key="a-key",
        ),
    )
    assert store.records(2) == [(3, record)]
    assert (again.outcome, again.position) == ("repeated", 3)
    assert (again.records, again.servers) == (first.records, first.servers)


def test_servers_made_at_once_are_numbered_parts_and_the_first_carries_the_command(
    store: Kept,
) -> None:
    written = store.write(creating("web", count=3), idempotency_key="a-key")
    records = [record for _, record in store.records()]
    assert written.records == dict(enumerate(records, 1))
    assert [(each.metadata.part, each.metadata.parts) for each in records] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]
    assert [each.metadata.arguments is msgspec.UNSET for each in records] == [False, True, True]
    first = records[0].metadata
    for part, each in enumerate(records, 1):
        arguments = first.arguments if part == 1 else msgspec.UNSET
        assert each.metadata == msgspec.structs.replace(first, part=part, arguments=arguments)
    assert [server.name for server in written.servers] == ["web-1", "web-2", "web-3"]
    assert [server.reservation_id for server in written.servers] == ["r-moiocdts"] * 3
    assert store.rows("idempotency_keys")["idempotency_keys"] == [
        ("an-admin", "a-key", "POST /servers None", 1, 3)
    ]


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
