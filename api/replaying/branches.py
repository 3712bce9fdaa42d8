"""`whatif`: one server's history on a branch, without some of its records and with other commands.

Every later command is decided again on the branch. Its versions are counted on the branch too, so
they differ behind every skipped event, and are left out where the two are compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from api.replaying.codebases import NotReplayable
from api.replaying.comparing import differences
from api.replaying.inserts import Insert
from api.replaying.jobs import KINDS, Job, Line, Stored
from api.replaying.shapes import Decided, told_decision
from api.replaying.telling import Teller
from domain.commands import CreateServers
from domain.refusals import Refusal
from domain.registry import REGISTRY, UnreadableRecord
from domain.server import Server
from projections.differences import changes

_CREATED: Final = "server.created"
_VERSIONS: Final = frozenset({"version", "to_version", "past_version", "server_version", "etag"})


@dataclass
class Branch:
    """What became of one server."""

    server_id: str
    differing: list[tuple[Stored, dict[str, Any]]] = field(default_factory=list)
    """Records, each with the kinds that differ: what was told of it, and what is on the branch."""
    skipped: list[Stored] = field(default_factory=list)
    inserted: list[tuple[Insert, Any]] = field(default_factory=list)
    """Commands, each with what it led to."""
    was: Server | None = None
    end: Server | None = None

    def changes(self) -> list[dict[str, Any]]:
        """What differs at the end: of the documents, versions included, and of the backups."""
        found = changes(self.was, self.end)
        before, after = _backups(self.was), _backups(self.end)
        if before != after:
            found.append({"field": "backups", "before": before, "after": after})
        return found


def _backups(server: Server | None) -> list[Any]:
    return [msgspec.to_builtins(backup) for backup in server.backups] if server else []


def branch(job: Job, skips: Collection[int], inserts: Sequence[Insert]) -> Branch:
    """A server's history, and its branch beside it. Raises `NotReplayable`."""
    found = Branch(job.subject)
    real, other = Teller(job.subject), Teller(job.subject, branch=True)
    _check_creations(job, skips, inserts)
    waiting = sorted(inserts, key=lambda insert: insert.after)  # those of one place in given order
    at = _time_of(job.records[0])
    for stored in job.records:
        while waiting and waiting[0].after < stored.position:
            _insert(found, other, waiting.pop(0), at)
        at = _time_of(stored)
        was = _told(real, stored)
        if stored.position in skips:
            found.skipped.append(stored)
            continue
        differing = _differing(was, _told(other, stored))
        if differing:
            found.differing.append((stored, differing))
    for insert in waiting:
        _insert(found, other, insert, at)
    found.was, found.end = real.replay.server, other.replay.server
    return found


def _check_creations(job: Job, skips: Collection[int], inserts: Sequence[Insert]) -> None:
    """Another creation takes the place of the one that was: a server is created once."""
    was = [
        stored.position
        for stored in job.records
        if stored.name == _CREATED and stored.position not in skips
    ]
    for insert in inserts:
        if was and isinstance(insert.command, CreateServers):
            raise NotReplayable(
                f"{insert.where}: the server is created at position {was[0]}; skip that too"
            )


def _told(teller: Teller, stored: Stored) -> Line:
    line = teller.tell(stored)
    if line.lost is not None:
        raise NotReplayable(f"the history cannot be replayed: {line.lost}")
    # Through bytes, as what workers tell: encoded documents become what they hold.
    return msgspec.json.decode(msgspec.json.encode(line), type=Line)


def _differing(was: Line, now: Line) -> dict[str, Any]:
    kinds = dict(differences(_without_versions(was), _without_versions(now)))
    return {
        kind: {"old": getattr(was, kind), "new": getattr(now, kind)}
        for kind in KINDS
        if kind in kinds
    }


def _without_versions(line: Line) -> Line:
    told = {kind: without_versions(getattr(line, kind)) for kind in KINDS}
    return msgspec.structs.replace(line, **told)


def without_versions(value: Any) -> Any:
    """What was told, less all that counts a server's versions."""
    if isinstance(value, Mapping):
        return {
            name: without_versions(held) for name, held in value.items() if name not in _VERSIONS
        }
    return [without_versions(held) for held in value] if isinstance(value, list) else value


def _insert(found: Branch, teller: Teller, insert: Insert, at: dt.datetime) -> None:
    if isinstance(insert.command, CreateServers) and teller.replay.server is not None:
        raise NotReplayable(f"{insert.where}: the server is there already")
    place = insert.after, len(found.inserted) + 1
    decided: Decided
    try:
        decided = teller.insert(place, insert.command, insert.at or at)
    except Refusal as refusal:
        decided = refusal
    found.inserted.append((insert, told_decision(decided)))


def _time_of(stored: Stored) -> dt.datetime:
    try:
        record = REGISTRY.decode(
            stored.originator_id, stored.originator_version, stored.name, stored.state
        )
    except UnreadableRecord as error:
        raise NotReplayable(f"position {stored.position} cannot be read: {error}") from error
    return record.event.at
