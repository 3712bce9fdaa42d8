"""The OpenAPI 3.1 document, generated from the route table and the models it names."""

from __future__ import annotations

import http
import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.http.exchange import IDEMPOTENCY_KEY_MAX_CHARACTERS
from api.http.problems import STATUSES
from api.http.routes import Operation

_REFS: Final = "#/components/schemas/{model}"
_WRITES: Final = ("POST", "PUT", "PATCH", "DELETE")

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
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
}


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": schema}


_TEXT: Final = {"type": "string"}
_POSITION: Final = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
_KEY: Final = {
    "type": "string",
    "pattern": f"^[!-~]{{1,{IDEMPOTENCY_KEY_MAX_CHARACTERS}}}$",
}
_TAGS: Final = {"type": "string", "pattern": '^(\\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$'}
_WRITE_HEADERS: Final = (
    _header("Idempotency-Key", "The same key and request give the first answer again.", _KEY),
    _header("If-Match", 'The expected ETag, "ID:VERSION"; else 412.', _TAGS),
)
_READ_HEADERS: Final = (
    _header("X-Min-Position", "Answer as of this position of the log or later.", _POSITION),
)
_DETAIL_HEADERS: Final = (_header("If-None-Match", "Answer 304 if the ETag is this.", _TAGS),)


def openapi_document(operations: Sequence[Operation]) -> bytes:
    """The document of these operations, as JSON."""
    models = {model for operation in operations for model in operation.body or ()}
    _, published = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template=_REFS,
    )
    paths: dict[str, Any] = {}
    for operation in operations:
        path = paths.setdefault(operation.path, {})
        path[operation.method.lower()] = _operation(operation)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Rackledger",
            "version": version("rackledger"),
            "description": "Two compute APIs over one event log.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": published.get("$defs", {}) | {"Problem": _PROBLEM},
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }
    return orjson.dumps(document)


def _operation(operation: Operation) -> dict[str, Any]:
    summary = (operation.handler.__doc__ or operation.summary).strip().splitlines()[0]
    shown: dict[str, Any] = {
        "operationId": f"{operation.handler.__name__}_{operation.method.lower()}",
        "summary": operation.summary,
        "description": summary,
        "tags": list(operation.tags),
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.public:
        shown["security"] = []
    if operation.body:
        schema = {"anyOf": [{"$ref": _REFS.format(model=_name(m))} for m in operation.body]}
        shown["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return shown


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
        }
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    found += [{"in": "query", **parameter} for parameter in operation.query]
    if operation.method in _WRITES:
        found += _WRITE_HEADERS
    elif 503 in operation.refusals and not operation.public:
        found += _READ_HEADERS
    if 304 in operation.answers:
        found += _DETAIL_HEADERS
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, schema in operation.answers.items():
        found[str(status)] = {"description": http.HTTPStatus(status).phrase}
        if schema is not None:
            found[str(status)]["content"] = {operation.media_type: {"schema": schema}}
    for status in sorted(operation.refusals):
        found[str(status)] = {
            "description": http.HTTPStatus(status).phrase,
            "content": {
                "application/problem+json": {"schema": {"$ref": _REFS.format(model="Problem")}}
            },
        }
    return found
