"""The straight line of every write: key, reference, right, expected version, fields, rules, record.

The order is the order in which callers are told what is wrong.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from commands.buckets import TokenBuckets
from commands.recording import append_all, metadata_of, named
from commands.references import resolve
from commands.request import Target, WriteRequest, Written
from commands.results import left_by, made_by, written
from commands.store.keys import fingerprint
from commands.unit import Unit
from commands.use_cases import run
from domain.commands import CreateServers, CreateVolume
from domain.events import (
    RequestRefused,
    RequestRepeated,
    RequestUnchanged,
)
from domain.refusals import (
    InvalidRequest,
    KeyReused,
    OrganizationForeign,
    RateExceeded,
    Refusal,
    RightMissing,
    VersionStale,
)
from domain.server import Server, fold


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
        # What stands for a body now, and in records from before that.
        bodies = unit.body_hmac(request.body_sha256), request.body_sha256
        if spent.fingerprint not in [fingerprint(request.method, request.path, b) for b in bodies]:
            raise KeyReused("the idempotency key was spent on another request")
        records = dict(unit.read(spent.position, spent.parts))
        left = [left_by(unit, record) for record in records.values()]
        first = records[spent.position]
        organization = first.metadata.organization
        elsewhere = _organization_of(request) not in (None, organization)
        if elsewhere or not request.caller.sees(organization):
            raise KeyReused("the idempotency key was spent on a request in another organization")
        event = RequestRepeated(at=unit.now(), first_position=spent.position)
        entry = unit.append(
            event,
            metadata_of(
                unit, request, first.metadata.organization, "repeated", first.metadata.status
            ),
        )
        return written("repeated", entry.position, records, left, made_by(unit, request, records))

    def _record_refusal(
        self, unit: Unit, request: WriteRequest, target: Target | None, refusal: Refusal
    ) -> None:
        wait_s = self._refusals.take(request.caller.principal_id)
        if wait_s:
            raise RateExceeded("too many refused requests", wait_s) from refusal
        organization = target.organization if target else request.caller.organization
        event = RequestRefused(
            at=unit.now(), code=refusal.code, reason=refusal.reason, **named(target)
        )
        status = request.dialect.status_of(refusal)
        metadata = metadata_of(unit, request, organization, "refused", status, request.command)
        refusal.position = unit.append(event, metadata).position


_MAKING: Final = frozenset((CreateServers, CreateVolume))


def _organization_of(request: WriteRequest) -> str | None:
    """Where the request asks to make something, if it does."""
    if type(request.command) in _MAKING:
        return request.command.organization  # type: ignore[union-attr]
    return request.organization


def _authorize(request: WriteRequest) -> None:
    caller = request.caller
    if not caller.may_write:
        raise RightMissing(f"the role {caller.role!r} may not change servers")
    organization = _organization_of(request)
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
        unchanged = RequestUnchanged(at=at, **named(target))
        metadata = metadata_of(
            unit, request, target.organization, "no_effect", request.status, command
        )
        entry = unit.append(unchanged, metadata)
        return written("no_effect", entry.position, {entry.position: entry.record}, [target], ())
    entries = append_all(unit, request, target, command, events)
    records = {entry.position: entry.record for entry in entries}
    position = entries[-1].position
    if request.about == "server":
        servers = tuple([entry.after for entry in entries if entry.after is not None])
        return Written("accepted", position, records, servers)
    left = [entry.after or entry.volume for entry in entries]
    return written("accepted", position, records, left, made_by(unit, request, records))


def utc_now() -> dt.datetime:
    """The time, for people: nothing is ordered by it."""
    return dt.datetime.now(dt.UTC)
