"""Servers in a zone: create, get, update, delete, and what is attached to them."""

from __future__ import annotations

from functools import partial
from typing import Final

from api.http.answer import JSON, UNSHARED, Answer, Headers, log_position_header
from api.http.conditions import etag, not_modified
from api.http.exchange import Exchange
from api.http.writing import Read, write
from api.scaleway.dialect import location_of, zone_of
from api.scaleway.reading import read_attach, read_create, read_detach, read_update
from api.scaleway.rendering import encode, encoded, instance
from api.scaleway.volumes import root_volume_of
from commands.request import Written
from domain.commands import DeleteServer
from domain.refusals import ServerUnknown, ServerUnreadable
from domain.registry import UnreadableRecord
from projections.server_queries import Shown, find_server_state

_DELETE: Final = Read("delete_server", DeleteServer())


async def create_instance(exchange: Exchange) -> Answer:
    """POST servers: 201 with `Location`, stopped; 400, 403, 412, 422."""
    body, sha256 = await exchange.read_object()
    root_volume = await root_volume_of(exchange, body.get("image"))
    read = read_create(body, exchange.caller.organization, root_volume)
    written = await write(exchange, read, 201, sha256)
    location = location_of(exchange, "servers", written.servers[0].id)
    return _left(exchange, written, 201, (location,))


async def get_instance(exchange: Exchange) -> Answer:
    """GET servers/{ref}: 200 with `ETag`, 304; 400, 404."""
    shown = await show_instance(exchange)
    headers = (UNSHARED, etag(shown.id, shown.version), log_position_header(shown.position))
    if not_modified(exchange, shown.id, shown.version):
        return Answer(304, headers=headers)
    try:
        server = encoded(shown.document, zone_of(exchange), exchange.service.catalogue)
    except UnreadableRecord as error:
        raise ServerUnreadable(f"server {shown.id} cannot be read: {error}") from error
    return Answer(200, _enclose(server), (JSON, *headers))


async def update_instance(exchange: Exchange) -> Answer:
    """PATCH and PUT servers/{ref}: 200; 400, 403, 404, 412, 422. What is not named stays."""
    body, sha256 = await exchange.read_object()
    shown = partial(instance, zone=zone_of(exchange), catalogue=exchange.service.catalogue)
    return _left(exchange, await write(exchange, read_update(body, shown), 200, sha256))


async def delete_instance(exchange: Exchange) -> Answer:
    """DELETE servers/{ref}: 204; 403, 404, 412, 422."""
    written = await write(exchange, _DELETE, 204)
    return Answer(204, headers=(log_position_header(written.position),))


async def attach_volume(exchange: Exchange) -> Answer:
    """POST servers/{ref}/attach-volume: 200; 400, 403, 404, 409, 412, 422."""
    body, sha256 = await exchange.read_object()
    return _left(exchange, await write(exchange, read_attach(body), 200, sha256))


async def detach_volume(exchange: Exchange) -> Answer:
    """POST servers/{ref}/detach-volume: 200; 400, 403, 404, 412, 422."""
    body, sha256 = await exchange.read_object()
    return _left(exchange, await write(exchange, read_detach(body), 200, sha256))


async def show_instance(exchange: Exchange) -> Shown:
    """The server of the path's id, its state for its document. Raises `ServerUnknown`."""
    ref, scope = exchange.segment("ref"), exchange.caller.scope
    shown = await exchange.service.ask(
        lambda session: find_server_state(session, ref.lower(), scope)
    )
    if shown is None:
        raise ServerUnknown(f"no server {ref!r}")
    return shown


def _left(exchange: Exchange, written: Written, status: int = 200, headers: Headers = ()) -> Answer:
    """The server as a write left it."""
    server = written.servers[0]
    body = _enclose(encode(server, zone_of(exchange), exchange.service.catalogue))
    told = (JSON, etag(server.id, server.version), log_position_header(written.position))
    return Answer(status, body, (*told, *headers))


def _enclose(server: bytes) -> bytes:
    return b'{"server":%b}' % server
