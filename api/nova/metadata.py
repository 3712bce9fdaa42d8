"""The metadata of Nova's servers, whole and by the item."""

from __future__ import annotations

from typing import Any

from api.http.answer import Answer, Headers, json_answer, log_position_header
from api.http.conditions import etag
from api.http.exchange import Exchange
from api.http.writing import Read, write
from api.nova.reading import read_metadata, read_metadata_item
from api.nova.servers import read_server
from commands.request import Written
from domain.commands import ChangeMetadata
from domain.refusals import MetadataUnknown


async def get_metadata(exchange: Exchange) -> Answer:
    """GET /v2.1/servers/{ref}/metadata: 200; 404."""
    items, headers = await _present(exchange)
    return json_answer(200, {"metadata": items}, headers)


async def get_metadata_item(exchange: Exchange) -> Answer:
    """GET /v2.1/servers/{ref}/metadata/{key}: 200; 404."""
    key = exchange.segment("key")
    items, headers = await _present(exchange)
    if key not in items:
        raise MetadataUnknown("Metadata item was not found")
    return json_answer(200, {"meta": {key: items[key]}}, headers)


async def _present(exchange: Exchange) -> tuple[dict[str, str], Headers]:
    server, headers = await read_server(exchange)
    return dict(server.configuration.metadata), headers


async def set_metadata(exchange: Exchange) -> Answer:
    """POST /v2.1/servers/{ref}/metadata: 200, all there is then; 400, 403, 404, 412, 422."""
    return await _set(exchange, whole=False)


async def replace_metadata(exchange: Exchange) -> Answer:
    """PUT /v2.1/servers/{ref}/metadata: 200; 400, 403, 404, 412, 422."""
    return await _set(exchange, whole=True)


async def _set(exchange: Exchange, *, whole: bool) -> Answer:
    body, sha256 = await exchange.read_object()
    written = await write(exchange, read_metadata(body, whole=whole), 200, sha256)
    return _written(written, {"metadata": dict(written.servers[0].configuration.metadata)})


async def set_metadata_item(exchange: Exchange) -> Answer:
    """PUT /v2.1/servers/{ref}/metadata/{key}: 200; 400, 403, 404, 412, 422."""
    key = exchange.segment("key")
    body, sha256 = await exchange.read_object()
    written = await write(exchange, read_metadata_item(body, key), 200, sha256)
    return _written(written, {"meta": {key: dict(written.servers[0].configuration.metadata)[key]}})


async def delete_metadata_item(exchange: Exchange) -> Answer:
    """DELETE /v2.1/servers/{ref}/metadata/{key}: 204; 403, 404, 412, 422."""
    remove = Read("change_metadata", ChangeMetadata(removed=(exchange.segment("key"),)))
    written = await write(exchange, remove, 204)
    return Answer(204, headers=(log_position_header(written.position),))


def _written(written: Written, body: dict[str, Any]) -> Answer:
    server = written.servers[0]
    at = (etag(server.id, server.version), log_position_header(written.position))
    return json_answer(200, body, at)
