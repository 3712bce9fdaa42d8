"""What stands before the routes: the exchange is made, its path normalized, its end observed."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.answer import Answer
from api.http.dialects import Dialect
from api.http.exchange import Exchange
from domain.refusals import Unavailable

if TYPE_CHECKING:
    from api.app import Service

_REQUEST_ID: Final = re.compile(rb"[!-~]{1,128}")


class Exchanges:
    """Makes an `Exchange` of each request, and an answer of what rises (an ASGI middleware).

    Starlette decodes a path before it routes, so that an encoded slash would split a name: here the
    path to route on is set to what was sent, less one trailing slash.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope) or self._service.new_id()
        exchange = Exchange(scope, receive, self._service, request_id, self._service.now())
        scope["exchange"] = exchange
        path = exchange.target
        exchange.dialect = dialect = self._service.dialects.of(path)
        scope["path"] = path[:-1] if len(path) > 1 and path[-1] == "/" else path
        headers = ((b"x-request-id", request_id.encode("ascii")), *dialect.headers(request_id))

        async def send_observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"].extend(headers)
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        except asyncio.CancelledError:
            # The time to stop is up. What was asked may yet be committed: nobody can say.
            if exchange.status:
                raise
            stopping = Unavailable("the service is stopping; try again")
            await dialect.refused(stopping, request_id)(scope, receive, send_observed)
        except Exception as error:
            if exchange.status:
                raise
            answer = self._answer_to(error, dialect, request_id)
            if answer is None:
                await dialect.broken(request_id)(scope, receive, send_observed)
                raise
            await answer(scope, receive, send_observed)
        finally:
            self._service.observe(exchange, time.perf_counter() - started)
            # The two refer to each other: parted, both go at once, not at the next collection.
            del scope["exchange"]

    def _answer_to(self, error: Exception, dialect: Dialect, request_id: str) -> Answer | None:
        # Kept in a variable of the caller, whose frame its traceback holds, a refusal would stay.
        refusal = self._service.refusal_of(error)
        return None if refusal is None else dialect.refused(refusal, request_id)


def _request_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode("ascii") if _REQUEST_ID.fullmatch(value) else None
    return None
