"""Serving, from the first start of a log on: by this process, or by several that it looks after."""

from __future__ import annotations

import socket
import sys

from api.app import Service
from api.http.health import is_loopback
from api.logs import log_to
from api.server import BACKLOG, Server
from api.settings import ConfigurationError, Settings
from api.store import Store
from api.workers import Workers
from commands.store.recorder import last_position
from commands.tokens import FIRST_PRINCIPAL, create_store, issue_token, new_token
from commands.unit import Unit


def serve(settings: Settings) -> None:
    """Serve until told to stop. Blocks.

    Raises `ConfigurationError`, `CatalogueError` or `DatabaseUnusable`.
    """
    _check_exposure(settings)
    log_to(sys.stderr)
    service = Service(settings)
    # All that can be refused comes before the first start, which shows its token only once.
    server = Server(service)
    with service.database.serving(), _listening(settings) as listening:
        host, port = listening.getsockname()[:2]
        scheme = "https" if settings.tls_certificate else "http"
        base = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
        workers = Workers(settings, listening) if settings.workers > 1 else None
        # Who reads the address may send a signal at once; it is heeded already.
        (workers or server).heed_signals()
        # Printed first: who cannot be told the address is not given the only token either.
        print(f"Rackledger serves {service.database.url} on {base}", flush=True)
        made = first_start(service.store, settings)
        if made is not None:
            _print_token(made, base)
        if workers is None:
            served = server.serve_on(listening)
        else:
            service.store.close()  # each of them has its own
            served = workers.run()
    if not served:
        sys.exit(1)


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
        listening.listen(BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ConfigurationError(
            f"cannot listen on {settings.host}:{settings.port}: {error}"
        ) from error
    return listening
