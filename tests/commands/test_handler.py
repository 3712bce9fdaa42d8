"""What a request leaves in the log: whole records, by an injected clock and injected ids."""

from __future__ import annotations

import datetime as dt

import msgspec

from domain.commands import CreateServers, PowerOnServer
from domain.events import (
    RequestRepeated,
    ServerCreated,
    ServerPoweredOn,
)
from domain.records import Record
from domain.registry import REGISTRY
from domain.values import Configuration, Volume
from tests.commands.asked import ASKED, metadata
from tests.commands.stores import START, Kept, creating, nth
from tests.support import ELSEWHERE


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
