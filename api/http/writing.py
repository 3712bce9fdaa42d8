"""Writes of every dialect: what was read of a request, handed to the write side."""

from __future__ import annotations

import msgspec

from api.http.conditions import if_match
from api.http.exchange import Exchange
from commands.request import FieldCheck, WriteRequest, Written
from domain.commands import ServerCommand
from domain.refusals import Problems
from domain.server import Server


class Read(msgspec.Struct, frozen=True):
    """What a body asks for. Without a command, `problems` says why there is none."""

    name: str
    """The command's stored name, known even where its fields are wrong."""
    command: ServerCommand | None = None
    problems: Problems = {}
    check: FieldCheck | None = None
    action: str | None = None
    """The word for an action, as sent."""
    organization: str | None = None
    """Where a create asks to make servers, even where its other fields are wrong."""


async def write(
    exchange: Exchange, read: Read, status: int, body_sha256: str | None = None
) -> Written:
    """Submit a request and wait for its commit. Raises the `Refusal` it met.

    `status` is that of success. The server is the one that the path's `ref` means, if it has one.
    """
    request = _request(exchange, read, status, body_sha256)
    handler = exchange.service.handler
    return await exchange.service.writer.submit(lambda unit: handler.handle(unit, request))


async def preview(exchange: Exchange, read: Read) -> tuple[Server, Server]:
    """The server now and as a request would leave it. Raises the `Refusal` it would meet."""
    request = _request(exchange, read, 200, None)
    handler = exchange.service.handler
    return await exchange.service.writer.submit(lambda unit: handler.preview(unit, request))


def _request(exchange: Exchange, read: Read, status: int, body_sha256: str | None) -> WriteRequest:
    has_ref = "ref" in exchange.scope["path_params"]
    return WriteRequest(
        caller=exchange.caller,
        dialect=exchange.dialect,
        command=read.command,
        name=read.name,
        organization=read.organization,
        status=status,
        received_at=exchange.received_at,
        request_id=exchange.request_id,
        method=exchange.method,
        path=exchange.target,
        ref=exchange.segment("ref") if has_ref else None,
        action=read.action,
        source_address=exchange.source_address,
        traceparent=exchange.traceparent,
        idempotency_key=exchange.idempotency_key,
        body_sha256=body_sha256,
        if_match=if_match(exchange),
        problems=read.problems,
        check=read.check,
    )
