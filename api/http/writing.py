"""Writes of every dialect: what was read of a request, handed to the write side."""

from __future__ import annotations

from typing import Final

import msgspec

from api.http.conditions import if_match
from api.http.exchange import Exchange
from commands.request import About, FieldCheck, WriteRequest, Written
from domain.commands import WriteCommand
from domain.refusals import Problems, Refusal
from domain.server import Server

ACTION_SHOWN_MAX: Final = 80


class Read(msgspec.Struct, frozen=True):
    """What a body asks for. Without a command, `problems` says why there is none."""

    name: str
    """The command's stored name, known even where its fields are wrong."""
    command: WriteCommand | None = None
    problems: Problems = {}
    check: FieldCheck | None = None
    action: str | None = None
    """The word for an action, as sent."""
    organization: str | None = None
    """Where a create asks to make something, even where its other fields are wrong."""
    ref: str | None = None
    """What it is about, where that is no server that the path names."""
    about: About = "server"
    """What `ref` is a reference to."""
    barred: Refusal | None = None
    """Why it cannot be done, whoever asks."""


def word_of(action: object) -> str | None:
    """The word for an action as it is recorded where nobody knows it; None for what is none."""
    return action[:ACTION_SHOWN_MAX] if isinstance(action, str) and action else None


async def write(
    exchange: Exchange, read: Read, status: int, body_sha256: str | None = None
) -> Written:
    """Submit a request and wait for its commit. Raises the `Refusal` it met.

    `status` is that of success. Unless `read` tells otherwise, it is about the server that the
    path's `ref` means, if it has one.
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
    ref = read.ref
    if ref is None and "ref" in exchange.scope["path_params"]:
        ref = exchange.segment("ref")
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
        ref=ref,
        about=read.about,
        barred=read.barred,
        action=read.action,
        source_address=exchange.source_address,
        traceparent=exchange.traceparent,
        idempotency_key=exchange.idempotency_key,
        body_sha256=body_sha256,
        if_match=if_match(exchange),
        problems=read.problems,
        check=read.check,
    )
