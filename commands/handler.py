"""The straight line of every write: key, reference, right, expected version, fields, rules, record.

The order is the order in which callers are told what is wrong.
"""

from __future__ import annotations

import datetime as dt

from commands.buckets import TokenBuckets
from commands.request import WriteRequest, Written
from commands.store.keys import fingerprint
from commands.unit import Unit
from commands.use_cases import run
from domain.commands import CreateServers, ServerCommand
from domain.events import Event, RequestRefused, RequestRepeated, RequestUnchanged
from domain.ports import Entry
from domain.records import Metadata, Outcome, Record
from domain.refusals import (
    InvalidRequest,
    KeyReused,
    OrganizationForeign,
    RateExceeded,
    Refusal,
    RightMissing,
    ServerAmbiguous,
    ServerUnknown,
    VersionStale,
)
from domain.registry import REGISTRY
from domain.server import Server, fold


class CommandHandler:
    """Handles write requests within a unit of work."""

    def __init__(self, refusals: TokenBuckets) -> None:
        self._refusals = refusals

    def handle(self, unit: Unit, request: WriteRequest) -> Written:
        """Decide and record. Raises a `Refusal`, itself recorded where the log keeps its kind."""
        server: Server | None = None
        try:
            repeated = self._repeat(unit, request)
            if repeated is not None:
                return repeated
            server = _resolve(unit, request)
            _authorize(request, server)
            _expect_version(request, server)
            _check_fields(request, server)
            return _perform(unit, request, server)
        except Refusal as refusal:
            if refusal.recorded:
                self._record_refusal(unit, request, server, refusal)
            raise

    def preview(self, unit: Unit, request: WriteRequest) -> tuple[Server, Server]:
        """The server now and as the request would leave it, judged as `handle` does.

        Nothing is recorded, a refusal neither: nobody asked for anything to be done.
        """
        server = _resolve(unit, request)
        _authorize(request, server)
        _expect_version(request, server)
        _check_fields(request, server)
        assert request.command is not None, "a request without problems has a command"
        assert server is not None, "a preview is of one server"
        _, events = run(unit, server, request.command, unit.now())
        return server, fold(events, server) or server

    def _repeat(self, unit: Unit, request: WriteRequest) -> Written | None:
        if request.idempotency_key is None:
            return None
        spent = unit.find_key(request.caller.principal_id, request.idempotency_key)
        if spent is None:
            return None
        if spent.fingerprint != fingerprint(request.method, request.path, request.body_sha256):
            raise KeyReused("the idempotency key was spent on another request")
        records = dict(unit.read(spent.position, spent.parts))
        servers = tuple(_server_left_by(unit, record) for record in records.values())
        first = records[spent.position]
        event = RequestRepeated(at=unit.now(), first_position=spent.position)
        entry = unit.append(
            event,
            _metadata(
                unit, request, first.metadata.organization, "repeated", first.metadata.status
            ),
        )
        return Written("repeated", entry.position, records, servers)

    def _record_refusal(
        self, unit: Unit, request: WriteRequest, server: Server | None, refusal: Refusal
    ) -> None:
        wait_s = self._refusals.take(request.caller.principal_id)
        if wait_s:
            raise RateExceeded("too many refused requests", wait_s) from refusal
        organization = server.organization if server else request.caller.organization
        event = RequestRefused(
            at=unit.now(),
            code=refusal.code,
            reason=refusal.reason,
            server_id=server.id if server else None,
            server_version=server.version if server else None,
        )
        status = request.dialect.status_of(refusal)
        metadata = _metadata(unit, request, organization, "refused", status, request.command)
        refusal.position = unit.append(event, metadata).position


def _resolve(unit: Unit, request: WriteRequest) -> Server | None:
    """The server that the request's reference means: an id, failing that one live server's name."""
    ref, caller = request.ref, request.caller
    if ref is None:
        return None
    server = unit.get_server(ref.lower(), caller.scope)
    if server is None and request.name == "revert_server":
        server = unit.get_deleted(ref.lower(), caller.scope)
    if server is not None:
        return server
    ids = unit.list_ids(ref, caller.scope) if request.dialect.names_refer else ()
    if len(ids) > 1:
        raise ServerAmbiguous(ref, ids)
    server = unit.get_server(ids[0], caller.scope) if ids else None
    if server is None:
        raise ServerUnknown(f"no server {ref!r}")
    return server


def _authorize(request: WriteRequest, server: Server | None) -> None:
    caller = request.caller
    if not caller.may_write:
        raise RightMissing(f"the role {caller.role!r} may not change servers")
    organization = request.organization
    if isinstance(request.command, CreateServers):
        organization = request.command.organization
    if organization is not None and not caller.sees(organization):
        raise OrganizationForeign(f"the caller may not act in organization {organization!r}")


def _expect_version(request: WriteRequest, server: Server | None) -> None:
    expected = request.if_match
    if expected is None:
        return
    if server is None:
        if not expected.any:
            raise VersionStale("what does not exist yet has no version to match")
    elif not expected.holds(server):
        raise VersionStale(f"the server is at version {server.version}")


def _check_fields(request: WriteRequest, server: Server | None) -> None:
    problems = dict(request.problems)
    if server is not None and request.check is not None:
        problems.update(request.check(server))
    if problems:
        raise InvalidRequest(problems)


def _perform(unit: Unit, request: WriteRequest, server: Server | None) -> Written:
    assert request.command is not None, "a request without problems has a command"
    at = unit.now()
    command, events = run(unit, server, request.command, at)
    if not events:
        assert server is not None, "only a server can stay as it is"
        unchanged = RequestUnchanged(at=at, server_id=server.id, server_version=server.version)
        metadata = _metadata(
            unit, request, server.organization, "no_effect", request.status, command
        )
        entry = unit.append(unchanged, metadata)
        return Written("no_effect", entry.position, {entry.position: entry.record}, (server,))
    entries = _append_all(unit, request, server, command, events)
    return Written(
        "accepted",
        entries[-1].position,
        {entry.position: entry.record for entry in entries},
        tuple(entry.after for entry in entries if entry.after is not None),
    )


def _append_all(
    unit: Unit,
    request: WriteRequest,
    server: Server | None,
    command: ServerCommand,
    events: tuple[Event, ...],
) -> list[Entry]:
    entries = []
    for part, event in enumerate(events, 1):
        organization = server.organization if server else command.organization  # type: ignore[union-attr]
        metadata = _metadata(
            unit,
            request,
            organization,
            "accepted",
            request.status,
            command if part == 1 else None,
            part,
            len(events),
        )
        entries.append(unit.append(event, metadata, server=server))
    return entries


def _server_left_by(unit: Unit, record: Record) -> Server:
    event = record.event
    if isinstance(event, RequestUnchanged):
        server = unit.replay(event.server_id, event.server_version)
    else:
        server = unit.replay(record.originator_id, record.originator_version)
    assert server is not None, "the log holds every version"
    return server


def _metadata(
    unit: Unit,
    request: WriteRequest,
    organization: str,
    outcome: Outcome,
    status: int,
    command: ServerCommand | None = None,
    part: int = 1,
    parts: int = 1,
) -> Metadata:
    recorded = {} if command is None else {"arguments": REGISTRY.encode_command(command)}
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
        body_sha256=request.body_sha256,
        part=part,
        parts=parts,
        **recorded,
    )


def utc_now() -> dt.datetime:
    """The time, for people: nothing is ordered by it."""
    return dt.datetime.now(dt.UTC)
