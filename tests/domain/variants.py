"""Further stored examples: what the controls leave out, and everything at its default.

The least ones spell out every default, so that one that changes its meaning is seen.
"""

from __future__ import annotations

from typing import Final

import msgspec

from domain import commands, events
from domain.events import Event
from domain.records import Metadata, Outcome, Record
from domain.values import Changes, Configuration, PublicIp, Volume
from tests.controls import (
    AT,
    CONFIGURATION,
    HOME,
    METADATA,
    PRINCIPAL_ID,
    RECEIVED_AT,
    SERVER_ID,
    SHA256,
    record_of,
)

LEAST_METADATA: Final = Metadata(
    received_at=RECEIVED_AT,
    principal_id=None,
    organization=HOME,
    source=None,
    request_id="request-1",
    traceparent=None,
    dialect="command line",
    method=None,
    path=None,
    ref=None,
    action=None,
    command="issue_token",
    arguments=msgspec.UNSET,
    outcome="accepted",
    status=0,
    idempotency_key=None,
    body_sha256=None,
    body_hmac=None,
    part=1,
    parts=1,
)
LEAST_CONFIGURATION: Final = Configuration(
    name="my_server",
    image=None,
    flavor=None,
    keyname=None,
    network=None,
    volumes=(),
    tags=(),
    public_ip=None,
    dynamic_public_ip=False,
    commercial_type=None,
)
EVERY_CHANGE: Final = Changes(
    **msgspec.structs.asdict(CONFIGURATION) | {"metadata": msgspec.UNSET}  # which came later
)
EMPTYING: Final = Changes(
    **msgspec.structs.asdict(LEAST_CONFIGURATION) | {"metadata": msgspec.UNSET}
)
SINCE_4: Final = msgspec.structs.replace(
    CONFIGURATION,
    volumes=(Volume(id="v-1", name="root", size_bytes=20_000_000_000, kind="l_ssd"),),
    metadata=(("owner", "ops"), ("role", "")),
)
"""What servers are configured with since schema 4."""
NAMELESS: Final = msgspec.structs.replace(
    LEAST_CONFIGURATION,
    volumes=(Volume(id="v-1", name=None),),
    public_ip=PublicIp(id="ip-1", address=None, dynamic=False),
)


def least(event: Event) -> Record:
    return msgspec.structs.replace(record_of(event), metadata=LEAST_METADATA)


def with_body_hmac(record: Record, body_hmac: str) -> Record:
    """The record as it is written since bodies are hidden under the store's salt."""
    metadata = msgspec.structs.replace(record.metadata, body_sha256=None, body_hmac=body_hmac)
    return msgspec.structs.replace(record, metadata=metadata)


def with_outcome(outcome: Outcome) -> Record:
    metadata = msgspec.structs.replace(METADATA, outcome=outcome)
    refused = events.RequestRefused(
        at=AT, code="server.unknown", reason="unknown", server_id=None, server_version=None
    )
    return msgspec.structs.replace(record_of(refused), metadata=metadata)


def issuing(role: str) -> commands.IssueToken:
    return msgspec.convert(
        {
            "command": "issue_token",
            "principal_id": PRINCIPAL_ID,
            "token_sha256": SHA256,
            "role": role,
            "organization": HOME,
            "organizations": (),
            "expires_at": None,
        },
        commands.IssueToken,
    )


def creating() -> commands.CreateServers:
    return commands.CreateServers(
        organization=HOME,
        configuration=NAMELESS,
        arch="x86_64",
        count=1,
        reserve=False,
        server_ids=(),
        reservation_id=None,
    )


CREATED: Final = events.ServerCreated(
    at=AT,
    server_id=SERVER_ID,
    organization=HOME,
    configuration=NAMELESS,
    arch="x86_64",
    reservation_id=None,
)
ISSUED: Final = events.TokenIssued(
    at=AT,
    principal_id=PRINCIPAL_ID,
    token_sha256=SHA256,
    role="admin",
    organization=HOME,
    organizations=(),
    expires_at=None,
)
