"""The route table of the past: every question, a line each."""

from __future__ import annotations

from typing import Final

from api.history import audit, blame, diffs, events, parameters, schemas, timemaps
from api.http.routes import Operation

_READ: Final = (400, 401, 429, 503)
_ONE: Final = (*_READ, 404, 409)
_AT: Final = ("X-Log-Position",)
_PAGED: Final = ("X-Log-Position", "Link?")
_REFERENCE: Final = {
    "description": "An id, of a deleted server too; failing that, the name of one live server.",
    "example": "my_server",
}
_POSITION: Final = {
    "description": "A position of the log.",
    "schema": {"type": "integer", "minimum": 1},
    "example": 1,
}
_R: Final = "/servers/{ref}"
_H: Final = ("history",)

# fmt: off  # a table reads better with its columns
OPERATIONS: Final = (
    Operation("GET", "/audit", audit.list_audit, "List what was asked for and what came of it", {200: schemas.AUDIT_BODY}, (403, *_READ), query=parameters.AUDIT, headers=_PAGED, tags=_H),
    Operation("GET", f"{_R}/audit", audit.list_server_audit, "List what was asked of a server", {200: schemas.AUDIT_BODY}, (403, *_ONE), query=parameters.AUDIT_OWN, headers=_PAGED, segment=_REFERENCE, tags=_H),
    Operation("GET", "/events", events.list_events, "List events, or follow them", {200: schemas.EVENTS_BODY}, _READ, query=parameters.EVENTS, headers=("X-Log-Position?", "Link?"), tags=_H),
    Operation("GET", "/events/{position}", events.get_event, "Get an event", {200: schemas.EVENT_BODY}, (404, *_READ), segment=_POSITION, headers=_AT, tags=_H),
    Operation("GET", f"{_R}/events", events.list_server_events, "List the events of a server, or follow them", {200: schemas.EVENTS_BODY}, _ONE, query=parameters.EVENTS_OWN, headers=("X-Log-Position?", "Link?"), segment=_REFERENCE, tags=_H),
    Operation("GET", f"{_R}/blame", blame.get_blame, "Who gave each field its value", {200: schemas.BLAME_BODY}, _ONE, query=parameters.AT_SERVER, headers=_AT, segment=_REFERENCE, tags=_H),
    Operation("GET", f"{_R}/diff", diffs.get_server_diff, "Compare two versions of a server", {200: schemas.SERVER_DIFF_BODY}, _ONE, query=parameters.DIFF_VERSIONS, headers=_AT, segment=_REFERENCE, tags=_H),
    Operation("GET", "/diff", diffs.get_fleet_diff, "Compare all servers at two positions", {200: schemas.FLEET_DIFF_BODY}, _READ, query=parameters.DIFF_POSITIONS, headers=_AT, tags=_H),
    Operation("GET", f"{_R}/timemap", timemaps.get_server_timemap, "List the states of a server", {200: {"type": "string"}}, _ONE, query=parameters.CURSOR_ALONE, headers=_PAGED, segment=_REFERENCE, tags=_H, media_type="application/link-format"),
    Operation("GET", "/timemap", timemaps.get_timemap, "List the states of the list of servers", {200: {"type": "string"}}, _READ, query=parameters.CURSOR_ALONE, headers=_PAGED, tags=_H, media_type="application/link-format"),
)
# fmt: on
