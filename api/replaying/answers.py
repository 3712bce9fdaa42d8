"""The root's answer to a recorded request: rendered from what became of it, as it was then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from api.http.answer import Answer
from api.http.problems import STATUSES, problem_body
from api.root import rendering
from api.root.dialect import ROOT
from api.root.reading import ReadCreate
from api.storage import rendering as storage
from commands.request import Made, Written
from domain.commands import (
    BackupCommand,
    CreateServers,
    DeleteBackup,
    TakeBackup,
    UpdateBackup,
    UpdateVolume,
    WriteCommand,
)
from domain.events import RequestRefused, RequestUnchanged
from domain.records import Outcome, Record
from domain.server import Server


def answer_to(
    position: int, record: Record, command: WriteCommand | None, servers: Sequence[Server]
) -> Any | None:
    """Status, headers and body as JSON; None for what did not come by the root.

    `servers` are as the request left them: those that a create made, else the one it named.
    """
    if record.metadata.dialect != ROOT.name:
        return None
    if isinstance(record.event, RequestRefused):
        return _shown(_refused(record, record.event))
    if not servers:
        return None
    outcome: Outcome = "no_effect" if isinstance(record.event, RequestUnchanged) else "accepted"
    written = Written(outcome, position, {position: record}, tuple(servers))
    answer = _accepted(written, record, command)
    return None if answer is None else _shown(answer)


def _refused(record: Record, refused: RequestRefused) -> Answer:
    # A code that this release has no status for has failed it, as it would fail a request.
    status = STATUSES[refused.code]
    body = problem_body(status, refused.code, refused.reason, record.metadata.request_id)
    return Answer(status, body)


def _accepted(written: Written, record: Record, command: WriteCommand | None) -> Answer | None:
    asked = record.metadata
    if isinstance(command, TakeBackup | UpdateBackup | DeleteBackup | UpdateVolume):
        return _of_storage(written, record, command)
    if isinstance(command, CreateServers):
        read = ReadCreate(
            asked.command,
            enveloped=asked.status == 200,
            several=command.count > 1,
            reservation_alone=command.reserve,
        )
        return rendering.created(written, read)
    if asked.action is not None:
        return rendering.acted(written)
    if asked.command == "delete_server":
        return rendering.deleted(written)
    return rendering.updated(written)


def _of_storage(
    written: Written, record: Record, command: BackupCommand | UpdateVolume
) -> Answer | None:
    """The answer about a volume or a restore point of the server; None where it alone tells not."""
    match command:
        case TakeBackup():
            path, server = record.metadata.path or "", written.servers[0]
            written = msgspec.structs.replace(written, made=(Made(record, server),))
            point = storage.restore_point(written)
            if path.rstrip("/").endswith("/images"):
                return storage.made(path, written, "image", storage.image(point, None))
            return storage.made(path, written, "snapshot", storage.snapshot(point, None))
        case DeleteBackup():
            return storage.removed(written)
        case UpdateVolume(volume_id=volume_id):
            left = storage.volume_left(written, volume_id)
            return storage.changed(written, "volume", storage.volume(left, None))
        case UpdateBackup():
            return None  # told by the record that made it, too


def _shown(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "headers": {
            name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers
        },
        "body": msgspec.Raw(answer.body) if answer.body else None,
    }
