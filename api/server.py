"""One serving process: the service behind uvicorn, on a socket that listens, to a drained stop."""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

import uvicorn

from api.app import Service, build_app
from api.http.heads import ConnectionLimits
from api.http.protocol import make_protocol
from api.settings import ConfigurationError, Settings

BACKLOG: Final = 2_048
HEEDED: Final = (signal.SIGINT, signal.SIGTERM)
_YOUNG_OBJECTS: Final = 10_000


class Server(uvicorn.Server):
    """Ends with status 0 on SIGTERM: a drained stop is a success, not a death by signal."""

    def __init__(self, service: Service, serving: Callable[[], None] = lambda: None) -> None:
        """Serve `service`; `serving` is told when it does.

        Raises `ConfigurationError` where TLS cannot be had as configured.
        """
        super().__init__(_config(service))
        self._serving = serving
        self._stopping: Callable[[], None] = service.end_streams

    def heed_signals(self) -> None:
        """Stop on a signal from now on, to the end of the process."""
        for sig in HEEDED:
            signal.signal(sig, self.handle_exit)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEEDED)

    def serve_on(self, listening: socket.socket) -> bool:
        """Serve until told to stop; whether it came to serve at all. Blocks."""
        # What is loaded by now stays to the end. Looked through again and again for garbage, it
        # would stop the process for 30 ms each time.
        gc.collect()
        gc.freeze()
        # And each of the young collections looks at every request under way.
        gc.set_threshold(_YOUNG_OBJECTS)
        self.run(sockets=[listening])
        return self.started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        if self.started:
            self._serving()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Heeded already, and for longer than the loop runs."""
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain, in bounded time. A second signal changes nothing.

        Uvicorn would cut the drain short, leave the writer running, and so the process.
        """
        self.should_exit = True
        self._stopping()


def _config(service: Service) -> uvicorn.Config:
    settings: Settings = service.settings
    limits = ConnectionLimits(
        head_max_bytes=settings.head_max_bytes,
        read_deadline_s=settings.read_deadline_s,
        connections_max=settings.connections_max,
    )
    try:
        config = uvicorn.Config(
            build_app(service),
            http=make_protocol(limits),
            ws="none",
            loop="uvloop",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            # Annotated as whole seconds, of which a short time would be none at all.
            timeout_keep_alive=settings.keep_alive_s,  # type: ignore[arg-type]
            timeout_graceful_shutdown=settings.drain_s,  # type: ignore[arg-type]
            # Whoever reaches the port could otherwise claim any source address.
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or "",
            ssl_certfile=settings.tls_certificate or None,
            ssl_keyfile=settings.tls_key or None,
        )
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"TLS with {settings.tls_certificate} and {settings.tls_key}: {error}"
        ) from error
    return config
