"""The parameters of the past, as published in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from api.history.audit import OUTCOMES
from api.history.events import WAIT_MAX_S
from api.history.pages import LIMIT_MAX
from api.history.points import VERSION_MAX
from api.http.conditions import POSITION_MAX
from api.http.cursors import PATTERN
from api.http.query import VALUE_MAX_CHARACTERS
from domain.registry import EVENT_TYPES
from projections.document import FIELDS

Parameter = dict[str, Any]


def number(name: str, least: int, most: int, description: str = "") -> Parameter:
    """A whole number within bounds."""
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return {"name": name, "description": description, "schema": schema}


def text(
    name: str, description: str = "Exactly this.", pattern: str = r"^[^\u0000]*$"
) -> Parameter:
    """A text of a pattern."""
    schema = {"type": "string", "pattern": pattern, "maxLength": VALUE_MAX_CHARACTERS}
    return {"name": name, "description": description, "schema": schema}


def word(name: str, *words: str, description: str = "") -> Parameter:
    """One of some words."""
    schema = {"type": "string", "enum": list(words)}
    return {"name": name, "description": description, "schema": schema}


_WHEN: Final = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "pattern": "^-[0-9]{1,9}[smhdw]$"},
    ]
}


def _time(name: str, description: str) -> Parameter:
    return {"name": name, "description": description, "schema": _WHEN, "example": "-1h"}


AT_FLEET: Final = (
    _time("at", "As of this time (RFC 3339), or so long ago. One point at a time."),
    number("at_position", 0, POSITION_MAX, "As of this position of the log.") | {"example": 1},
)
AT_SERVER: Final = (
    *AT_FLEET,
    number("at_version", 1, VERSION_MAX, "As of this version of the server.") | {"example": 1},
)
_CURSOR: Final = text("after", "The cursor that `next` gave, with the same filters.", PATTERN)
_LIMIT: Final = number("limit", 1, LIMIT_MAX, "100 if not given.")
AUDIT_OWN: Final = (
    *(text(name) for name in ("organization", "action", "request_id")),
    text("actor", "A principal's id or name."),
    text("name", "The server's name then, before or after; or the reference as sent."),
    word("field", *FIELDS, description="What changed this field."),
    word("outcome", *OUTCOMES),
    _time("from", "From this time on, included."),
    _time("to", "Up to this time, not included."),
    word("order", "oldest", "newest", description="Which come first; the oldest if not given."),
    _LIMIT,
    _CURSOR,
)
AUDIT: Final = (text("server", "A server's id."), *AUDIT_OWN)
EVENTS_OWN: Final = (
    word("type", *EVENT_TYPES),
    text("actor", "A principal's id or name."),
    number("after_position", 0, POSITION_MAX, "Those past this position.") | {"example": 1},
    number("wait", 0, WAIT_MAX_S, "Seconds to wait for one where there is none.") | {"example": 0},
    _LIMIT,
    _CURSOR,
)
EVENTS: Final = (text("server", "A server's id."), text("organization"), *EVENTS_OWN)
DIFF_VERSIONS: Final = (
    number("from", 1, VERSION_MAX, "A version.") | {"required": True, "example": 1},
    number("to", 1, VERSION_MAX, "Another; the newest if not given."),
)
DIFF_POSITIONS: Final = (
    number("from", 0, POSITION_MAX, "A position.") | {"required": True, "example": 1},
    number("to", 0, POSITION_MAX, "Another; the end of the log if not given.") | {"example": 1},
)
CURSOR_ALONE: Final = (_CURSOR,)
