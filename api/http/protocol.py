"""The HTTP/1.1 connection: uvicorn's httptools protocol with limits, a deadline and JSON refusals.

Stands between the socket and the ASGI application, below every route and middleware. uvicorn
parses and answers; what is here refuses what uvicorn and llhttp let pass (heads and trailers
without bound, requests that never end, targets and framings that two readers may read
differently) and says so in the problem form that the rest of the service uses.

The order of answers is kept: a refusal waits for the answers to earlier requests of its
connection, and nothing that follows a refused request is parsed.
"""

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any, ClassVar, Final, cast
from weakref import WeakKeyDictionary

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from api.http.cycle import Cycle
from api.http.heads import ConnectionLimits, check_head
from api.http.sweep import Sweep
from api.http.turning_away import (
    TIMEOUT,
    TOO_MANY_CONNECTIONS,
    Problem,
    head_too_large,
    problem_of,
    render,
)

logger = logging.getLogger(__name__)

LINGER_S: Final = 2.0
"""How long a refused connection is still read, so that its answer arrives: see `_linger`."""

STOP_GRACE_S: Final = 0.25
"""How long an idle connection is still read when stopping: a request may be on its way."""

# A request is read through these in turn and is back at IDLE with its last byte.
IDLE: Final = 0
HEAD: Final = 1
BODY: Final = 2
REFUSED: Final = 3
"""Nothing more is parsed: a refusal was sent, or waits for the answers before it."""
LOST: Final = 4


def make_protocol(limits: ConnectionLimits) -> type[HttpToolsProtocol]:
    """Return the protocol class that holds connections to `limits`, for uvicorn's `http` option."""

    class Protocol(LimitedProtocol):
        pass

    Protocol.limits = limits
    Protocol.sweeps = WeakKeyDictionary()
    return Protocol


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    limits: ClassVar[ConnectionLimits]
    sweeps: ClassVar[MutableMapping[asyncio.AbstractEventLoop, "Sweep"]]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.phase = IDLE
        # Loop time at which the sweep calls `expire`: the end of reading, of idling, of lingering.
        self.deadline_s: float | None = None
        self.stalled_bytes = 0
        self.moved_on = False
        self.upgrading = False
        self.stopping = False
        self.ready: tuple[RequestResponseCycle, ASGI3Application] | None = None
        self.waiting_refusal: Problem | None = None

    # The transport's calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.deadline_s = self.loop.time() + self.limits.read_deadline_s
        sweep = self.sweeps.get(self.loop)
        if sweep is None:
            sweep = self.sweeps[self.loop] = Sweep(min(self.limits.read_deadline_s / 10, 1.0))
        sweep.add(self)
        # Those that are only being told so must not keep others out.
        if len(self.connections) - len(sweep.turned_away) > self.limits.connections_max:
            sweep.turned_away.add(self)
            crowded = len(sweep.turned_away) > self.limits.connections_max
            self._answer(TOO_MANY_CONNECTIONS, linger=not crowded)

    def connection_lost(self, exc: Exception | None) -> None:
        self.phase = LOST
        self.sweeps[self.loop].discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.phase >= REFUSED:
            return
        self.moved_on = False
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            self._refuse(problem_of(error))
        else:
            # Bytes that complete nothing pile up in the parser: a head, trailers, blank lines.
            self.stalled_bytes = 0 if self.moved_on else self.stalled_bytes + len(data)
            if self.stalled_bytes > self.limits.head_max_bytes:
                self._refuse(head_too_large(self.limits.head_words))
        if self.ready is not None:
            cycle, app = self.ready
            self.ready = None
            super()._start_asgi_task(cycle, app)

    def _feed(self, data: bytes) -> None:
        """Parse `data`, declining every `Upgrade` in it by silence.

        llhttp takes each byte after such a head for another protocol, so that the body of a POST
        with `Upgrade: h2c`, which curl and Java send, would be read as the next request. So the
        head is read again without it, and then the rest.
        """
        rest: bytes | memoryview = data
        while True:
            try:
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                rest = memoryview(rest)[upgrade.args[0] :]
            head = self._head_without_upgrade()
            self.upgrading = False
            self.parser = httptools.HttpRequestParser(self)
            # As uvicorn sets it: what follows a `Connection: close` is dropped, not an error.
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self.parser.feed_data(head)

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        headers = (b"%b: %b\r\n" % item for item in self.headers if item[0] != b"upgrade")
        return b"%b %b HTTP/%b\r\n%b\r\n" % (
            self.parser.get_method(),
            self.url,
            version,
            b"".join(headers),
        )

    # The parser's calls, in the order of a request

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.phase = HEAD
        self.deadline_s = self.loop.time() + self.limits.read_deadline_s

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come here too, and would join the headers of a request that is being served.
        if self.phase == HEAD:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        check_head(self.parser, self.url, self.headers, self.limits)
        self.moved_on = True
        if self.parser.should_upgrade():
            self.upgrading = True
        else:
            self._begin_cycle()
            self.phase = BODY

    def _begin_cycle(self) -> None:
        """Hand the request to the application, or queue it behind those before it.

        Replaces uvicorn's `on_headers_complete`, which makes a cycle of its own kind.
        """
        path, _, query = self.url.partition(b"?")
        version = self.parser.get_http_version()
        self.scope |= {
            "http_version": version,
            "method": self.parser.get_method().decode("ascii"),
            "path": path.decode("ascii"),
            "raw_path": path,
            "query_string": query,
        }
        before = cast("RequestResponseCycle | None", self.cycle)
        self.cycle = Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and not self.stopping and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        self.moved_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.upgrading:
            return
        self.moved_on = True
        self.phase = IDLE
        if self.cycle.response_complete:
            self.deadline_s = self.loop.time() + self.timeout_keep_alive
        else:
            self.deadline_s = None
            super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # Not before all bytes at hand are parsed: a DELETE, whose body nobody reads, must not
        # take effect beside a 400 for that body.
        self.ready = (cycle, app)

    # The answer's and the sweep's calls

    def on_response_complete(self) -> None:
        """Start the next pipelined request, or wait for one, or say why there will be none.

        Replaces uvicorn's, whose idle timer costs a `call_later` and a `cancel` every request.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
            if self.deadline_s is not None:
                self.deadline_s = self.loop.time() + self.limits.read_deadline_s
        if self.pipeline:
            super()._start_asgi_task(*self.pipeline.pop())
        elif self.waiting_refusal is not None:
            self._answer(self.waiting_refusal)
        elif self.phase == IDLE:
            self.deadline_s = self.loop.time() + self.timeout_keep_alive

    def shutdown(self) -> None:
        """Answer what has come, then close.

        Replaces uvicorn's, which closes an idle connection at once and so drops a request that the
        client has sent already.
        """
        self.stopping = True
        if self._answering():
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(STOP_GRACE_S, self._close_unanswering)

    def _close_unanswering(self) -> None:
        if not self._answering():
            self.transport.close()

    def _answering(self) -> bool:
        # uvicorn's annotation leaves out that there is none before the first request.
        newest = cast("RequestResponseCycle | None", self.cycle)
        return newest is not None and not newest.response_complete

    def expire(self, now_s: float) -> None:
        """End what lasted past `deadline_s`: a half-sent request by a 408, all else in silence."""
        if self.phase == REFUSED:
            self.transport.abort()
        elif self.phase == IDLE:
            self.transport.close()
        elif self.flow.read_paused:
            # The rest may well have been sent: it is we who do not read it.
            self.deadline_s = now_s + self.limits.read_deadline_s
        else:
            self._refuse(TIMEOUT)

    # Refusing

    def _refuse(self, problem: Problem) -> None:
        """Stop reading; answer `problem` in its turn, unless its request was answered already."""
        logger.info("refused %s: %s", problem.code, problem.detail)
        cycle = cast("Cycle", self.cycle)
        body_broke = self.phase == BODY
        self.phase = REFUSED
        self.deadline_s = None
        if body_broke and self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
            self.waiting_refusal = problem
        elif body_broke:
            self.ready = None
            cycle.disconnected = True
            cycle.waiting_for_100_continue = False
            cycle.message_event.set()
            if cycle.on_wire:
                self._linger()
            else:
                self._answer(problem)
        elif self._answering():
            self.waiting_refusal = problem
        else:
            self._answer(problem)

    def _answer(self, problem: Problem, *, linger: bool = True) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(render(problem, self.server_state.default_headers))
        if linger:
            self._linger()
        else:
            self.phase = REFUSED
            self.transport.close()

    def _linger(self) -> None:
        """Close our side, and read on for a while without looking.

        Closing with unread bytes resets the connection, and the client, still sending, would lose
        the answer.
        """
        self.phase = REFUSED
        if self.transport.is_closing():
            return
        if not self.transport.can_write_eof():
            self.transport.close()
            return
        self.flow.resume_reading()
        self.transport.write_eof()
        self.deadline_s = self.loop.time() + min(LINGER_S, self.limits.read_deadline_s)
