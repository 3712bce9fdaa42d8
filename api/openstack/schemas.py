"""Schemas that the OpenStack dialects share: their refusals, and parts of their bodies."""

from __future__ import annotations

from typing import Any, Final

from api.http.query import VALUE_MAX_CHARACTERS
from api.http.routes import RefusalForm
from api.openstack.dialects import FAULTS, OTHER_FAULT
from api.openstack.query import LIMIT_ASKED_MAX

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
OPTIONAL: Final[Schema] = {"type": ["string", "null"]}
UUID: Final[Schema] = {"type": "string", "format": "uuid"}
FLAG: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
HREF: Final[Schema] = {"type": "string", "format": "uri"}


def record(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    """An object of just these members."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def array(of: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": of}


def paged(name: str, of: Schema) -> Schema:
    """A page in its envelope, with a link to the next where there is one."""
    more = array(record({"rel": {"const": "next"}, "href": HREF}))
    return record({name: array(of), f"{name}_links": more}, optional=(f"{name}_links",))


def ref(name: str) -> Schema:
    """A component."""
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(name: str, schema: Schema, description: str = "") -> Schema:
    """A parameter of a query."""
    told = {"description": description} if description else {}
    return {"name": name, "schema": schema, **told}


def text_parameter(
    name: str, description: str = "", least: int = 0, most: int = VALUE_MAX_CHARACTERS
) -> Schema:
    """A parameter that is any text of so many characters."""
    lengths = {"minLength": least, "maxLength": most}
    schema = {"type": "string", "pattern": r"^[^\u0000]*$", **lengths}
    return parameter(name, schema, description)


LINKS: Final = array(record({"rel": {"enum": ["self", "bookmark"]}, "href": HREF}))
LIMIT: Final = parameter(
    "limit",
    {"type": "integer", "minimum": 0, "maximum": LIMIT_ASKED_MAX},
    "No more than a thousand come at once.",
)
_FAULT: Final = record({"code": {"type": "integer"}, "message": TEXT})
COMPONENTS: Final[dict[str, Schema]] = {
    "OpenStackError": record(
        {"error": record({"code": {"type": "integer"}, "message": TEXT, "title": TEXT})}
    ),
    "NovaFault": {
        "type": "object",
        "properties": dict.fromkeys((*FAULTS.values(), OTHER_FAULT), _FAULT),
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    },
}
ERROR_FORM: Final = RefusalForm("application/json", "OpenStackError")
FAULT_FORM: Final = RefusalForm("application/json", "NovaFault", unauthorized="OpenStackError")
REQUEST_ID: Final = ("X-Openstack-Request-Id",)
MICROVERSION: Final = (
    *REQUEST_ID,
    "OpenStack-API-Version",
    "X-OpenStack-Nova-API-Version",
    "Vary",
)
