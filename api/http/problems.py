"""The one body of every error, and the one table from code to status.

The form serves the Scaleway clients and RFC 9457 alike. Codes and statuses are law.
"""

from __future__ import annotations

import http
from collections.abc import Mapping
from typing import Any, Final

import orjson

from api.http.answer import PROBLEM, Answer, log_position_header
from api.http.refusals import MethodUnsupported
from domain.refusals import InvalidRequest, RateExceeded, Refusal, Unavailable

STATUSES: Final[Mapping[str, int]] = {
    "backup.unknown": 409,
    "body.malformed": 400,
    "body.too_large": 413,
    "body.unsupported": 415,
    "caller.unknown": 401,
    "catalogue.unknown": 404,
    "event.unknown": 404,
    "header.malformed": 400,
    "http.head_too_large": 431,
    "http.malformed": 400,
    "http.timeout": 408,
    "http.too_many_connections": 503,
    "image.of_catalogue": 403,
    "image.unknown": 404,
    "internal": 500,
    "key.reused": 422,
    "loopback.only": 403,
    "metadata.unknown": 404,
    "method.unsupported": 405,
    "organization.foreign": 403,
    "path.malformed": 400,
    "microversion.unsupported": 406,
    "position.unreached": 503,
    "principal.name_taken": 409,
    "principal.unknown": 404,
    "queue.full": 503,
    "rate.exceeded": 429,
    "request.invalid": 400,
    "right.missing": 403,
    "route.unknown": 404,
    "server.ambiguous": 409,
    "server.running": 409,
    "server.stopped": 409,
    "server.unknown": 404,
    "server.unreadable": 503,
    "snapshot.unknown": 404,
    "store.unavailable": 503,
    "subject.unknown": 404,
    "task.unknown": 404,
    "version.stale": 412,
    "version.unknown": 409,
    "volume.attached": 409,
    "volume.smaller": 409,
    "volume.unknown": 404,
}

TYPES: Final[Mapping[int, str]] = {
    401: "invalid_auth",
    403: "authorization_required",
    404: "unknown_resource",
    409: "conflict",
    412: "precondition_failed",
    422: "conflict",
    429: "too_many_requests",
}


def problem_body(
    status: int, code: str, detail: str, request_id: str, problems: Mapping[str, Any] | None = None
) -> bytes:
    """The JSON of an error. With `problems`, the message is the one that the clients look for."""
    kind = TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
    title = http.HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": kind,
        "title": title,
        "status": status,
        "detail": detail,
        "message": "Validation Error" if problems else detail,
        "code": code,
        "request_id": request_id,
    }
    if problems:
        body["fields"] = problems
    return orjson.dumps(body)


def problem_answer(refusal: Refusal, request_id: str, status: int) -> Answer:
    """A refusal, rendered."""
    problems = refusal.problems if isinstance(refusal, InvalidRequest) else None
    body = problem_body(status, refusal.code, str(refusal), request_id, problems)
    return Answer(status, body, (PROBLEM, *refusal_headers(refusal, status)))


def refusal_headers(refusal: Refusal, status: int) -> list[tuple[bytes, bytes]]:
    """The headers that a refusal bears in every dialect, besides the type of its body."""
    headers = []
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="rackledger"'))
    if isinstance(refusal, MethodUnsupported):
        headers.append((b"allow", ", ".join(refusal.allowed).encode()))
    if isinstance(refusal, RateExceeded | Unavailable):
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    if refusal.position is not None:
        headers.append(log_position_header(refusal.position))
    return headers


def internal_answer(request_id: str) -> Answer:
    """Something of ours is broken; what, the log alone tells."""
    body = problem_body(500, "internal", "an internal error; the log knows more", request_id)
    return Answer(500, body, (PROBLEM,))
