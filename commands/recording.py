"""What the log keeps of a request: the events it led to, each with who asked, for what and how."""

from __future__ import annotations

from typing import Any

from commands.request import Target, WriteRequest
from commands.unit import Unit
from domain.commands import WriteCommand
from domain.events import Event
from domain.ports import Entry
from domain.records import Metadata, Outcome
from domain.registry import REGISTRY
from domain.server import Server
from domain.volumes import StandaloneVolume


def append_all(
    unit: Unit,
    request: WriteRequest,
    target: Target | None,
    command: WriteCommand,
    events: tuple[Event, ...],
) -> list[Entry]:
    """Append what was decided, each event a record: parts of one request."""
    entries = []
    server = target if isinstance(target, Server) else None
    volume = target if isinstance(target, StandaloneVolume) else None
    for part, event in enumerate(events, 1):
        organization = target.organization if target else command.organization  # type: ignore[union-attr]
        metadata = metadata_of(
            unit,
            request,
            organization,
            "accepted",
            request.status,
            command if part == 1 else None,
            part,
            len(events),
        )
        entries.append(unit.append(event, metadata, server=server, volume=volume))
    return entries


def metadata_of(
    unit: Unit,
    request: WriteRequest,
    organization: str,
    outcome: Outcome,
    status: int,
    command: WriteCommand | None = None,
    part: int = 1,
    parts: int = 1,
) -> Metadata:
    """What a record tells of its request."""
    recorded: dict[str, Any] = (
        {} if command is None else {"arguments": REGISTRY.encode_command(command)}
    )
    return Metadata(
        received_at=request.received_at,
        principal_id=request.caller.principal_id,
        organization=organization,
        source=unit.source(request.source_address),
        request_id=request.request_id,
        traceparent=request.traceparent,
        dialect=request.dialect.name,
        method=request.method,
        path=request.path,
        ref=request.ref,
        action=request.action,
        command=request.name,
        outcome=outcome,
        status=status,
        idempotency_key=request.idempotency_key,
        body_hmac=unit.body_hmac(request.body_sha256),
        part=part,
        parts=parts,
        **recorded,
    )


def named(target: Target | None) -> dict[str, Any]:
    """What a request was about, as its record tells."""
    if isinstance(target, Server):
        return {"server_id": target.id, "server_version": target.version}
    if target is None:
        return {}
    return {"volume_id": target.id, "volume_version": target.version}
