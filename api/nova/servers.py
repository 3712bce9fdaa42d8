"""Nova's servers: create, get, update, delete."""

from __future__ import annotations

from typing import Final

import msgspec
import orjson

from api.http.answer import JSON, UNSHARED, Answer, Headers, log_position_header
from api.http.conditions import etag, not_modified
from api.http.exchange import Exchange
from api.http.writing import Read, write
from api.nova import rendering
from api.nova.models import NovaServer
from api.nova.reading import ReadCreate, image_of, read_create, read_update
from api.openstack.addresses import base_url
from api.openstack.images import has_image
from domain.commands import DeleteServer
from domain.refusals import ServerUnknown, ServerUnreadable
from domain.registry import REGISTRY, UnreadableRecord
from domain.server import Server
from projections.server_queries import Shown, find_server_state

_DELETE: Final = Read("delete_server", DeleteServer())


async def create_server(exchange: Exchange) -> Answer:
    """POST /v2.1/servers: 202 with `Location`; 400, 403, 412, 422. New servers run."""
    base = base_url(exchange)
    body, sha256 = await exchange.read_object()
    read = read_create(body, exchange.caller.organization)
    if read.asked is not None:
        read = await _with_references(exchange, read, read.asked)
    written = await write(exchange, read, 202, sha256)
    assert read.asked is not None, "what was written was asked for"
    asked, first = read.asked, written.servers[0]
    headers = [JSON, log_position_header(written.position)]
    if asked.return_reservation_id:
        body_ = orjson.dumps({"reservation_id": first.reservation_id})
        return Answer(202, body_, headers)
    groups = [{"name": group.name} for group in asked.security_groups]
    place = (b"location", f"{base}{rendering.COMPUTE}/servers/{first.id}".encode())
    body_ = rendering.encode_created(first, base, groups, asked.password)
    return Answer(202, body_, (*headers, place, etag(first.id, first.version)))


async def _with_references(exchange: Exchange, read: ReadCreate, asked: NovaServer) -> ReadCreate:
    """A create whose flavor and image were looked up: Nova makes nothing of what it has not."""
    problems: dict[str, tuple[str, ...]] = dict(read.problems)
    image = image_of(asked)
    if exchange.service.catalogue.flavor_by_id(asked.flavor) is None:
        problems["flavorRef"] = ("Invalid flavorRef provided.",)
    if image and not await has_image(exchange, image):
        problems["imageRef"] = ("Invalid imageRef provided.",)
    return msgspec.structs.replace(read, problems=problems) if problems else read


async def get_server(exchange: Exchange) -> Answer:
    """GET /v2.1/servers/{ref}: 200 with `ETag`, 304; 404, for a name too."""
    base = base_url(exchange)
    shown = await show_server(exchange)
    headers = (UNSHARED, etag(shown.id, shown.version), log_position_header(shown.position))
    if not_modified(exchange, shown.id, shown.version):
        return Answer(304, headers=headers)
    try:
        server = rendering.encoded_detail(shown.document, base, exchange.service.catalogue)
    except UnreadableRecord as error:
        raise ServerUnreadable(f"server {shown.id} cannot be read: {error}") from error
    return Answer(200, b'{"server":%b}' % server, (JSON, *headers))


async def update_server(exchange: Exchange) -> Answer:
    """PUT /v2.1/servers/{ref}: 200; 400, 403, 404, 412, 422."""
    base = base_url(exchange)
    body, sha256 = await exchange.read_object()
    written = await write(exchange, read_update(body), 200, sha256)
    server = written.servers[0]
    headers = (JSON, etag(server.id, server.version), log_position_header(written.position))
    shown = rendering.encode_updated(server, base, exchange.service.catalogue)
    return Answer(200, shown, headers)


async def delete_server(exchange: Exchange) -> Answer:
    """DELETE /v2.1/servers/{ref}: 204; 403, 404, 412, 422."""
    written = await write(exchange, _DELETE, 204)
    return Answer(204, headers=(log_position_header(written.position),))


async def show_server(exchange: Exchange) -> Shown:
    """The live server of the path's id, as its stored state. Raises `ServerUnknown`."""
    ref, scope = exchange.segment("ref"), exchange.caller.scope
    shown = await exchange.service.ask(
        lambda session: find_server_state(session, ref.lower(), scope)
    )
    if shown is None:
        raise ServerUnknown(f"Instance {ref[:255]} could not be found.")
    return shown


async def read_server(exchange: Exchange) -> tuple[Server, Headers]:
    """The live server of the path's id, and what heads an answer about it.

    Raises `ServerUnknown` or `ServerUnreadable`.
    """
    shown = await show_server(exchange)
    try:
        server = REGISTRY.decode_state(shown.document)
    except UnreadableRecord as error:
        raise ServerUnreadable(f"server {shown.id} cannot be read: {error}") from error
    headers = (UNSHARED, etag(shown.id, shown.version), log_position_header(shown.position))
    return server, headers
