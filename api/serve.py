"""Serving: the service behind uvicorn, from the first start of a log to a drained stop."""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

import uvicorn

from api.app import Service, build_app
from api.http.health import is_loopback
from api.http.protocol import ConnectionLimits, make_protocol
from api.logs import log_to
from api.settings import ConfigurationError, Settings
from api.store import Store
from commands.store.recorder import last_position
from commands.tokens import FIRST_PRINCIPAL, create_store, issue_token, new_token
from commands.unit import Unit

_BACKLOG: Final = 2_048
_YOUNG_OBJECTS: Final = 10_000


def serve(settings: Settings) -> None:
    """Serve until told to stop. Blocks.

    Raises `ConfigurationError`, `CatalogueError` or `DatabaseUnusable`.
    """
    _check_exposure(settings)
    log_to(sys.stderr)
    service = Service(settings)
    # All that can be refused comes before the first start, which shows its token only once.
    server = _Server(_uvicorn_config(service, settings), service.end_streams)
    with service.database.serving(), _listening(settings) as listening:
        host, port = listening.getsockname()[:2]
        scheme = "https" if settings.tls_certificate else "http"
        base = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
        # Who reads the address may send a signal at once; it is heeded already.
        server.heed_signals()
        # Printed first: who cannot be told the address is not given the only token either.
        print(f"Rackledger serves {service.database.url} on {base}", flush=True)
        made = first_start(service.store, settings)
        if made is not None:
            _print_token(made, base)
        # What is loaded by now stays to the end. Looked through again and again for garbage, it
        # would stop the process for 30 ms each time.
        gc.collect()
        gc.freeze()
        # And each of the young collections looks at every request under way.
        gc.set_threshold(_YOUNG_OBJECTS)
        server.run(sockets=[listening])
    if not server.started:
        sys.exit(1)


class _Server(uvicorn.Server):
    """Ends with status 0 on SIGTERM: a drained stop is a success, not a death by signal."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    def heed_signals(self) -> None:
        """Stop on a signal from now on, to the end of the process."""
        for sig in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sig, self.handle_exit)

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


def first_start(store: Store, settings: Settings) -> str | None:
    """Begin an empty log: its first record and its first admin token.

    The token, if one was made up for want of a configured one; it is shown once.
    """
    with store.database.reading() as session:
        if last_position(session):
            return None
    token = settings.token or new_token()

    def begin(unit: Unit) -> bool:
        if unit.position:  # another process was first
            return False
        create_store(unit)
        issue_token(unit, token, FIRST_PRINCIPAL, "admin", (settings.organization,))
        return True

    began = store.writer.run(begin)
    return token if began and not settings.token else None


def _print_token(token: str, base: str) -> None:
    print(f"\nThe first admin token, shown this once:\n\n  {token}\n\nTry it:\n")
    print(f"  curl -H 'X-Auth-Token: {token}' {base}/servers\n", flush=True)


def _check_exposure(settings: Settings) -> None:
    loopback = settings.host == "localhost" or is_loopback(settings.host)
    if not (loopback or settings.tls_certificate or settings.allow_plain):
        raise ConfigurationError(
            f"{settings.host} is beyond loopback: tokens would travel in the clear. "
            "Give --tls-certificate and --tls-key, or allow it with --allow-plain"
        )


def _listening(settings: Settings) -> socket.socket:
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # Already here, so that who calls as soon as the address is printed waits, if at all.
        listening.listen(_BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ConfigurationError(
            f"cannot listen on {settings.host}:{settings.port}: {error}"
        ) from error
    return listening


def _uvicorn_config(service: Service, settings: Settings) -> uvicorn.Config:
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
            backlog=_BACKLOG,
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
