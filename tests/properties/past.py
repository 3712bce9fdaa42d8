"""What the past must have been: by folding the whole log, and by what was answered then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from domain.events import (
    RequestRefused,
    RequestRepeated,
    RequestUnchanged,
    ServerBackedUp,
    ServerEvent,
)
from domain.records import Record
from domain.registry import REGISTRY
from domain.server import Server, fold
from projections.document import encode_document
from tests.properties.driving import Driven
from tests.properties.model import timestamp

FIELDS = (
    *("id", "name", "organization", "image", "volumes", "tags", "running", "state"),
    *("dynamic_public_ip", "public_ip", "private_ip", "flavor", "keyname", "network"),
    *("commercial_type", "arch", "location", "reservation_id", "creation_date"),
    *("modification_date", "version", "metadata"),
)


LISTED = ("tags", "volumes", "metadata")
PLAIN_POINT: dict[str, Any] = {
    "volume": None,
    "of_backup": None,
    "series": None,
    "properties": {},
    "tags": [],
}
"""What is told of a restore point of which nothing more was said than a name and a kind."""


class Folded(NamedTuple):
    """The log, and every server's every state, by position."""

    records: list[tuple[int, Record]]
    states: dict[str, list[tuple[int, Server]]]

    def at(self, server_id: str, position: int) -> dict[str, Any]:
        """A server as shown at a position; empty where it did not live."""
        found = [state for since, state in self.states.get(server_id, ()) if since <= position]
        if not found or found[-1].deleted:
            return {}
        shown: dict[str, Any] = orjson.loads(encode_document(found[-1]))
        return shown

    def fleet(self, position: int, sees: Any) -> dict[str, dict[str, Any]]:
        """All servers as shown at a position to one who sees some organizations."""
        shown = {server_id: self.at(server_id, position) for server_id in self.states}
        return {id_: server for id_, server in shown.items() if server and sees(server)}


def fold_all(driven: Driven) -> Folded:
    """The whole log, folded anew and by force."""
    records = driven.records(1, 1_000_000)
    streams: dict[str, list[tuple[int, Record]]] = {}
    for position, record in records:
        if isinstance(record.event, ServerEvent):
            streams.setdefault(record.originator_id, []).append((position, record))
    return Folded(
        records,
        {
            server_id: [
                (position, _state(stream, number)) for number, (position, _) in enumerate(stream, 1)
            ]
            for server_id, stream in streams.items()
        },
    )


def _state(stream: list[tuple[int, Record]], version: int) -> Server:
    state = fold(record.event for _, record in stream[:version])
    assert state is not None
    assert state.version == version
    return state


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields that differ between two servers as shown."""
    return [
        {"field": field, "before": before.get(field), "after": after.get(field)}
        for field in FIELDS
        if before.get(field) != after.get(field)
    ]


def told_changes(folded: Folded, position: int, record: Record) -> list[dict[str, Any]]:
    """What an event of a server changed: of its fields, and the backup that it made.

    Histories of this kind change and remove none.
    """
    server_id, event = record.originator_id, record.event
    found = changed(folded.at(server_id, position - 1), folded.at(server_id, position))
    if isinstance(event, ServerBackedUp):
        version = record.originator_version - 1
        made = {"name": event.name, "kind": "backup", "version": version} | PLAIN_POINT
        found.append({"field": f"backups/{event.backup_id}", "before": None, "after": made})
    return found


def leaves(shown: dict[str, Any]) -> dict[str, Any]:
    """A server as shown, leaf by leaf."""
    found = {name: value for name, value in shown.items() if name not in LISTED}
    found |= {f"tags/{tag}": tag for tag in shown["tags"]}
    found |= {f"metadata/{key}": item for key, item in shown["metadata"].items()}
    for volume in shown["volumes"]:
        same = [other for other in shown["volumes"] if other["id"] == volume["id"]]
        found[f"volumes/{volume['id']}"] = same if len(same) > 1 else volume
    return found


def blamed(folded: Folded, server_id: str, version: int) -> dict[str, tuple[Any, int]]:
    """Every leaf's value at a version, and the version that gave it: by looking at each one."""
    states = folded.states[server_id]
    shown = [leaves(folded.at(server_id, at)) if not s.deleted else {} for at, s in states]
    found = {}
    for leaf, value in shown[version - 1].items():
        gave = version
        while gave > 1 and leaf in shown[gave - 2] and shown[gave - 2][leaf] == value:
            gave -= 1
        found[leaf] = (value, gave)
    return found


def subject(folded: Folded, record: Record) -> str | None:
    """The id of the server that a record is about."""
    event = record.event
    if isinstance(event, RequestRepeated):
        return subject(folded, folded.records[event.first_position - 1][1])
    if isinstance(event, RequestRefused | RequestUnchanged):
        return event.server_id
    return record.originator_id if isinstance(event, ServerEvent) else None


def entries(folded: Folded) -> Iterator[dict[str, Any]]:
    """What the audit must tell, an entry a command, as far as it is told here."""
    for position, record in folded.records:
        asked = record.metadata
        if asked.part > 1:
            continue
        changes = []
        if isinstance(record.event, ServerEvent):
            changes = told_changes(folded, position, record)
        yield {
            "request_id": asked.request_id,
            "time": timestamp(record.event.at),
            "actor": asked.principal_id,
            "organization": asked.organization,
            "path": asked.path,
            "ref": asked.ref,
            "server": subject(folded, record),
            "outcome": asked.outcome,
            "status": asked.status,
            "positions": list(range(position, position + asked.parts)),
            "changes": changes,
        }


def type_of(record: Record) -> str:
    """The stored name of a record."""
    return REGISTRY.name_of(record.event)
