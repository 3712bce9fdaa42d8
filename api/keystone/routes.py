"""The route table of Keystone's dialect, with the schemas of its answers."""

from __future__ import annotations

from functools import partial
from typing import Final

from api.http.routes import Operation
from api.keystone import tokens
from api.keystone.models import AskForToken
from api.openstack import versions
from api.openstack.schemas import (
    ERROR_FORM,
    HREF,
    LINKS,
    REQUEST_ID,
    TEXT,
    TIME,
    Schema,
    array,
    parameter,
    record,
    ref,
)

_NAMED: Final = record({"id": TEXT, "name": TEXT})
_ENDPOINT: Final = record(
    {
        "id": TEXT,
        "interface": {"enum": ["public", "internal", "admin"]},
        "region": TEXT,
        "region_id": TEXT,
        "url": HREF,
    }
)
_TOKEN: Final[Schema] = record(
    {
        "methods": array(TEXT),
        "user": record(
            {"id": TEXT, "name": TEXT, "domain": _NAMED, "password_expires_at": {"type": "null"}}
        ),
        "audit_ids": array(TEXT),
        "expires_at": TIME,
        "issued_at": TIME,
        "project": record({"id": TEXT, "name": TEXT, "domain": _NAMED}),
        "is_domain": {"const": False},
        "roles": array(_NAMED),
        "catalog": array(
            record({"id": TEXT, "type": TEXT, "name": TEXT, "endpoints": array(_ENDPOINT)})
        ),
    },
    optional=("project", "is_domain", "roles", "catalog"),
)
COMPONENTS: Final[dict[str, Schema]] = {"KeystoneTokenTold": record({"token": _TOKEN})}
_VERSION: Final = record(
    {
        "id": TEXT,
        "status": {"const": "stable"},
        "updated": TIME,
        "links": LINKS,
        "media-types": array(record({"base": TEXT, "type": TEXT})),
    }
)
_TOKENS: Final = "/identity/v3/auth/tokens"
_GIVEN: Final = ("X-Subject-Token",)
_NO_CATALOG: Final = parameter("nocatalog", {}, "Whatever it is: the catalogue is left out.")
_SUBJECT: Final = {
    "in": "header",
    **parameter("X-Subject-Token", {"type": "string"}, "What is asked about; without it 404."),
}
_T: Final = ("keystone",)
_operation: Final = partial(Operation, tags=_T, refused_as=ERROR_FORM, always=REQUEST_ID, family="keystone_")

# fmt: off  # a table reads better with its columns
OPERATIONS: Final = (
    _operation("POST", _TOKENS, tokens.authenticate, "Log in with an API token", {201: ref("KeystoneTokenTold")}, (400, 401, 413, 415, 429, 503), (AskForToken,), query=(_NO_CATALOG,), headers=_GIVEN, public=True),
    _operation("GET", _TOKENS, tokens.validate, "What is a token good for?", {200: ref("KeystoneTokenTold")}, (400, 401, 404, 429, 503), query=(_SUBJECT, _NO_CATALOG), headers=_GIVEN),
    _operation("GET", "/identity", versions.list_identity_versions, "Which versions of Keystone's API are there?", {200: record({"versions": record({"values": array(_VERSION)})})}, (400,), public=True),
    _operation("GET", "/identity/v3", versions.get_identity_version, "Which version is this?", {200: record({"version": _VERSION})}, (400,), public=True),
)
# fmt: on
