"""The route table's parts: an operation a line, a resource a path.

Starlette names only the first route's methods in `Allow`, so each path is one route and a resource
dispatches by method.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.answer import Answer
from api.http.callers import bearer
from api.http.conditions import await_position
from api.http.exchange import Exchange
from api.http.query import Query
from api.http.refusals import MethodUnsupported

Handler = Callable[[Exchange], Awaitable[ASGIApp]]


@dataclass(frozen=True)
class RefusalForm:
    """How a dialect's refusals look: their media type, and the component that is their schema.

    `unauthorized` is that of 401, where it is another.
    """

    media_type: str
    schema: str
    unauthorized: str | None = None

    def schema_of(self, status: int) -> str:
        """The component for a status."""
        return self.unauthorized if status == 401 and self.unauthorized else self.schema


PROBLEM_FORM: Final = RefusalForm("application/problem+json", "Problem")


@dataclass(frozen=True)
class Operation:
    """One method of one path: what serves it, and what the OpenAPI document says of it.

    `answers` maps each status of success to the schema of its body (None for none), and `headers`
    names those that its answers bear, with a question mark where not all of them do. `body` names
    the models of what is taken, `query` the parameters (of the query, unless `in` says otherwise),
    and `segment` describes the one of the path. `links` are operations on what the answer shows,
    with their parameters. `always` names the headers of every answer, refusals included, and
    `family` stands before the name in the document's ids. `segments` describes those of the path
    that are described by name.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    answers: Mapping[int, Any]
    refusals: Sequence[int] = ()
    body: Any = None
    query: Sequence[Mapping[str, Any]] = ()
    public: bool = False
    tags: Sequence[str] = field(default=())
    media_type: str = "application/json"
    headers: Sequence[str] = ()
    segment: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    refused_as: RefusalForm = PROBLEM_FORM
    always: Sequence[str] = ()
    family: str = ""
    segments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Resource:
    """All that one path serves (an ASGI application)."""

    def __init__(self, path: str, operations: Sequence[Operation]) -> None:
        self.path = path
        self._operations = {operation.method: operation for operation in operations}
        if "GET" in self._operations:
            self._operations["HEAD"] = self._operations["GET"]
        self._allowed = tuple(sorted({*self._operations, "OPTIONS"}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the operation's handler, once its caller is known."""
        exchange: Exchange = scope["exchange"]
        exchange.scope = scope
        exchange.route = self.path
        operation = self._operations.get(exchange.method)
        if operation is None:
            if exchange.method != "OPTIONS":
                raise MethodUnsupported(exchange.method, self._allowed)
            answer: ASGIApp = Answer(204, headers=((b"allow", ", ".join(self._allowed).encode()),))
        else:
            if not operation.public:
                exchange.caller = await exchange.service.callers.find(
                    bearer(scope["headers"]), exchange.received_at
                )
                exchange.service.meter(exchange.caller)
                exchange.dialect.admit(exchange)
                if scope["query_string"] and not operation.query and exchange.dialect.strict_queries:
                    # What is not understood is refused, never ignored: it may have been a filter.
                    Query(scope["query_string"], ()).check()
                if operation.method == "GET":
                    await await_position(exchange, exchange.service.log_position)
            answer = await operation.handler(exchange)
        await answer(scope, receive, send)


def routes(
    operations: Sequence[Operation], segments: Mapping[str, str] | None = None
) -> list[Route]:
    """One Starlette route a path, in the order of the table.

    `segments` are patterns of what segments look like, by name; any others may be anything.
    """
    paths: dict[str, list[Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, []).append(operation)
    return [_route(path, Resource(path, found), segments or {}) for path, found in paths.items()]


def _route(path: str, resource: Resource, segments: Mapping[str, str]) -> Route:
    route = Route(path, resource)
    pattern = route.path_regex.pattern
    for name, looks in segments.items():
        pattern = pattern.replace(f"(?P<{name}>[^/]+)", f"(?P<{name}>{looks})")
    route.path_regex = re.compile(pattern)
    return route
