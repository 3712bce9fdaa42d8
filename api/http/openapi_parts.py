"""The parts of the OpenAPI document that no operation has of its own: headers, and the error."""

from __future__ import annotations

from typing import Any, Final

from api.http.conditions import POSITION_MAX
from api.http.exchange import IDEMPOTENCY_KEY_MAX_CHARACTERS
from api.http.problems import STATUSES, TYPES

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "properties": {
        "type": {"enum": sorted({*TYPES.values(), "api_error", "invalid_request_error"})},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "message": {"type": "string"},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "code": {"enum": sorted(STATUSES)},
        "request_id": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail", "message", "code", "request_id"],
    "additionalProperties": False,
    "if": {"properties": {"message": {"const": "Validation Error"}}},
    "then": {"required": ["fields"]},
}


def _header(
    name: str, description: str, schema: dict[str, Any], example: str | int | None = None
) -> dict[str, Any]:
    shown = {"name": name, "in": "header", "description": description, "schema": schema}
    return shown if example is None else shown | {"example": example}


_TEXT: Final = {"type": "string"}
_POSITION: Final = {"type": "integer", "minimum": 0, "maximum": POSITION_MAX}
_KEY: Final = {
    "type": "string",
    "pattern": f"^[!-~]{{1,{IDEMPOTENCY_KEY_MAX_CHARACTERS}}}$",
}
_TAGS: Final = {"type": "string", "pattern": '^(\\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$'}
WRITE_HEADERS: Final = (
    _header("Idempotency-Key", "The same key and request give the first answer again.", _KEY),
    _header("If-Match", 'The expected ETag, "ID:VERSION"; else 412.', _TAGS, "*"),
)
READ_HEADERS: Final = (
    _header("X-Min-Position", "Answer as of this position of the log or later.", _POSITION, 1),
)
_ETAG: Final = '"442988e3-6c0e-4711-b3b2-3ba311cb722b:1"'
DETAIL_HEADERS: Final = (_header("If-None-Match", "Answer 304 if the ETag is this.", _TAGS, _ETAG),)
ANY_HEADERS: Final = (
    _header("X-Request-Id", "Answered and recorded if it is 1 to 128 visible ASCII.", _TEXT),
    _header("traceparent", "W3C trace context, recorded if it is one.", _TEXT),
)
SEGMENT: Final = {"type": "string", "minLength": 1, "pattern": r"^[^\u0000]*$"}

_MADE_AT: Final = {"type": "string", "pattern": "^(https?://[^/]+)?(/[^/]+)+$"}
RESPONSE_HEADERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "X-Request-Id": (
        "The request's, or a new one.",
        {"type": "string", "pattern": "^[!-~]{1,128}$"},
    ),
    "X-Log-Position": ("A write's last record; where the log stood for a read.", _POSITION),
    "ETag": ("Of the server as shown.", {"type": "string", "pattern": '^"[^:"]+:[0-9]+"$'}),
    "Location": ("The first new server, or the task.", _MADE_AT),
    "X-Total-Count": ("How many there are on all pages.", {"type": "integer", "minimum": 0}),
    "Link": ("The next page.", {"type": "string", "pattern": '^</[^>]*>; rel="'}),
    "X-Openstack-Request-Id": (
        "X-Request-Id in another form.",
        {"type": "string", "pattern": "^req-[0-9a-f-]{36}$"},
    ),
    "OpenStack-API-Version": ("The microversion that is spoken.", {"const": "compute 2.1"}),
    "X-OpenStack-Nova-API-Version": ("The same.", {"const": "2.1"}),
    "Vary": ("The headers that ask for a microversion.", _TEXT),
    "X-Subject-Token": ("The token.", _TEXT),
    "Retry-After": ("Seconds until it may be tried again.", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": ("How to authenticate.", _TEXT),
}
"""What each header of an answer is for, and its schema."""
REFUSAL_HEADERS: Final = {
    401: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
