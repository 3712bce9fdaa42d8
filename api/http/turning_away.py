"""What a connection answers by itself: refusals in the problem form that the rest uses."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import httptools
import uuid_utils
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from api.http.answer import PROBLEM
from api.http.problems import problem_body

logger = logging.getLogger(__name__)

RETRY_AFTER_S: Final = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal made by the connection itself; `code` is public and never changes its meaning."""

    status: int
    code: str
    detail: str


TIMEOUT: Final = Problem(
    408, "http.timeout", "the request was not received completely within the read deadline"
)
TOO_MANY_CONNECTIONS: Final = Problem(
    503, "http.too_many_connections", "too many connections are open; try again shortly"
)


def malformed(detail: str) -> Problem:
    """Return the 400 for a request that is not one well-formed HTTP message."""
    return Problem(400, "http.malformed", detail)


def head_too_large(detail: str) -> Problem:
    """Return the 431 for a head, or trailers, past their limit."""
    return Problem(431, "http.head_too_large", detail)


class Refused(Exception):
    """Leaves a parser callback with the problem to answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def problem_of(error: httptools.HttpParserError) -> Problem:
    """What to answer where the parser gave up."""
    cause = error.__context__
    if isinstance(cause, Refused):
        return cause.problem
    if isinstance(error, httptools.HttpParserCallbackError):
        logger.error("a parser callback failed", exc_info=cause)
        return malformed("the request cannot be read")
    return malformed(f"not a well-formed HTTP request: {error}")


def render(problem: Problem, default_headers: list[tuple[bytes, bytes]]) -> bytes:
    """The bytes of a last answer on a connection."""
    request_id = str(uuid_utils.uuid7())
    body = problem_body(problem.status, problem.code, problem.detail, request_id)
    headers = [
        *default_headers,
        PROBLEM,
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        (b"x-request-id", request_id.encode()),
    ]
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_S))
    lines = [b"%b: %b\r\n" % header for header in headers]
    return b"".join([STATUS_LINE[problem.status], *lines, b"\r\n", body])
