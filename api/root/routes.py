"""The route table of the root: every operation that is served, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.catalogue.schemas import AVAILABILITY_BODY, TYPES_BODY
from api.history.parameters import AT_FLEET, AT_SERVER
from api.history.schemas import REVERT_BODY
from api.http import health
from api.http.cursors import PATTERN
from api.http.paging import PAGE_MAX, PER_PAGE_MAX
from api.http.query import VALUE_MAX_CHARACTERS
from api.http.routes import Operation
from api.root import actions, catalogue, reverting, schemas, servers
from api.root.listing import LIMIT_MAX, TAGS_ASKED_MAX
from api.root.models import (
    BackUp,
    CreateServer,
    CreateServersEnvelope,
    Do,
    RenameServerEnvelope,
    Restore,
    RevertServer,
    UpdateServer,
    UpdateServerEnvelope,
)

_READ: Final = (400, 401, 429, 503)
_SEND: Final = (400, 401, 403, 412, 422, 429, 503)
_WRITE: Final = (*_SEND, 413, 415)
_REF: Final = (404, 409)
_CREATE: Final = (CreateServer, CreateServersEnvelope)
_UPDATE: Final = (UpdateServer, UpdateServerEnvelope, RenameServerEnvelope)
_ACT: Final = (Do, BackUp, Restore)


def _number(name: str, most: int) -> dict[str, Any]:
    return {"name": name, "schema": {"type": "integer", "minimum": 1, "maximum": most}}


def _text(
    name: str, pattern: str = r"^[^\u0000]*$", description: str = "Exactly this."
) -> Mapping[str, Any]:
    schema = {"type": "string", "pattern": pattern, "maxLength": VALUE_MAX_CHARACTERS}
    return {"name": name, "description": description, "schema": schema}


_PAGES: Final = (_number("page", PAGE_MAX), _number("per_page", PER_PAGE_MAX))
_TAGS: Final = rf"^[^\u0000,]+(,[^\u0000,]+){{0,{TAGS_ASKED_MAX - 1}}}$"
_LIST: Final = (
    *map(_text, ("organization", "name", "image", "flavor", "reservation_id")),
    _text("tags", _TAGS, "All of these, by commas."),
    {"name": "state", "schema": {"type": "string", "enum": ["running", "stopped"]}},
    {"name": "running", "schema": {"type": "boolean"}},
    *_PAGES,
    *AT_FLEET,
    _number("limit", LIMIT_MAX) | {"description": "Not beside page or per_page."},
    _text("after", PATTERN, "What a Link gave, with its limit and filters."),
)
_SHOWN: Final = ("ETag", "X-Log-Position")
_LISTED: Final = ("X-Log-Position", "X-Total-Count?", "Link?")
_PAGED: Final = ("X-Total-Count?", "Link?")
_MADE: Final = ("Location", "X-Log-Position", "ETag?")
_AT: Final = ("X-Log-Position",)
_REFERENCE: Final = {
    "description": "An id; failing that, the exact name of one live server.",
    "example": "my_server",
}
_NEW_SERVER: Final = {"ref": "$response.body#/server/id"}
_NEW_LINKS: Final = dict.fromkeys(
    ("get_server", "update_server_by_put", "update_server_by_patch", "act_on_server"), _NEW_SERVER
) | {"delete_server": _NEW_SERVER, "list_actions": _NEW_SERVER, "revert_server": _NEW_SERVER,
    "get_blame": _NEW_SERVER, "list_server_events": _NEW_SERVER}
_TASK_LINKS: Final = {"get_task": {"id": "$response.body#/task/id"}}
_R: Final = "/servers/{ref}"
_S: Final = ("servers",)
_C: Final = ("catalogue",)
_O: Final = ("operations",)

# fmt: off  # a table reads better with its columns
OPERATIONS: Final = (
    Operation("GET", _R, servers.get_server, "Get a server", {200: schemas.SERVER_BODY, 304: None}, (*_READ, *_REF), query=AT_SERVER, headers=_SHOWN, segment=_REFERENCE, tags=_S),
    Operation("PUT", _R, servers.update_server, "Update a server", {200: schemas.SERVER_BODY}, (*_WRITE, *_REF), _UPDATE, headers=_SHOWN, segment=_REFERENCE, tags=_S),
    Operation("PATCH", _R, servers.update_server, "Update a server", {200: schemas.SERVER_BODY}, (*_WRITE, *_REF), _UPDATE, headers=_SHOWN, segment=_REFERENCE, tags=_S),
    Operation("DELETE", _R, servers.delete_server, "Delete a server", {204: None}, (*_SEND, *_REF), headers=_AT, segment=_REFERENCE, tags=_S),
    Operation("GET", "/servers", servers.list_servers, "List servers", {200: schemas.SERVERS_BODY}, _READ, query=_LIST, headers=_LISTED, tags=_S),
    Operation("POST", "/servers", servers.create_servers, "Create a server, or several", {201: schemas.SERVER_BODY, 200: schemas.CREATED_BODY}, _WRITE, _CREATE, headers=_MADE, links=_NEW_LINKS, tags=_S),
    Operation("GET", f"{_R}/action", actions.list_actions, "List the actions on a server", {200: schemas.ACTIONS_BODY}, (*_READ, *_REF), query=AT_SERVER, segment=_REFERENCE, tags=_S),
    Operation("POST", f"{_R}/action", actions.act_on_server, "Act on a server", {202: schemas.TASK_BODY}, (*_WRITE, *_REF), _ACT, headers=_MADE, segment=_REFERENCE, links=_TASK_LINKS, tags=_S),
    Operation("POST", f"{_R}/revert", reverting.revert_server, "Bring a server back to what it was", {200: REVERT_BODY}, (*_WRITE, *_REF), (RevertServer,), headers=("X-Log-Position?", "ETag?"), segment=_REFERENCE, tags=_S),
    Operation("GET", "/tasks/{id}", actions.get_task, "Get a task", {200: schemas.TASK_BODY}, (404, *_READ), tags=_S),
    Operation("GET", "/flavors", catalogue.list_flavors, "List flavors", {200: schemas.FLAVORS_BODY}, _READ, query=_PAGES, headers=_PAGED, tags=_C),
    Operation("GET", "/flavors/{ref}", catalogue.get_flavor, "Get a flavor, by id or name", {200: schemas.FLAVOR_BODY}, (404, *_READ), segment={"example": "m1.small"}, tags=_C),
    Operation("GET", "/products/servers", catalogue.list_products, "List commercial types", {200: TYPES_BODY}, _READ, query=_PAGES, headers=_PAGED, tags=_C),
    Operation("GET", "/products/servers/availability", catalogue.list_availability, "List their availability", {200: AVAILABILITY_BODY}, _READ, query=_PAGES, headers=_PAGED, tags=_C),
    Operation("GET", "/healthz", health.healthz, "Is the process up?", {200: schemas.STATUS_BODY}, public=True, tags=_O),
    Operation("GET", "/readyz", health.readyz, "Is the service ready?", {200: schemas.READY_BODY}, (503,), public=True, headers=_AT, tags=_O),
    Operation("GET", "/metrics", health.metrics, "Figures for Prometheus", {200: {"type": "string"}}, (403,), public=True, tags=_O, media_type="text/plain"),
    Operation("GET", "/openapi.json", health.openapi, "This document", {200: {"type": "object"}}, public=True, tags=_O),
    Operation("GET", "/docs", health.docs, "This document, as a page", {200: {"type": "string"}}, public=True, tags=_O, media_type="text/html"),
    Operation("GET", "/docs/{name}", health.docs_asset, "A part of that page", {200: {}}, (400, 404), public=True, segment={"example": "swagger-ui.css"}, tags=_O, media_type="*/*"),
)
# fmt: on
