"""The route table of Nova's dialect: every operation that is served, a line each."""

from __future__ import annotations

from functools import partial
from typing import Final

from api.http.query import VALUE_MAX_CHARACTERS
from api.http.routes import Operation
from api.nova import (
    actions,
    addresses,
    flavors,
    images,
    instance_actions,
    listing,
    metadata,
    models,
    schemas,
    servers,
)
from api.nova.filters import PATTERN_MAX, TAGS_MAX
from api.openstack import versions
from api.openstack.images import delete_image
from api.openstack.query import FALSE_WORDS, FLAG_WORDS
from api.openstack.schemas import (
    FAULT_FORM,
    LIMIT,
    MICROVERSION,
    parameter,
    text_parameter,
)

_READ: Final = (400, 401, 406, 429, 503)
_SEND: Final = (400, 401, 403, 406, 412, 422, 429, 503)
_WRITE: Final = (*_SEND, 413, 415)
_TAGS: Final = rf"^[^\u0000,]+(,[^\u0000,]+){{0,{TAGS_MAX - 1}}}$"
_PAGE: Final = (LIMIT, text_parameter("marker", "The id that the last page ended with."))
_LIST: Final = (
    *_PAGE,
    text_parameter("name", "A regular expression (RE2), found anywhere in the name.", least=1, most=PATTERN_MAX),
    text_parameter("status", "ACTIVE or SHUTOFF; none is ever in another."),
    *map(text_parameter, ("vm_state", "power_state", "flavor", "image", "reservation_id")),
    parameter("tags", {"type": "string", "pattern": _TAGS, "maxLength": VALUE_MAX_CHARACTERS}, "All of these, by commas."),
    parameter("all_tenants", {"enum": ["", *FLAG_WORDS]}, "For admins: those of every organization."),
    *map(text_parameter, ("project_id", "tenant_id")),
    parameter("deleted", {"enum": list(FALSE_WORDS)}),
    parameter("sort_key", {"const": "created_at"}),
    parameter("sort_dir", {"enum": ["asc", "desc"]}),
)
_FLAVORS: Final = (*_PAGE, parameter("is_public", {"enum": ["None", "none", *FLAG_WORDS]}), *(parameter(name, {"type": "integer", "minimum": 0, "maximum": flavors.LEAST_MAX}) for name in ("minDisk", "minRam")), *(parameter(name, {"const": value}, "As the catalogue has them.") for name, value in flavors.ORDER.items()))
_IMAGES: Final = (
    *_PAGE,
    text_parameter("name", "Exactly this."),
    text_parameter("status", "ACTIVE; none is ever in another."),
    text_parameter("type", "snapshot, backup or base."),
    text_parameter("server", "Those made of the server of this id, or that a link ends in."),
)
_SHOWN: Final = ("ETag", "X-Log-Position")
_AT: Final = ("X-Log-Position",)
_ACTIONS: Final = tuple(models.ACTIONS.values())
_V: Final = "/v2.1"
_R: Final = f"{_V}/servers/{{ref}}"
_M: Final = f"{_R}/metadata"
_A: Final = f"{_R}/os-instance-actions"
_T: Final = ("nova",)
_operation: Final = partial(Operation, tags=_T, refused_as=FAULT_FORM, always=MICROVERSION, family="nova_")

# fmt: off  # a table reads better with its columns
OPERATIONS: Final = (
    _operation("GET", f"{_V}/servers/detail", listing.list_servers_detail, "List servers with details", {200: schemas.SERVERS_DETAIL}, (403, *_READ), query=_LIST, headers=_AT),
    _operation("GET", _R, servers.get_server, "Get a server", {200: schemas.SERVER, 304: None}, (404, *_READ), headers=_SHOWN),
    _operation("PUT", _R, servers.update_server, "Update a server", {200: schemas.UPDATED}, (404, *_WRITE), (models.UpdateNovaServer,), headers=_SHOWN),
    _operation("DELETE", _R, servers.delete_server, "Delete a server", {204: None}, (404, *_SEND), headers=_AT),
    _operation("GET", f"{_V}/servers", listing.list_servers, "List servers", {200: schemas.SERVERS}, (403, *_READ), query=_LIST, headers=_AT),
    _operation("POST", f"{_V}/servers", servers.create_server, "Create a server, or several, and start them", {202: schemas.CREATED}, _WRITE, (models.CreateNovaServer,), headers=("Location?", "ETag?", *_AT)),
    _operation("POST", f"{_R}/action", actions.act_on_server, "Act on a server", {202: None}, (404, 409, *_WRITE), _ACTIONS, headers=("Location?", *_SHOWN)),
    _operation("GET", _M, metadata.get_metadata, "Get the metadata of a server", {200: schemas.METADATA}, (404, *_READ), headers=_SHOWN),
    _operation("POST", _M, metadata.set_metadata, "Set items of metadata", {200: schemas.METADATA}, (404, *_WRITE), (models.NovaMetadata,), headers=_SHOWN),
    _operation("PUT", _M, metadata.replace_metadata, "Replace the metadata", {200: schemas.METADATA}, (404, *_WRITE), (models.NovaMetadata,), headers=_SHOWN),
    _operation("GET", f"{_M}/{{key}}", metadata.get_metadata_item, "Get an item of metadata", {200: schemas.METADATA_ITEM}, (404, *_READ), headers=_SHOWN),
    _operation("PUT", f"{_M}/{{key}}", metadata.set_metadata_item, "Set an item of metadata", {200: schemas.METADATA_ITEM}, (404, *_WRITE), (models.NovaMetadataItem,), headers=_SHOWN),
    _operation("DELETE", f"{_M}/{{key}}", metadata.delete_metadata_item, "Remove an item of metadata", {204: None}, (404, *_SEND), headers=_AT),
    _operation("GET", f"{_R}/ips", addresses.list_addresses, "List the addresses of a server", {200: schemas.ADDRESSES}, (404, *_READ), headers=_SHOWN),
    _operation("GET", f"{_R}/ips/{{network}}", addresses.list_addresses_of_network, "List the addresses of a server in a network", {200: schemas.ADDRESSES_OF_NETWORK}, (404, *_READ), headers=_SHOWN),
    _operation("GET", _A, instance_actions.list_instance_actions, "List what was done to a server", {200: schemas.ACTIONS}, (404, *_READ), headers=_AT),
    _operation("GET", f"{_A}/{{request_id}}", instance_actions.get_instance_action, "Get what a request did to a server", {200: schemas.ACTION}, (404, *_READ), headers=_AT),
    _operation("GET", f"{_V}/flavors/detail", flavors.list_flavors_detail, "List flavors with details", {200: schemas.FLAVORS_DETAIL}, _READ, query=_FLAVORS),
    _operation("GET", f"{_V}/flavors", flavors.list_flavors, "List flavors", {200: schemas.FLAVORS}, _READ, query=_FLAVORS),
    _operation("GET", f"{_V}/flavors/{{ref}}", flavors.get_flavor, "Get a flavor", {200: schemas.FLAVOR}, (404, *_READ), segment={"example": "2"}),
    _operation("GET", f"{_V}/flavors/{{ref}}/os-extra_specs", flavors.get_extra_specs, "Get the extra specs of a flavor", {200: schemas.EXTRA_SPECS}, (404, *_READ), segment={"example": "2"}),
    _operation("GET", f"{_V}/images/detail", images.list_images_detail, "List images with details", {200: schemas.IMAGES_DETAIL}, _READ, query=_IMAGES),
    _operation("GET", f"{_V}/images", images.list_images, "List images", {200: schemas.IMAGES}, _READ, query=_IMAGES),
    _operation("GET", f"{_V}/images/{{ref}}", images.get_image, "Get an image", {200: schemas.IMAGE}, (404, *_READ), segment={"example": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"}),
    _operation("GET", f"{_V}/images/{{ref}}/metadata", images.get_image_metadata, "Get what was noted on an image", {200: schemas.METADATA}, (404, *_READ), segment={"example": "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"}),
    _operation("DELETE", f"{_V}/images/{{ref}}", delete_image, "Delete an image of one's own", {204: None}, (404, *_SEND), headers=_AT),
    _operation("GET", _V, versions.get_compute_version, "Which version is this?", {200: schemas.VERSION}, (400,), public=True),
)
# fmt: on
ROOT_OPERATIONS: Final = (
    Operation("GET", "/", versions.list_compute_versions, "Which versions of Nova's API are there?", {200: schemas.VERSIONS}, (400,), public=True, tags=_T),
)
"""What is served at the root for Nova's clients."""
