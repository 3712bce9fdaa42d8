"""What every refusal test proves: the answer's shape, what was recorded, no server changed."""

from __future__ import annotations

import http
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from domain.events import RequestRefused
from domain.registry import REGISTRY
from tests.support import Api

TYPES: Final = {
    400: "invalid_request_error",
    401: "invalid_auth",
    403: "authorization_required",
    404: "unknown_resource",
    405: "invalid_request_error",
    406: "invalid_request_error",
    409: "conflict",
    412: "precondition_failed",
    413: "invalid_request_error",
    415: "invalid_request_error",
    422: "conflict",
    429: "too_many_requests",
    500: "api_error",
    503: "api_error",
}
RECORDED: Final = (403, 404, 409, 412, 422)
WRITES: Final = ("POST", "PUT", "PATCH", "DELETE")
UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MISSING: Final = "442988e3-6c0e-4711-b3b2-3ba311cb722b"

Fields = Mapping[str, Collection[str]] | Collection[str] | None
"""The bad fields: with their words, or their names alone, in any order."""


def problem(answer: Any, status: int, code: str, fields: Fields = None) -> dict[str, Any]:
    """The body of an error, once its whole shape is proved."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    detail = body["detail"]
    assert isinstance(detail, str)
    assert detail
    expected = {
        "type": TYPES[status],
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "message": detail if fields is None else "Validation Error",
        "code": code,
        "request_id": answer.headers["x-request-id"],
    }
    if fields is not None:
        expected["fields"] = _fields(body, fields)
    assert body == expected
    return body


def _fields(body: Mapping[str, Any], expected: Fields) -> Any:
    if isinstance(expected, Mapping):
        return expected
    found: dict[str, list[str]] = body["fields"]
    assert expected is not None
    assert sorted(found) == sorted(expected)
    assert all(reasons and all(map(str, reasons)) for reasons in found.values())
    first, reasons = next(iter(found.items()))
    assert body["detail"] == f"{first}: {reasons[0]}"
    return found


def refused(
    api: Api, ask: Callable[[], Any], status: int, code: str, fields: Fields = None
) -> dict[str, Any]:
    """The body of a refusal that changed no server and recorded what it should, and no more."""
    position, servers = api.position, api.get("/servers").content
    answer = ask()
    body = problem(answer, status, code, fields)
    kept = answer.request.method in WRITES and status in RECORDED and code != "route.unknown"
    assert api.names(position) == (["request.refused"] if kept else [])
    assert api.get("/servers").content == servers
    if kept:
        ((at, record),) = api.records(position)
        assert isinstance(record.event, RequestRefused)
        assert record.event.code == code
        if code == "server.ambiguous":
            # Some of the ids that the caller is told may be hidden from who reads the log.
            assert re.fullmatch("several servers are named '.*'", record.event.reason)
        else:
            assert record.event.reason == body["detail"]
        assert (record.metadata.status, record.metadata.outcome) == (status, "refused")
        assert answer.headers["x-log-position"] == str(at)
    else:
        assert "x-log-position" not in answer.headers
    return body


def refuses(
    api: Api,
    expected: tuple[int, str],
    method: str,
    path: str,
    fields: Fields = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """The body of a request's refusal, proved likewise; keyword arguments go with the request."""
    return refused(api, lambda: api.request(method, path, **kwargs), *expected, fields)


def recorded(api: Api, ask: Callable[[], Any]) -> tuple[Any, list[str]]:
    """An answer, and the names of the records that it left."""
    position = api.position
    answer = ask()
    return answer, api.names(position)


def rebuilt(api: Api) -> None:
    """Derive every row anew from the log."""
    service = api.service
    with service.database.writing() as session:
        service.store.rebuilder.rebuild(session)


def stored_name(api: Api, position: int) -> str:
    """The stored name of the record at a position."""
    ((_, record),) = api.records(position - 1)[:1]
    return REGISTRY.name_of(record.event)
