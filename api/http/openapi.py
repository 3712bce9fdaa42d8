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

from api.http.openapi_parts import (
    ANY_HEADERS,
    DETAIL_HEADERS,
    PROBLEM,
    READ_HEADERS,
    REFUSAL_HEADERS,
    RESPONSE_HEADERS,
    SEGMENT,
    WRITE_HEADERS,
)
from api.http.routes import PROBLEM_FORM, Operation

_REFS: Final = "#/components/schemas/{model}"
_RECORDED: Final = (403, 404, 409, 412, 422)
_WRITES: Final = ("POST", "PUT", "PATCH", "DELETE")


def ref(name: str) -> dict[str, Any]:
    """A schema of the components."""
    return {"$ref": _REFS.format(model=name)}


_DESCRIPTION: Final = (
    "Two compute APIs over one event log. A request body is one JSON object of at most 64 KiB and "
    "32 levels, without duplicate keys and without U+0000, its integers of 64 bits and "
    "written without a fraction."
)


def openapi_document(
    operations: Sequence[Operation], components: Mapping[str, dict[str, Any]]
) -> bytes:
    """The document of these operations, and the schemas that their answers refer to, as JSON."""
    models = {model for operation in operations for model in operation.body or ()}
    _, published = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template=_REFS,
    )
    handlers = Counter((operation.family, operation.handler) for operation in operations)
    paths: dict[str, Any] = {}
    for operation in operations:
        path = paths.setdefault(operation.path, {})
        repeated = handlers[operation.family, operation.handler] > 1
        path[operation.method.lower()] = _operation(operation, repeated)
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
            "schemas": published.get("$defs", {}) | {**components, "Problem": PROBLEM},
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }
    return orjson.dumps(document)


def _operation(operation: Operation, repeated: bool) -> dict[str, Any]:
    name = f"{operation.family}{operation.handler.__name__}"
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
        {"name": name, "in": "path", "required": True, "schema": SEGMENT}
        | {**operation.segments.get(name, operation.segment)}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    found += [{"in": "query", **parameter} for parameter in operation.query]
    if operation.method in _WRITES and 422 in operation.refusals:
        found += WRITE_HEADERS
    elif not operation.public:
        found += READ_HEADERS
    if 304 in operation.answers:
        found += DETAIL_HEADERS
    return [*found, *ANY_HEADERS]


def _responses(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, schema in operation.answers.items():
        found[str(status)] = _response(status, (*operation.always, *operation.headers))
        if schema is not None:
            found[str(status)]["content"] = {operation.media_type: {"schema": schema}}
        if operation.links:
            found[str(status)]["links"] = {
                name: {"operationId": name, "parameters": dict(parameters)}
                for name, parameters in operation.links.items()
            }
    for status in sorted(operation.refusals):
        recorded = operation.method in _WRITES and status in _RECORDED
        # Of an operation that can be tried out, nothing is recorded then.
        tried = "X-Log-Position?" in operation.headers
        # Nor of what is no path, where segments of one must look like something.
        unrouted = status == 404 and bool(operation.segments)
        position = "X-Log-Position?" if tried or unrouted else "X-Log-Position"
        found[str(status)] = _response(
            status,
            (
                *operation.always,
                *REFUSAL_HEADERS.get(status, ()),
                *((position,) if recorded else ()),
            ),
        )
        form = operation.refused_as
        found[str(status)]["content"] = {form.media_type: {"schema": ref(form.schema_of(status))}}
    # A head that is too large is refused before anybody knows whose path is in it.
    content = {PROBLEM_FORM.media_type: {"schema": ref(PROBLEM_FORM.schema)}}
    return found | {"431": _response(431, ()) | {"content": content}}


def _response(status: int, names: Sequence[str]) -> dict[str, Any]:
    headers = {}
    for name in ("X-Request-Id", *names):
        always, plain = not name.endswith("?"), name.removesuffix("?")
        description, schema = RESPONSE_HEADERS[plain]
        headers[plain] = {"description": description, "required": always, "schema": schema}
    return {"description": http.HTTPStatus(status).phrase, "headers": headers}
