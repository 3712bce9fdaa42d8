"""The OpenAPI 3.1 document, generated from the route table and the models it names."""

from __future__ import annotations

import http
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

import orjson
from pydantic.json_schema import models_json_schema

from api.http.exchange import IDEMPOTENCY_KEY_MAX_CHARACTERS
from api.http.problems import STATUSES, TYPES
from api.http.routes import Operation

_REFS: Final = "#/components/schemas/{model}"
_RECORDED: Final = (403, 404, 409, 412, 422)
_WRITES: Final = ("POST", "PUT", "PATCH", "DELETE")

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "properties": {
        "type": {"enum": sorted({*TYPES.values(), "api_error", "invalid_request_error"})},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
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
    "if": {"properties": {"message": {"const": "Validation Error"}}},
    "then": {"required": ["fields"]},
}


def ref(name: str) -> dict[str, Any]:
    """A schema of the components."""
    return {"$ref": _REFS.format(model=name)}


def _header(
    name: str, description: str, schema: dict[str, Any], example: str | int | None = None
) -> dict[str, Any]:
    shown = {"name": name, "in": "header", "description": description, "schema": schema}
    return shown if example is None else shown | {"example": example}


_TEXT: Final = {"type": "string"}
_POSITION: Final = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
_KEY: Final = {
    "type": "string",
    "pattern": f"^[!-~]{{1,{IDEMPOTENCY_KEY_MAX_CHARACTERS}}}$",
}
_TAGS: Final = {"type": "string", "pattern": '^(\\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$'}
_WRITE_HEADERS: Final = (
    _header("Idempotency-Key", "The same key and request give the first answer again.", _KEY),
    _header("If-Match", 'The expected ETag, "ID:VERSION"; else 412.', _TAGS, "*"),
)
_READ_HEADERS: Final = (
    _header("X-Min-Position", "Answer as of this position of the log or later.", _POSITION, 1),
)
_ETAG: Final = '"442988e3-6c0e-4711-b3b2-3ba311cb722b:1"'
_DETAIL_HEADERS: Final = (
    _header("If-None-Match", "Answer 304 if the ETag is this.", _TAGS, _ETAG),
)
_ANY_HEADERS: Final = (
    _header("X-Request-Id", "Answered and recorded if it is 1 to 128 visible ASCII.", _TEXT),
    _header("traceparent", "W3C trace context, recorded if it is one.", _TEXT),
)
_DESCRIPTION: Final = (
    "Two compute APIs over one event log. A request body is one JSON object of at most 64 KiB and "
    "32 levels, without duplicate keys and without U+0000, its integers of 64 bits and "
    "written without a fraction."
)
_SEGMENT: Final = {"type": "string", "minLength": 1, "pattern": r"^[^\u0000]*$"}

_MADE_AT: Final = {"type": "string", "pattern": "^/[a-z]+/[^/]+$"}
RESPONSE_HEADERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "X-Request-Id": (
        "The request's, or a new one.",
        {"type": "string", "pattern": "^[!-~]{1,128}$"},
    ),
    "X-Log-Position": ("A write's last record; where the log stood for a read.", _POSITION),
    "ETag": ("Of the server as shown.", {"type": "string", "pattern": '^"[^:"]+:[0-9]+"$'}),
    "Location": ("The first new server, or the task.", _MADE_AT),
    "X-Total-Count": ("How many there are on all pages.", {"type": "integer", "minimum": 0}),
    "Link": ("The next page.", {"type": "string", "pattern": '^</[^>]+>; rel="next"$'}),
    "Retry-After": ("Seconds until it may be tried again.", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": ("How to authenticate.", _TEXT),
}
"""What each header of an answer is for, and its schema."""
REFUSAL_HEADERS: Final = {
    401: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def openapi_document(
    operations: Sequence[Operation], components: Mapping[str, dict[str, Any]]
) -> bytes:
    """The document of these operations, and the schemas that their answers refer to, as JSON."""
    models = {model for operation in operations for model in operation.body or ()}
    _, published = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template=_REFS,
    )
    handlers = Counter(operation.handler for operation in operations)
    paths: dict[str, Any] = {}
    for operation in operations:
        path = paths.setdefault(operation.path, {})
        path[operation.method.lower()] = _operation(operation, handlers[operation.handler] > 1)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Rackledger",
            "version": version("rackledger"),
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": published.get("$defs", {}) | {**components, "Problem": _PROBLEM},
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }
    return orjson.dumps(document)


def _operation(operation: Operation, repeated: bool) -> dict[str, Any]:
    name = operation.handler.__name__
    described = (operation.handler.__doc__ or operation.summary).strip()
    shown: dict[str, Any] = {
        "operationId": f"{name}_by_{operation.method.lower()}" if repeated else name,
        "summary": operation.summary,
        "description": described.splitlines()[0],
        "tags": list(operation.tags),
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.public:
        shown["security"] = []
    if operation.body:
        shown["requestBody"] = {"required": True, "content": {"application/json": _body(operation)}}
    return shown


def _body(operation: Operation) -> dict[str, Any]:
    examples = {
        model.__name__: {"value": example}
        for model in operation.body
        for example in model.model_json_schema().get("examples", ())
    }
    schemas = [ref(model.__name__) for model in operation.body]
    return {"schema": {"anyOf": schemas}, "examples": examples}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _SEGMENT, **operation.segment}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    found += [{"in": "query", **parameter} for parameter in operation.query]
    if operation.method in _WRITES:
        found += _WRITE_HEADERS
    elif not operation.public:
        found += _READ_HEADERS
    if 304 in operation.answers:
        found += _DETAIL_HEADERS
    return [*found, *_ANY_HEADERS]


def _responses(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, schema in operation.answers.items():
        found[str(status)] = _response(status, operation.headers)
        if schema is not None:
            found[str(status)]["content"] = {operation.media_type: {"schema": schema}}
        if operation.links:
            found[str(status)]["links"] = {
                name: {"operationId": name, "parameters": dict(parameters)}
                for name, parameters in operation.links.items()
            }
    for status in sorted(operation.refusals):
        recorded = operation.method in _WRITES and status in _RECORDED
        found[str(status)] = _response(
            status, (*REFUSAL_HEADERS.get(status, ()), *(("X-Log-Position",) if recorded else ()))
        )
        found[str(status)]["content"] = {"application/problem+json": {"schema": ref("Problem")}}
    return found


def _response(status: int, names: Sequence[str]) -> dict[str, Any]:
    headers = {}
    for name in ("X-Request-Id", *names):
        always, plain = not name.endswith("?"), name.removesuffix("?")
        description, schema = RESPONSE_HEADERS[plain]
        headers[plain] = {"description": description, "required": always, "schema": schema}
    return {"description": http.HTTPStatus(status).phrase, "headers": headers}
