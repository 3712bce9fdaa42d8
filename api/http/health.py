"""What runs the service asks of it: is it up, is it ready, how does it do."""

from __future__ import annotations

import ipaddress

from prometheus_client import CONTENT_TYPE_LATEST

from api.docs.page import PAGE, PAGE_UNDER_SLASH, asset
from api.http.answer import Answer, json_answer, log_position_header
from api.http.exchange import Exchange
from api.http.refusals import ClosedToOutside, RouteUnknown

_HTML = (
    (b"content-type", b"text/html; charset=utf-8"),
    # The page runs its own scripts and styles; Swagger UI sets inline styles and data images.
    (
        b"content-security-policy",
        b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    ),
)


async def healthz(exchange: Exchange) -> Answer:
    """GET /healthz: 200 as long as the process answers."""
    return json_answer(200, {"status": "ok"})


async def readyz(exchange: Exchange) -> Answer:
    """GET /readyz: 200 with the log's position, once reads and writes are served; else 503.

    How far what follows the log has come, and whether all that is stored is sound, as far as it was
    looked at, is told beside: servers are served all the same.
    """
    position = await exchange.service.check_ready()
    checked, follower = exchange.service.sampler.checked, exchange.service.follower
    told = {
        "state": checked.state,
        "position": checked.position,
        "rounds": checked.rounds,
        "unsound": checked.unsound,
    }
    followed = {
        "state": "failing" if follower.failing else "following",
        "position": follower.position,
    }
    ready = {"status": "ready", "position": position, "check": told, "history": followed}
    return json_answer(200, ready, (log_position_header(position),))


async def metrics(exchange: Exchange) -> Answer:
    """GET /metrics: 200, Prometheus text; 403 from beyond loopback unless configured."""
    if not (exchange.service.settings.open_metrics or is_loopback(exchange.source_address)):
        raise ClosedToOutside("/metrics is served on loopback only")
    return Answer(
        200, exchange.service.metrics.render(), ((b"content-type", CONTENT_TYPE_LATEST.encode()),)
    )


async def openapi(exchange: Exchange) -> Answer:
    """GET /openapi.json: 200, the OpenAPI 3.1 document."""
    return Answer(200, exchange.service.openapi, ((b"content-type", b"application/json"),))


async def docs(exchange: Exchange) -> Answer:
    """GET /docs: 200, a page that shows the document and tries requests."""
    return Answer(200, PAGE_UNDER_SLASH if exchange.target.endswith("/") else PAGE, _HTML)


async def docs_asset(exchange: Exchange) -> Answer:
    """GET /docs/{name}: 200, a part of that page; 404."""
    found = asset(exchange.segment("name"))
    if found is None:
        raise RouteUnknown("no such page")
    body, media_type = found
    cached = (b"cache-control", b"public, max-age=3600")
    return Answer(200, body, ((b"content-type", media_type.encode()), cached))


def is_loopback(address: str | None) -> bool:
    """Whether a peer is on this machine."""
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
