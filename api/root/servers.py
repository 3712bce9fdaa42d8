"""Servers at the root: create, list, get, update, delete."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp

from api.history.servers import past_server
from api.http.answer import Answer
from api.http.conditions import not_modified
from api.http.exchange import Exchange
from api.http.writing import Read, write
from api.root import rendering
from api.root.listing import list_answer
from api.root.reading import read_create, read_update
from domain.commands import DeleteServer
from domain.ports import Session
from domain.refusals import ServerAmbiguous, ServerUnknown
from projections.server_queries import Shown, find_server

_DELETE: Final = Read("delete_server", DeleteServer())


async def create_servers(exchange: Exchange) -> Answer:
    """POST /servers: 201 flat, 200 in an envelope, with `Location`; 400, 403, 412, 422."""
    body, sha256 = await exchange.read_object()
    read = read_create(body, exchange.caller.organization)
    written = await write(exchange, read, 200 if read.enveloped else 201, sha256)
    return rendering.created(written, read)


async def list_servers(exchange: Exchange) -> ASGIApp:
    """GET /servers: 200, all of them or a page, in order of creation; 400."""
    return await list_answer(exchange)


async def get_server(exchange: Exchange) -> Answer:
    """GET /servers/{ref}: 200 with `ETag`, 304; 400, 404, 409. Now, or as of a point."""
    past = await past_server(exchange)
    if past is not None:
        return await past.answer(exchange, rendering.enclose(past.server.document))
    shown = await show_server(exchange)
    if not_modified(exchange, shown.id, shown.version):
        return rendering.unmodified(shown)
    return rendering.detail(shown)


async def update_server(exchange: Exchange) -> Answer:
    """PUT and PATCH /servers/{ref}: 200; 400, 403, 404, 409, 412, 422."""
    body, sha256 = await exchange.read_object()
    return rendering.updated(await write(exchange, read_update(body), 200, sha256))


async def delete_server(exchange: Exchange) -> Answer:
    """DELETE /servers/{ref}: 204; 403, 404, 409, 412, 422."""
    return rendering.deleted(await write(exchange, _DELETE, 204))


async def show_server(exchange: Exchange) -> Shown:
    """The server that the path's reference means. Raises `ServerUnknown` or `ServerAmbiguous`."""
    ref = exchange.segment("ref")
    return await exchange.service.ask(lambda session: _show(exchange, session, ref))


def _show(exchange: Exchange, session: Session, ref: str) -> Shown:
    scope = exchange.caller.scope
    shown = find_server(session, ref.lower(), scope)
    if shown is None:
        ids = exchange.service.servers.list_ids(session, ref, scope)
        if len(ids) > 1:
            raise ServerAmbiguous(ref, ids)
        shown = find_server(session, ids[0], scope) if ids else None
    if shown is None:
        raise ServerUnknown(f"no server {ref!r}")
    return shown
