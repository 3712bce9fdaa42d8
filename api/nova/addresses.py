"""The addresses of Nova's servers, of all networks and of one."""

from __future__ import annotations

from api.http.answer import Answer, json_answer
from api.http.exchange import Exchange
from api.http.refusals import RouteUnknown
from api.nova.rendering import addresses_of
from api.nova.servers import read_server


async def list_addresses(exchange: Exchange) -> Answer:
    """GET /v2.1/servers/{ref}/ips: 200, by network; 404."""
    server, headers = await read_server(exchange)
    return json_answer(200, {"addresses": addresses_of(server)}, headers)


async def list_addresses_of_network(exchange: Exchange) -> Answer:
    """GET /v2.1/servers/{ref}/ips/{network}: 200; 404, for a network that it is not in too."""
    network = exchange.segment("network")
    server, headers = await read_server(exchange)
    addresses = addresses_of(server)
    if network not in addresses:
        raise RouteUnknown("Network not found")
    return json_answer(200, {network: addresses[network]}, headers)
