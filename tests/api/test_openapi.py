"""`/openapi.json`: valid OpenAPI 3.1, every route in it, and every answer as it says."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.definitions import OPENAPI_31

from api.app import OPERATIONS, SPOKEN
from api.http.problems import STATUSES
from api.http.routes import PROBLEM_FORM
from api.root.dialect import ROOT
from tests.api.keyed import WRITES, perform, prepare
from tests.api.test_methods import ALLOW, example
from tests.api.test_server_shape import FIELDS, FULL
from tests.support import HOME, SEED_A, Api

READS: Final = [
    path
    for path, methods in ALLOW.items()
    if "GET" in methods and path not in ("/metrics", "/docs", "/docs/{name}")
]
WRONG: Final = (
    ("POST", "/servers", b"{}"),
    ("PUT", "/servers/{ref}", b'{"name":""}'),
    ("PATCH", "/servers/{ref}", b'{"name":""}'),
    ("POST", "/servers/{ref}/action", b"{}"),
    ("DELETE", "/servers/{ref}", b""),
)
ALWAYS_WRONG: Final[tuple[dict[str, Any], ...]] = (
    {"token": None},
    {"headers": {"If-Match": '"x:1"'}},
    {"headers": {"Idempotency-Key": "k"}},
    {"headers": {"Content-Type": "application/xml"}},
    {"content": b"{"},
    {"content": b" " * 70_000},
    {},
)


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    answer = api.get("/openapi.json", token=None)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def conforms(document: dict[str, Any], method: str, path: str, answer: Any) -> None:
    """The answer is one that the document tells of, its body of the schema told."""
    operation = document["paths"][path][method.lower()]
    told = operation["responses"].get(str(answer.status_code))
    assert told is not None, f"{method} {path} does not tell of {answer.status_code}"
    if "content" not in told:
        assert answer.content == b""
        return
    kind = answer.headers["content-type"].partition(";")[0]
    schema = told["content"][kind]["schema"] | {"components": document["components"]}
    is_json = kind.endswith("json")
    Draft202012Validator(schema).validate(answer.json() if is_json else answer.text)


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    Draft202012Validator(OPENAPI_31).validate(document)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_route_of_the_table_is_in_it_and_no_other(document: dict[str, Any]) -> None:
    table = {(operation.method.lower(), operation.path) for operation in OPERATIONS}
    assert len(table) == len(OPERATIONS), "an operation stands in the table twice"
    told = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert told == table
    assert {operation.path for operation in SPOKEN[ROOT]} == set(ALLOW)


def test_every_reference_leads_somewhere(api: Api, document: dict[str, Any]) -> None:
    names = re.findall(r'"#/components/(\w+)/([^"]+)"', api.get("/openapi.json").text)
    assert names
    for part, name in names:
        assert name in document["components"][part]


def test_every_operation_has_an_id_of_its_own(document: dict[str, Any]) -> None:
    ids = [op["operationId"] for methods in document["paths"].values() for op in methods.values()]
    assert len(set(ids)) == len(ids)


def test_every_error_is_told_in_the_shape_of_its_dialect(document: dict[str, Any]) -> None:
    problem = document["components"]["schemas"]["Problem"]
    assert problem["properties"]["code"]["enum"] == sorted(STATUSES)
    for operation in OPERATIONS:
        form = operation.refused_as
        described = document["paths"][operation.path][operation.method.lower()]
        for status, told in described["responses"].items():
            if int(status) >= 400:
                ((kind, content),) = told["content"].items()
                name = content["schema"]["$ref"].rpartition("/")[2]
                # Of a head that is too large nobody reads whose it is.
                of = PROBLEM_FORM if status == "431" else form
                assert (kind, name) == (of.media_type, of.schema_of(int(status)))
        assert "431" in described["responses"]


def test_the_root_refuses_in_the_problem_form() -> None:
    assert {operation.refused_as for operation in SPOKEN[ROOT]} == {PROBLEM_FORM}


def test_what_needs_a_token_says_so(document: dict[str, Any]) -> None:
    assert document["security"] == [{"token": []}, {"bearer": []}]
    for operation in OPERATIONS:
        told = document["paths"][operation.path][operation.method.lower()]
        open_to_all = told.get("security") == []
        assert open_to_all == operation.public
        # Whoever logs in has no token to show, and may be turned down all the same.
        logs_in = operation.path == "/identity/v3/auth/tokens"
        assert ("401" in told["responses"]) != open_to_all or logs_in


@pytest.mark.parametrize("path", READS)
def test_every_read_is_answered_as_told(api: Api, document: dict[str, Any], path: str) -> None:
    api.post("/servers", FULL | {"name": "full"})
    target = example(api, path)
    conforms(document, "GET", path, api.get(target))
    conforms(document, "GET", path, api.get(target.replace("my_server", "full")))


@pytest.mark.parametrize("case", WRITES)
def test_every_write_is_answered_as_told(api: Api, document: dict[str, Any], case: str) -> None:
    prepare(api, case)
    path = WRITES[case].path.replace("{name}", "{ref}")
    conforms(document, WRITES[case].method, path, perform(api, case))


def test_every_refusal_is_answered_as_told(api: Api, document: dict[str, Any]) -> None:
    api.create("twin")
    one = api.create("twin")["id"]
    reader = api.issue("reader", HOME)
    api.post("/servers", SEED_A, headers={"Idempotency-Key": "k"})
    for method, path, body in WRONG:
        for kwargs in (*ALWAYS_WRONG, {"token": reader}):
            for ref in ("twin", "none", one):
                target = path.replace("{ref}", ref)
                answer = api.request(method, target, **{"content": body} | kwargs)
                if answer.status_code >= 300:
                    conforms(document, method, path, answer)


def test_the_servers_schema_is_the_published_shape(document: dict[str, Any]) -> None:
    content = document["paths"]["/servers/{ref}"]["get"]["responses"]["200"]["content"]
    schema = content["application/json"]["schema"]
    schema = resolve(document, resolve(document, schema)["properties"]["server"])
    assert list(schema["properties"]) == list(FIELDS)
    assert sorted(schema["required"]) == sorted(FIELDS)


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where there is only a reference."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        found: dict[str, Any] = document["components"]["schemas"][name]
        return found
    return schema
