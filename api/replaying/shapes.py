"""Events, states and decisions as plain JSON, in which two code bases are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from api.replaying.jobs import FAILED
from domain.events import Event
from domain.records import Record
from domain.refusals import Refusal
from domain.registry import REGISTRY
from domain.server import Server
from domain.volumes import StandaloneVolume
from projections.document import encode_document

Decided = tuple[Event, ...] | Refusal | str
"""Events, none for no effect; a refusal; or why it could not be decided."""

_NO_EFFECT: Final = "no effect"
NO_SERVER: Final = "no server"
"""The state of a server that was never created."""


def told_event(event: Event) -> dict[str, Any]:
    """An event as plain JSON: its stored name, and the data that would be stored."""
    return {"type": REGISTRY.name_of(event), "data": msgspec.to_builtins(event)}


def told_record(record: Record) -> dict[str, Any]:
    """A record's event, and what is recorded of its request, the command aside."""
    asked = msgspec.structs.replace(record.metadata, arguments=msgspec.UNSET)
    return told_event(record.event) | {"metadata": msgspec.to_builtins(asked)}


def told_state(server: Server) -> dict[str, Any]:
    """A server as shown, and what its document leaves out; of many backups the newest."""
    newest = server.backups[-1] if server.backups else None
    return {
        "document": msgspec.Raw(encode_document(server)),
        "deleted": server.deleted,
        "backups": len(server.backups),
        "newest_backup": msgspec.to_builtins(newest),
    }


def told_volume(volume: StandaloneVolume) -> dict[str, Any]:
    """A volume; of many backups the newest."""
    newest = volume.backups[-1] if volume.backups else None
    told: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(volume, backups=()))
    return told | {
        "backups": len(volume.backups),
        "newest_backup": msgspec.to_builtins(newest),
    }


def told_decision(decided: Decided) -> Any:
    """A decision as plain JSON."""
    if isinstance(decided, str):
        return {FAILED: decided}
    if isinstance(decided, Refusal):
        return {"refused": decided.code}
    return {"events": [told_event(event) for event in decided]} if decided else _NO_EFFECT


def attempted(step: Callable[[], Any]) -> Any:
    """What a step gives, or its failure in words."""
    try:
        return step()
    except Exception as error:  # noqa: BLE001  # the code under test may raise anything
        return {FAILED: words_of(error)}


def words_of(error: Exception) -> str:
    """An exception in a line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
