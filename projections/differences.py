"""What differs between two states of a server, as shown: as a list, a JSON Patch, and text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from domain.server import Server
from domain.values import Configuration
from projections.batches import lives
from projections.document import FIELDS, document

_NOTHING: Final[Mapping[str, Any]] = {}
_CHOSEN: Final = Configuration.__struct_fields__
_SHOWN_AS: Final[Mapping[str, Sequence[str]]] = {
    "id": ("id",),
    "organization": ("organization",),
    "arch": ("arch",),
    "created_at": ("creation_date",),
    "modified_at": ("modification_date",),
    "version": ("version",),
    "running": ("running", "state"),
    "reservation_id": ("reservation_id",),
}
"""What a state's own fields are shown as."""
_LISTS: Final = ("tags", "volumes")


def changes(before: Server | None, after: Server | None) -> list[dict[str, Any]]:
    """Each field that differs, before and after; what was not there is null."""
    return compare(shown(before), shown(after))


def changed_fields(before: Server | None, after: Server | None) -> list[str]:
    """The names alone of the fields that differ, in no order."""
    if before is after:
        return []
    if not (before and after and lives(before) and lives(after)):
        return [change["field"] for change in changes(before, after)]
    # Shown fields differ where those of the states do: no need to show either.
    found = [
        name
        for field, names in _SHOWN_AS.items()
        if getattr(before, field) != getattr(after, field)
        for name in names
    ]
    had, has = before.configuration, after.configuration
    if had is not has:
        found += [field for field in _CHOSEN if _shown_of(had, field) != _shown_of(has, field)]
    return found


def _shown_of(chosen: Configuration, field: str) -> Any:
    value = getattr(chosen, field)
    # How large a volume is, the document does not show.
    return [(volume.id, volume.name) for volume in value] if field == "volumes" else value


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same of two documents."""
    return [
        {"field": field, "before": before.get(field), "after": after.get(field)}
        for field in FIELDS
        if before.get(field) != after.get(field)
    ]


def patch(before: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Changes as a JSON Patch (RFC 6902) on the server object; of one that was not, the whole."""
    if not before:
        whole = {change["field"]: change["after"] for change in found}
        return [
            {"op": "replace", "path": "", "value": {field: whole.get(field) for field in FIELDS}}
        ]
    return [
        {"op": "replace", "path": f"/{change['field']}", "value": change["after"]}
        for change in found
    ]


def text(found: Sequence[Mapping[str, Any]]) -> str:
    """The changes for people, a line a field; of lists, what came and what went."""
    return "\n".join(_line(**change) for change in found)


def _line(field: str, before: Any, after: Any) -> str:
    if field in _LISTS:
        had, has = before or [], after or []
        gone = [f"-{_json(member)}" for member in had if member not in has]
        come = [f"+{_json(member)}" for member in has if member not in had]
        if gone or come:
            return f"{field}: {' '.join(gone + come)}"
    return f"{field}: {_json(before)} -> {_json(after)}"


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def shown(server: Server | None) -> Mapping[str, Any]:
    """A server as its document shows it; nothing where there is none, or it is deleted."""
    return document(server) if server is not None and lives(server) else _NOTHING
