"""What Nova's published API promises at microversion 2.1, strictly: nothing more, nothing less.

Status and body of every answer, as JSON Schema without room for further members; the conformance
tests of OpenStack's own refuse unknown ones too.
"""

from __future__ import annotations

from typing import Any, Final

from jsonschema import Draft202012Validator

Schema = dict[str, Any]


def _an_object(required: Schema, optional: Schema | None = None) -> Schema:
    """An object with these members and no other."""
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def _a_list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _a_map(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


_TEXT: Final[Schema] = {"type": "string"}
_NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 255}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_UUID: Final[Schema] = {
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
}
_SECOND: Final[Schema] = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
}
_MICROSECOND: Final[Schema] = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$",
}
_URL: Final[Schema] = {"type": "string", "pattern": "^https?://[^/]+(/.*)?$"}
_LINK: Final = _an_object({"href": _URL, "rel": _TEXT}, {"type": _TEXT})
_LINKS: Final[Schema] = _a_list(_LINK) | {
    "contains": {"properties": {"rel": {"const": "self"}}},
    "minContains": 1,
}
_NEXT: Final[Schema] = _a_list(_an_object({"href": _URL, "rel": {"const": "next"}})) | {
    "minItems": 1,
    "maxItems": 1,
}
_REFERENCE: Final = _an_object({"id": _TEXT, "links": _a_list(_LINK)})
_BRIEF: Final = _an_object({"id": _TEXT, "name": _TEXT, "links": _LINKS})
_METADATA: Final = _a_map({"type": "string", "maxLength": 255})
_DISK_CONFIG: Final[Schema] = {"enum": ["AUTO", "MANUAL"]}
_ADDRESS: Final = _an_object(
    {"addr": _TEXT, "version": {"enum": [4, 6]}},
    {"OS-EXT-IPS:type": {"enum": ["fixed", "floating"]}, "OS-EXT-IPS-MAC:mac_addr": _TEXT},
)
_PLAIN_ADDRESS: Final = _an_object({"addr": _TEXT, "version": {"enum": [4, 6]}})
_STATUSES: Final = ["BUILD", "ACTIVE", "SHUTOFF", "REBOOT", "HARD_REBOOT", "ERROR", "DELETED"]

# What every answer that shows a whole server has, an update's too.
_SERVER_REQUIRED: Final[Schema] = {
    "id": _UUID,
    "name": _NAME,
    "status": {"enum": _STATUSES},
    "image": {"oneOf": [_REFERENCE, {"const": ""}]},
    "flavor": _REFERENCE,
    "user_id": _TEXT,
    "tenant_id": _TEXT,
    "created": _SECOND,
    "updated": _SECOND,
    "metadata": _METADATA,
    "links": _LINKS,
    "addresses": _a_map(_a_list(_ADDRESS)),
    "hostId": _TEXT,
}
_SERVER_OPTIONAL: Final[Schema] = {
    "progress": _COUNT | {"maximum": 100},
    "fault": _an_object({"code": _COUNT, "created": _SECOND, "message": _TEXT}, {"details": _TEXT}),
    "accessIPv4": _TEXT,
    "accessIPv6": _TEXT,
    "OS-DCF:diskConfig": _DISK_CONFIG,
}
_SERVER_EXTENDED: Final[Schema] = {
    "key_name": _TEXT_OR_NULL,
    "config_drive": _TEXT,
    "security_groups": _a_list(_an_object({"name": _TEXT})),
    "OS-EXT-AZ:availability_zone": _TEXT,
    "OS-EXT-STS:task_state": _TEXT_OR_NULL,
    "OS-EXT-STS:vm_state": _TEXT,
    "OS-EXT-STS:power_state": {"enum": [0, 1, 3, 4, 6, 7]},
    "OS-SRV-USG:launched_at": _TEXT_OR_NULL,
    "OS-SRV-USG:terminated_at": _TEXT_OR_NULL,
    "os-extended-volumes:volumes_attached": _a_list(_an_object({"id": _TEXT})),
    "OS-EXT-SRV-ATTR:host": _TEXT_OR_NULL,
    "OS-EXT-SRV-ATTR:instance_name": _TEXT,
    "OS-EXT-SRV-ATTR:hypervisor_hostname": _TEXT_OR_NULL,
}
_SERVER: Final = _an_object(_SERVER_REQUIRED, _SERVER_OPTIONAL | _SERVER_EXTENDED)
_SERVER_UPDATED: Final = _an_object(_SERVER_REQUIRED, _SERVER_OPTIONAL)
_SERVER_CREATED: Final = _an_object(
    {"id": _UUID, "links": _LINKS, "OS-DCF:diskConfig": _DISK_CONFIG},
    {"security_groups": _a_list(_an_object({"name": _TEXT})), "adminPass": _TEXT},
)

_FLAVOR: Final = _an_object(
    {
        "id": _TEXT,
        "name": _TEXT,
        "links": _LINKS,
        "ram": _COUNT,
        "disk": _COUNT,
        "vcpus": _COUNT | {"minimum": 1},
        "swap": {"oneOf": [_COUNT, {"const": ""}]},
    },
    {
        "OS-FLV-DISABLED:disabled": {"type": "boolean"},
        "OS-FLV-EXT-DATA:ephemeral": _COUNT,
        "os-flavor-access:is_public": {"type": "boolean"},
        "rxtx_factor": {"type": "number"},
    },
)
_IMAGE: Final = _an_object(
    {
        "id": _TEXT,
        "name": _TEXT,
        "links": _LINKS,
        "status": {"enum": ["ACTIVE", "SAVING", "DELETED", "ERROR", "UNKNOWN"]},
        "created": _SECOND,
        "updated": _SECOND,
        "minDisk": _COUNT,
        "minRam": _COUNT,
        "progress": _COUNT | {"maximum": 100},
        "metadata": _a_map(_TEXT),
    },
    {
        "server": _REFERENCE,
        "OS-EXT-IMG-SIZE:size": _COUNT,
        "OS-DCF:diskConfig": _DISK_CONFIG,
    },
)

_ACTION_MEMBERS: Final[Schema] = {
    "action": _TEXT,
    "instance_uuid": _UUID,
    "message": _TEXT_OR_NULL,
    "project_id": _TEXT_OR_NULL,
    "request_id": {"type": "string", "pattern": "^req-[0-9a-f-]{36}$"},
    "start_time": _MICROSECOND,
    "user_id": _TEXT_OR_NULL,
}
_ACTION_EVENT: Final = _an_object(
    {
        "event": _TEXT,
        "start_time": _MICROSECOND,
        "finish_time": {"oneOf": [_MICROSECOND, {"type": "null"}]},
        "result": _TEXT_OR_NULL,
        "traceback": _TEXT_OR_NULL,
    }
)

_VERSION_MEMBERS: Final[Schema] = {
    "id": {"const": "v2.1"},
    "status": {"const": "CURRENT"},
    "version": {"type": "string", "pattern": r"^2\.\d+$"},
    "min_version": {"const": "2.1"},
    "updated": _SECOND,
    "links": _LINKS,
}
_MEDIA_TYPES: Final = _a_list(_an_object({"base": _TEXT, "type": _TEXT}))


def _listed(name: str, of: Schema) -> Schema:
    """A list, with where its next page is if there is one."""
    return _an_object({name: _a_list(of)}, {f"{name}_links": _NEXT})


_EXPECTED: Final[dict[str, tuple[int, Schema | None]]] = {
    "versions": (200, _an_object({"versions": _a_list(_an_object(_VERSION_MEMBERS))})),
    "version": (
        200,
        _an_object({"version": _an_object(_VERSION_MEMBERS, {"media-types": _MEDIA_TYPES})}),
    ),
    "servers": (200, _listed("servers", _BRIEF)),
    "servers detail": (200, _listed("servers", _SERVER)),
    "server": (200, _an_object({"server": _SERVER})),
    "server created": (202, _an_object({"server": _SERVER_CREATED})),
    "servers reserved": (202, _an_object({"reservation_id": _TEXT})),
    "server updated": (200, _an_object({"server": _SERVER_UPDATED})),
    "server deleted": (204, None),
    "action taken": (202, None),
    "metadata": (200, _an_object({"metadata": _METADATA})),
    "addresses": (200, _an_object({"addresses": _a_map(_a_list(_PLAIN_ADDRESS))})),
    "addresses of network": (
        200,
        _a_map(_a_list(_PLAIN_ADDRESS)) | {"minProperties": 1, "maxProperties": 1},
    ),
    "metadata item": (
        200,
        _an_object({"meta": _METADATA | {"minProperties": 1, "maxProperties": 1}}),
    ),
    "metadata item deleted": (204, None),
    "flavors": (200, _listed("flavors", _BRIEF)),
    "flavors detail": (200, _listed("flavors", _FLAVOR)),
    "flavor": (200, _an_object({"flavor": _FLAVOR})),
    "extra specs": (200, _an_object({"extra_specs": _a_map(_TEXT)})),
    "images": (200, _listed("images", _BRIEF)),
    "images detail": (200, _listed("images", _IMAGE)),
    "image": (200, _an_object({"image": _IMAGE})),
    "image metadata": (200, _an_object({"metadata": _a_map(_TEXT)})),
    "instance actions": (
        200,
        _an_object({"instanceActions": _a_list(_an_object(_ACTION_MEMBERS))}),
    ),
    "instance action": (
        200,
        _an_object(
            {"instanceAction": _an_object(_ACTION_MEMBERS, {"events": _a_list(_ACTION_EVENT)})}
        ),
    ),
}

_FAULTS: Final = {
    400: "badRequest",
    401: "error",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    406: "computeFault",
    409: "conflictingRequest",
    412: "preconditionFailed",
    413: "overLimit",
    415: "badMediaType",
    422: "unprocessableEntity",
    429: "overLimit",
    500: "computeFault",
    503: "serviceUnavailable",
}
"""The one member of a refusal's body, by its status."""


def conforms(name: str, answer: Any) -> Any:
    """The body of an answer with exactly the status and the body of that name; else it fails."""
    status, schema = _EXPECTED[name]
    assert answer.status_code == status, f"{name}: {answer.status_code} {answer.text}"
    if schema is None:
        assert answer.content == b"", f"{name}: {answer.text}"
        return None
    return _held(answer, schema)


def fault(answer: Any, status: int) -> str:
    """The words of an answer that is exactly Nova's refusal of that status; else it fails."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    said: Schema = {"code": {"const": status}, "message": {"type": "string", "minLength": 1}}
    if status == 401:  # the identity service's middleware answers, in its own way
        said["title"] = {"const": "Unauthorized"}
    body = _held(answer, _an_object({_FAULTS[status]: _an_object(said)}))
    words: str = body[_FAULTS[status]]["message"]
    return words


def _held(answer: Any, schema: Schema) -> Any:
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    body = answer.json()
    wrong = [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(body)
    ]
    assert wrong == [], body
    return body
