"""The root's writes: what was read of a request, handed to the write side."""

from __future__ import annotations

from typing import Final

from api.http.conditions import if_match
from api.http.exchange import Exchange
from api.http.problems import status_of
from api.root.reading import Read
from commands.request import WriteRequest, Written
from domain.refusals import Refusal
from domain.server import Server


class RootDialect:
    """The name under which the root's requests are recorded, and its statuses."""

    name = "root"

    def status_of(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal."""
        return status_of(refusal)


DIALECT: Final = RootDialect()


async def write(
    exchange: Exchange, read: Read, status: int, body_sha256: str | None = None
) -> Written:
    """Submit a request and wait for its commit. Raises the `Refusal` it met."""
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
        dialect=DIALECT,
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
