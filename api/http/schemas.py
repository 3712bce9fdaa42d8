"""What the schemas of all answers are made of, as the OpenAPI document publishes them."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def record(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    """An object of just these members."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def listed(name: str, of: Schema) -> Schema:
    """A list in its envelope."""
    return record({name: {"type": "array", "items": of}})


def ref(name: str) -> Schema:
    """One of the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}
