"""The composition root: what the service is made of, apart from any flag parsing."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from api.catalogue.catalogue import load_catalogue
from api.history.routes import OPERATIONS as HISTORY
from api.history.schemas import COMPONENTS as HISTORY_COMPONENTS
from api.http.callers import Callers
from api.http.dialects import Dialect, Dialects
from api.http.exchange import Exchange
from api.http.metrics import Metrics
from api.http.middleware import Exchanges
from api.http.openapi import openapi_document
from api.http.progress import Progress
from api.http.refusals import RouteUnknown
from api.http.request_log import RequestLog
from api.http.routes import Operation, routes
from api.openstack import spoken as openstack
from api.reads import Reads
from api.root.dialect import ROOT
from api.root.routes import OPERATIONS as SERVERS
from api.root.schemas import COMPONENTS
from api.sampling import Sampler
from api.scaleway.dialect import SCALEWAY
from api.scaleway.routes import OPERATIONS as IN_ZONES
from api.scaleway.schemas import COMPONENTS as ZONE_COMPONENTS
from api.settings import Settings
from api.storage.routes import storage_operations
from api.storage.schemas import COMPONENTS as STORAGE_COMPONENTS
from api.store import Store, new_id
from commands.buckets import TokenBuckets
from commands.handler import CommandHandler, utc_now
from commands.store.backends import backend_of
from commands.store.soundness import Finding
from domain.access import Caller
from domain.ports import Session
from domain.refusals import RateExceeded, Refusal, ServerUnreadable, Unavailable
from domain.registry import UnreadableRecord

SPOKEN: Final[Mapping[Dialect, Sequence[Operation]]] = {
    ROOT: (*SERVERS, *storage_operations(), *HISTORY, *openstack.AT_ROOT),
    **openstack.SPOKEN,
    SCALEWAY: IN_ZONES,
}
OPERATIONS: Final = tuple(operation for spoken in SPOKEN.values() for operation in spoken)
logger = structlog.get_logger()


class Service:
    """Everything that answers requests. Start it on a running loop; stop it to drain and close."""

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], dt.datetime] = utc_now,
        new_id: Callable[[], str] = new_id,
    ) -> None:
        """Open it. Raises `ConfigurationError`, `CatalogueError` or `DatabaseUnusable`."""
        self.settings = settings
        self.now = now
        self.new_id = new_id
        self.metrics = Metrics()
        self.dialects = Dialects(ROOT, [dialect for dialect in SPOKEN if dialect is not ROOT])
        self.catalogue = load_catalogue(Path(settings.catalogue) if settings.catalogue else None)
        if settings.read_database:
            backend_of(settings.read_database, read_only=True)  # refused before anything is opened
        self.store = Store(
            settings.database, now, new_id, self.metrics, settings.queue_max, self._moved
        )
        self.database = self.store.database
        self.log = self.store.log
        self.servers = self.store.servers
        self.writer = self.store.writer
        self.recall = self.store.recall
        self.handler = CommandHandler(
            TokenBuckets(settings.refusals_burst, settings.refusals_per_s)
        )
        self.follower = self.store.follower
        self.progress = Progress(lambda: self.follower.position, self.follower.hurry)
        self.sampler = Sampler(
            self.database, self.log, settings.check_s, _unsound_found, _check_failed
        )
        self._watch()
        self.reads = Reads(self.store, settings.read_database, self.metrics.read_from)
        self.ask, self.read, self.reading = self.reads.ask, self.reads.read, self.reads.reading
        self.log_position, self.streams = self.reads.log_position, self.reads.streams
        self.callers = Callers(self.reads.ask_primary)
        self.stopping = False
        self._store_id: str | None = None
        self.openapi = _openapi()
        self._rates = TokenBuckets(settings.rate_burst, settings.rate_per_s or 1)
        self._request_log: RequestLog | None = None

    def _watch(self) -> None:
        """Tell the metrics where figures are kept."""
        watch = self.metrics.watch
        watch("position", lambda: self.store.position)
        watch("waiting", lambda: self.writer.waiting)
        watch("followed", lambda: self.follower.position)
        watch("parked", lambda: self.follower.parked)
        watch("following_failing", lambda: self.follower.failing)
        watch("checked", lambda: self.sampler.checked.position)
        watch("check_rounds", lambda: self.sampler.checked.rounds)
        watch("unsound", lambda: self.sampler.checked.unsound)
        watch("unchecked", lambda: not self.sampler.checked.current)

    def end_streams(self) -> None:
        """The service is about to stop: what is streamed without end ends now."""
        self.stopping = True
        self.progress.end()

    async def start(self) -> None:
        """Start the writer, and what follows it."""
        loop = asyncio.get_running_loop()
        if self.settings.request_log:
            self._request_log = RequestLog()
        self._telling = asyncio.create_task(self.metrics.keep_telling())
        self.writer.start(loop)
        self.progress.start(loop)
        self.store.watch.start(self.store.noticed)
        self.follower.start()
        self.sampler.start()

    async def stop(self) -> None:
        """Commit what was accepted, then close."""
        self._telling.cancel()
        await asyncio.to_thread(self.writer.drain)
        await asyncio.to_thread(self.follower.stop)
        await asyncio.to_thread(self.sampler.stop)
        await asyncio.to_thread(self.store.watch.stop)
        if self._request_log is not None:
            self._request_log.close()
        self.store.close()
        self.reads.close()

    def meter(self, caller: Caller) -> None:
        """Count a request against its caller's rate. Raises `RateExceeded`."""
        if self.settings.rate_per_s:
            wait_s = self._rates.take(caller.principal_id)
            if wait_s:
                raise RateExceeded("too many requests", wait_s)

    def store_id(self, session: Session) -> str:
        """The store's id, of which its first record tells."""
        if self._store_id is None:
            # Its first record is the first of a stream of that id, whatever its bytes hold.
            ((_, first),) = self.log.scan(session, 1, 1)
            self._store_id = first.originator_id
        return self._store_id

    def _moved(self) -> None:
        self.progress.announce()

    async def check_ready(self) -> int:
        """The log's position. Raises `Unavailable` where reads or writes are not served."""
        if not self.writer.alive:
            raise Unavailable("the writer does not run")
        return await self.log_position()

    def refusal_of(self, error: Exception) -> Refusal | None:
        """What a caller is told of an error; None for one of ours, of which nothing is told."""
        if isinstance(error, self.database.Error):
            logger.error("store.unavailable", reason=str(error))
            return Unavailable("the store cannot be read just now; try again")
        if isinstance(error, UnreadableRecord):
            # A row of the past that must be derived anew; whose it is, the reason tells.
            error = ServerUnreadable(f"a state cannot be read: {error}")
        if isinstance(error, ServerUnreadable):
            self.metrics.unreadable.inc()
            logger.error("server.unreadable", reason=str(error))
        return error if isinstance(error, Refusal) else None

    def observe(self, exchange: Exchange, seconds: float) -> None:
        """Count and log one answered request."""
        self.metrics.observe(exchange, seconds)
        if self._request_log is not None:
            self._request_log.add(exchange, seconds)


def _unsound_found(finding: Finding) -> None:
    logger.error("store.unsound", where=finding.where, reason=finding.why)


def _check_failed(error: Exception) -> None:
    logger.error("store.check_failed", reason=str(error), kind=type(error).__name__)


@cache
def _openapi() -> bytes:
    """The document of all that is served, which is the same for every service and slow to make."""
    return openapi_document(
        OPERATIONS,
        {
            **COMPONENTS,
            **STORAGE_COMPONENTS,
            **HISTORY_COMPONENTS,
            **openstack.COMPONENTS,
            **ZONE_COMPONENTS,
        },
    )


def build_app(service: Service) -> ASGIApp:
    """The ASGI application over an open service, which it starts and stops with itself."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    async def unrouted(scope: Scope, receive: Receive, send: Send) -> None:
        raise RouteUnknown("nothing is served here")

    def router(dialect: Dialect, operations: Sequence[Operation]) -> Router:
        found = routes(operations, dialect.segments)
        return Router(found, redirect_slashes=False, default=unrouted)

    # A table each, so that no dialect's requests walk past the routes of the others.
    routers = {dialect: router(dialect, operations) for dialect, operations in SPOKEN.items()}
    routers[ROOT].lifespan_context = lifespan

    async def spoken(scope: Scope, receive: Receive, send: Send) -> None:
        dialect = scope["exchange"].dialect if scope["type"] == "http" else ROOT
        await routers[dialect](scope, receive, send)

    return Exchanges(spoken, service)
