"""The straight line of every write: key, reference, right, expected version, fields, rules, record.

The order is the order in which callers are told what is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from commands.buckets import TokenBuckets
from commands.references import resolve
from commands.request import Made, Target, WriteRequest, Written
from commands.store.keys import fingerprint
from commands.unit import Unit
from commands.use_cases import run
from domain.commands import CreateServers, CreateVolume, WriteCommand
from domain.events import (
    Event,
    RequestRefused,
    RequestRepeated,
    RequestUnchanged,
    ServerBackedUp,
    ServerBackupUpdated,
    VolumeBackedUp,
    VolumeBackupUpdated,
    VolumeEvent,
)
from domain.ports import Entry
from domain.records import Metadata, Outcome, Record
from domain.refusals import (
    InvalidRequest,
    KeyReused,
    OrganizationForeign,
    RateExceeded,
    Refusal,
    RightMissing,
    VersionStale,
)
from domain.registry import REGISTRY
from domain.server import Server, fold
from domain.volumes import StandaloneVolume


class CommandHandler:
    """Handles write requests within a unit of work."""

    def __init__(self, refusals: TokenBuckets) -> None:
        self._refusals = refusals

    def handle(self, unit: Unit, request: WriteRequest) -> Written:
        """Decide and record. Raises a `Refusal`, itself recorded where the log keeps its kind."""
        target: Target | None = None
        try:
            repeated = self._repeat(unit, request)
            if repeated is not None:
                return repeated
            target = resolve(unit, request)
            _authorize(request)
            _expect_version(request, target)
            _check_fields(request, target)
            return _perform(unit, request, target)
        except Refusal as refusal:
            if refusal.recorded:
                self._record_refusal(unit, request, target, refusal)
            raise

    def preview(self, unit: Unit, request: WriteRequest) -> tuple[Server, Server]:
        """The server now and as the request would leave it, judged as `handle` does.

        Nothing is recorded, a refusal neither: nobody asked for anything to be done.
        """
        server = resolve(unit, request)
        _authorize(request)
        _expect_version(request, server)
        _check_fields(request, server)
        assert request.command is not None, "a request without problems has a command"
        assert isinstance(server, Server), "a preview is of one server"
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
        left = [_left_by(unit, record) for record in records.values()]
        first = records[spent.position]
        event = RequestRepeated(at=unit.now(), first_position=spent.position)
        entry = unit.append(
            event,
            _metadata(
                unit, request, first.metadata.organization, "repeated", first.metadata.status
            ),
        )
        return _written("repeated", entry.position, records, left, _made(unit, request, records))

    def _record_refusal(
        self, unit: Unit, request: WriteRequest, target: Target | None, refusal: Refusal
    ) -> None:
        wait_s = self._refusals.take(request.caller.principal_id)
        if wait_s:
            raise RateExceeded("too many refused requests", wait_s) from refusal
        organization = target.organization if target else request.caller.organization
        event = RequestRefused(
            at=unit.now(), code=refusal.code, reason=refusal.reason, **_named(target)
        )
        status = request.dialect.status_of(refusal)
        metadata = _metadata(unit, request, organization, "refused", status, request.command)
        refusal.position = unit.append(event, metadata).position


_MAKING: Final = frozenset((CreateServers, CreateVolume))


def _named(target: Target | None) -> dict[str, Any]:
    """What a request was about, as its record tells."""
    if isinstance(target, Server):
        return {"server_id": target.id, "server_version": target.version}
    if target is None:
        return {}
    return {"volume_id": target.id, "volume_version": target.version}


def _authorize(request: WriteRequest) -> None:
    caller = request.caller
    if not caller.may_write:
        raise RightMissing(f"the role {caller.role!r} may not change servers")
    organization = request.organization
    if type(request.command) in _MAKING:
        organization = request.command.organization  # type: ignore[union-attr]
    if organization is not None and not caller.sees(organization):
        raise OrganizationForeign(f"the caller may not act in organization {organization!r}")
    if request.barred is not None:
        raise request.barred


def _expect_version(request: WriteRequest, target: Target | None) -> None:
    expected = request.if_match
    if expected is None:
        return
    if target is None:
        if not expected.any:
            raise VersionStale("what does not exist yet has no version to match")
    elif request.about != "server":
        if not expected.any:
            raise VersionStale("only servers have a version to match")
    elif isinstance(target, Server) and not expected.holds(target):
        raise VersionStale(f"the server is at version {target.version}")


def _check_fields(request: WriteRequest, target: Target | None) -> None:
    problems = dict(request.problems)
    if target is not None and request.check is not None:
        problems.update(request.check(target))
    if problems:
        raise InvalidRequest(problems)


def _perform(unit: Unit, request: WriteRequest, target: Target | None) -> Written:
    assert request.command is not None, "a request without problems has a command"
    at = unit.now()
    command, events = run(unit, target, request.command, at)
    if not events:
        assert target is not None, "only what is there can stay as it is"
        unchanged = RequestUnchanged(at=at, **_named(target))
        metadata = _metadata(
            unit, request, target.organization, "no_effect", request.status, command
        )
        entry = unit.append(unchanged, metadata)
        return _written("no_effect", entry.position, {entry.position: entry.record}, [target], ())
    entries = _append_all(unit, request, target, command, events)
    records = {entry.position: entry.record for entry in entries}
    position = entries[-1].position
    if request.about == "server":
        servers = tuple([entry.after for entry in entries if entry.after is not None])
        return Written("accepted", position, records, servers)
    left = [entry.after or entry.volume for entry in entries]
    return _written("accepted", position, records, left, _made(unit, request, records))


def _written(
    outcome: Outcome,
    position: int,
    records: Mapping[int, Record],
    left: Sequence[Target | None],
    made: tuple[Made, ...],
) -> Written:
    servers = tuple([target for target in left if isinstance(target, Server)])
    volumes = tuple([target for target in left if isinstance(target, StandaloneVolume)])
    return Written(outcome, position, records, servers, volumes, made)


def _made(unit: Unit, request: WriteRequest, records: Mapping[int, Record]) -> tuple[Made, ...]:
    """The restore points that a request about some made or changed."""
    if request.about == "server":
        return ()
    made = []
    for record in records.values():
        event, maker = record.event, record
        if isinstance(event, ServerBackupUpdated | VolumeBackupUpdated):
            maker = unit.read_version(record.originator_id, event.made_version)
        if isinstance(maker.event, ServerBackedUp | VolumeBackedUp):
            made.append(Made(maker, _left_by(unit, maker)))
    return tuple(made)


def _append_all(
    unit: Unit,
    request: WriteRequest,
    target: Target | None,
    command: WriteCommand,
    events: tuple[Event, ...],
) -> list[Entry]:
    entries = []
    server = target if isinstance(target, Server) else None
    volume = target if isinstance(target, StandaloneVolume) else None
    for part, event in enumerate(events, 1):
        organization = target.organization if target else command.organization  # type: ignore[union-attr]
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
        entries.append(unit.append(event, metadata, server=server, volume=volume))
    return entries


def _left_by(unit: Unit, record: Record) -> Target:
    event, id_, version = record.event, record.originator_id, record.originator_version
    left: Target | None
    if isinstance(event, VolumeEvent):
        left = unit.replay_volume(id_, version)
    elif not isinstance(event, RequestUnchanged):
        left = unit.replay(id_, version)
    elif event.volume_id is not None:
        left = unit.replay_volume(event.volume_id, event.volume_version or 0)
    else:
        left = unit.replay(event.server_id or "", event.server_version or 0)
    assert left is not None, "the log holds every version"
    return left


def _metadata(
    unit: Unit,
    request: WriteRequest,
    organization: str,
    outcome: Outcome,
    status: int,
    command: WriteCommand | None = None,
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
