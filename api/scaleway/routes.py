"""The route table of the Scaleway dialect: every operation that is served, a line each."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from api.catalogue.schemas import AVAILABILITY_BODY
from api.http.paging import PAGE_MAX, PER_PAGE_MAX
from api.http.query import VALUE_MAX_CHARACTERS
from api.http.routes import Operation
from api.scaleway import actions, listing, models, products, schemas, servers
from api.scaleway.dialect import MOUNT, ZONE
from api.storage.routes import storage_operations

_READ: Final = (400, 401, 404, 429, 503)
_SEND: Final = (400, 401, 403, 404, 412, 422, 429, 503)
_WRITE: Final = (*_SEND, 413, 415)
_SHOWN: Final = ("ETag", "X-Log-Position")
_LISTED: Final = ("X-Log-Position", "X-Total-Count", "Link?")
_PAGED: Final = ("X-Total-Count", "Link?")
_AT: Final = ("X-Log-Position",)
_MADE: Final = ("Location", "X-Log-Position", "ETag")
_DONE: Final = ("Location", "X-Log-Position", "ETag?")
_UPDATE: Final = (models.UpdateInstance,)
_ACT: Final = (models.DoToInstance, models.BackUpInstance)


def _number(name: str, most: int) -> Mapping[str, Any]:
    return {"name": name, "schema": {"type": "integer", "minimum": 1, "maximum": most}}


def _text(name: str, description: str, pattern: str = r"^[^\u0000]*$") -> Mapping[str, Any]:
    schema = {"type": "string", "pattern": pattern, "maxLength": VALUE_MAX_CHARACTERS}
    return {"name": name, "description": description, "schema": schema}


def _word(name: str, *words: str) -> Mapping[str, Any]:
    return {"name": name, "schema": {"type": "string", "enum": list(words)}}


def _by_commas(most: int) -> str:
    return rf"^[^\u0000,]+(,[^\u0000,]+){{0,{most - 1}}}$"


_PAGES: Final = (_number("page", PAGE_MAX), _number("per_page", PER_PAGE_MAX))
_LIST: Final = (
    *_PAGES,
    *(_text(name, "Exactly this.") for name in ("organization", "project", "commercial_type")),
    _text("name", "What the name holds."),
    _text("tags", "All of these, by commas.", _by_commas(listing.TAGS_ASKED_MAX)),
    _text("servers", "Those of these ids, by commas.", _by_commas(listing.SERVERS_ASKED_MAX)),
    _text("with_ip", "The public address."),
    *(_text(name, "No server has one.") for name in listing.PRIVATE),
    {"name": "without_ip", "schema": {"type": "boolean"}},
    _word("state", *listing.STATES, *listing.OTHER_STATES),
    _word("order", *listing.ORDERS),
)
_S: Final = "/servers"
_R: Final = "/servers/{ref}"
_NEW: Final = ("get_instance", "update_instance_by_patch", "update_instance_by_put", "act_on_instance", "list_instance_actions", "attach_volume", "detach_volume", "delete_instance")
_NEW_LINKS: Final = {name: {"ref": "$response.body#/server/id"} for name in _NEW}
_TASK_LINKS: Final = {"get_instance_task": {"id": "$response.body#/task/id"}}
_P: Final = "/products/servers"

# fmt: off  # a table reads better with its columns
_INSTANCES: Final = (
    Operation("GET", _S, listing.list_instances, "List servers", {200: schemas.SERVERS_BODY}, _READ, query=_LIST, headers=_LISTED),
    Operation("POST", _S, servers.create_instance, "Create a server", {201: schemas.SERVER_BODY}, _WRITE, (models.CreateInstance,), headers=_MADE, links=_NEW_LINKS),
    Operation("GET", _R, servers.get_instance, "Get a server", {200: schemas.SERVER_BODY, 304: None}, _READ, headers=_SHOWN),
    Operation("PATCH", _R, servers.update_instance, "Update a server", {200: schemas.SERVER_BODY}, _WRITE, _UPDATE, headers=_SHOWN),
    Operation("PUT", _R, servers.update_instance, "Update a server", {200: schemas.SERVER_BODY}, _WRITE, _UPDATE, headers=_SHOWN),
    Operation("DELETE", _R, servers.delete_instance, "Delete a server", {204: None}, _SEND, headers=_AT),
    Operation("GET", f"{_R}/action", actions.list_instance_actions, "List the actions on a server", {200: schemas.ACTIONS_BODY}, _READ, headers=_AT),
    Operation("POST", f"{_R}/action", actions.act_on_instance, "Act on a server", {202: schemas.TASK_BODY}, (409, *_WRITE), _ACT, headers=_DONE, links=_TASK_LINKS),
    Operation("POST", f"{_R}/attach-volume", servers.attach_volume, "Attach a volume", {200: schemas.SERVER_BODY}, (409, *_WRITE), (models.AttachVolume,), headers=_SHOWN),
    Operation("POST", f"{_R}/detach-volume", servers.detach_volume, "Detach a volume", {200: schemas.SERVER_BODY}, _WRITE, (models.DetachVolume,), headers=_SHOWN),
    Operation("GET", "/tasks/{id}", actions.get_instance_task, "Get a task", {200: schemas.TASK_BODY}, _READ),
    Operation("GET", _P, products.list_instance_types, "List commercial types", {200: schemas.TYPES_BODY}, _READ, query=_PAGES, headers=_PAGED),
    Operation("GET", f"{_P}/availability", products.list_instance_availability, "List their availability", {200: AVAILABILITY_BODY}, _READ, query=_PAGES, headers=_PAGED),
)
# fmt: on
_FAMILY: Final = "scaleway_"
_SEGMENT: Final = {
    "description": "Any zone: there is one place here, and each is a name for it.",
    "schema": {"type": "string", "pattern": f"^{ZONE}$"},
    "example": "fr-par-1",
}


def _in_zone(operation: Operation) -> Operation:
    """An operation below the zone's mount; what is no zone is no path."""
    links = {
        f"{_FAMILY}{name}": {"zone": "$request.path.zone", **parameters}
        for name, parameters in operation.links.items()
    }
    return dataclasses.replace(
        operation,
        path=f"{MOUNT}{operation.path}",
        refusals=tuple({*operation.refusals, 404}),
        tags=("scaleway",),
        segments={"zone": _SEGMENT},
        links=links,
        family=_FAMILY,
    )


OPERATIONS: Final = tuple(map(_in_zone, (*_INSTANCES, *storage_operations())))
