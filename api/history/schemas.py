"""The schemas of the past's answers, as published in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from api.history.audit import OUTCOMES
from api.http.schemas import Schema, record, ref
from domain.registry import EVENT_TYPES
from projections.document import FIELDS
from projections.stored import VOLUME_FIELDS

_TEXT: Final[Schema] = {"type": "string"}
_OPTIONAL: Final[Schema] = {"type": ["string", "null"]}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_ANY: Final[Schema] = {"description": "As it is shown; null where there was none."}
_POSITION: Final[Schema] = {"type": "integer", "minimum": 1}
_VERSION: Final[Schema] = {"type": "integer", "minimum": 1}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


_ACTOR: Final = _or_null(record({"id": _TEXT, "name": _OPTIONAL}))
_NAMED: Final = {"id": _TEXT, "name": _TEXT}
_CHANGES: Final = _list(ref("Change"))
_TOLD: Final = _list(ref("ToldChange"))
_TOLD_FIELD: Final[Schema] = {
    "anyOf": [
        {"enum": list(dict.fromkeys((*FIELDS, *VOLUME_FIELDS)))},
        {"type": "string", "pattern": "^(backups|volumes)/."},
    ],
    "description": "A field of the server, or of the volume by itself; a restore point as one "
    "(backups/ID); a volume of the server, of which the size or type is another (volumes/ID).",
}
_PATCH: Final = _list(ref("PatchOperation"))
_AUTHOR: Final[Schema] = {
    "position": _POSITION,
    "version": _VERSION,
    "time": _TIME,
    "actor": _ACTOR,
    "request_id": _TEXT,
}

COMPONENTS: Final[dict[str, Schema]] = {
    "Change": record({"field": {"enum": list(FIELDS)}, "before": _ANY, "after": _ANY}),
    "ToldChange": record({"field": _TOLD_FIELD, "before": _ANY, "after": _ANY}),
    "PatchOperation": record(
        {
            "op": {"const": "replace"},
            "path": {"type": "string", "pattern": "^(/.*)?$"},
            "value": _ANY,
        }
    ),
    "AuditEntry": record(
        {
            "request_id": _TEXT,
            "time": _TIME,
            "actor": _ACTOR,
            "organization": _TEXT,
            "source": _OPTIONAL,
            "method": _OPTIONAL,
            "path": _OPTIONAL,
            "dialect": {"type": "string"},
            "action": _TEXT,
            "ref": _OPTIONAL,
            "server": _or_null(record({"id": _TEXT, "name": _OPTIONAL})),
            "volume": _or_null(record({"id": _TEXT, "name": _TEXT})),
            "outcome": {"enum": list(OUTCOMES)},
            "status": {"type": "integer", "minimum": 200, "maximum": 599},
            "reason": _OPTIONAL,
            "duration_ms": {"type": "number", "description": "From receipt to decision."},
            "positions": _list(_POSITION) | {"minItems": 1},
            "changes": _TOLD,
        }
    ),
    "Event": record(
        {
            "specversion": {"const": "1.0"},
            "id": _TEXT,
            "source": {"type": "string", "format": "uri-reference"},
            "type": {"enum": list(EVENT_TYPES)},
            "subject": _TEXT,
            "time": _TIME,
            "datacontenttype": {"const": "application/json"},
            "sequence": {"type": "string", "pattern": "^[0-9]{20}$"},
            "actorid": _TEXT,
            "requestid": _TEXT,
            "traceparent": _TEXT,
            "data": record(
                {
                    "position": _POSITION,
                    "version": _or_null(_VERSION),
                    "organization": _TEXT,
                    "actor": _ACTOR,
                    "dialect": {"type": "string"},
                    "changes": _TOLD,
                    "outcome": {"enum": list(OUTCOMES)},
                    "reason": _OPTIONAL,
                }
            ),
        },
        optional=("actorid", "traceparent"),
    ),
    "BlamedLeaf": record(
        {
            "field": _TEXT | {"description": "A field, tags/VALUE or volumes/ID."},
            "value": _ANY,
            "event": {"enum": list(EVENT_TYPES)},
            **_AUTHOR,
            "previous": _or_null(record({"value": _ANY, **_AUTHOR})),
        }
    ),
}

AUDIT_BODY: Final = record({"entries": _list(ref("AuditEntry")), "next": _OPTIONAL})
EVENTS_BODY: Final = record({"events": _list(ref("Event")), "next": _OPTIONAL})
EVENT_BODY: Final = ref("Event")
BLAME_BODY: Final = record({"server": _TEXT, "blame": _list(ref("BlamedLeaf"))})
_AT_VERSION: Final = record({"version": _VERSION})
SERVER_DIFF_BODY: Final = record(
    {
        "server": _TEXT,
        "from": _AT_VERSION,
        "to": _AT_VERSION,
        "patch": _PATCH,
        "changes": _CHANGES,
        "text": _TEXT | {"description": "For people, a line a field."},
    }
)
_WHOLE: Final = _list(record(_NAMED | {"server": ref("Server")}))
_NUMBER: Final[Schema] = {"type": "integer", "minimum": 0}
FLEET_DIFF_BODY: Final = record(
    {
        "from": _NUMBER,
        "to": _NUMBER,
        "created": _WHOLE,
        "changed": _list(record(_NAMED | {"patch": _PATCH, "changes": _CHANGES})),
        "deleted": _WHOLE,
    }
)
REVERT_BODY: Final[Any] = {
    "anyOf": [
        record({"server": ref("Server")}),
        record(
            {
                "dry_run": {"const": True},
                "server": ref("Server"),
                "patch": _PATCH,
                "changes": _CHANGES,
            }
        ),
    ]
}
