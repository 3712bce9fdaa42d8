"""The commercial types in a zone, with every field that the clients know."""

from __future__ import annotations

from typing import Any, Final

from api.http.answer import Answer, json_answer
from api.http.exchange import Exchange
from api.http.paging import read_page

_PER_PAGE_DEFAULT: Final = 50


async def list_instance_types(exchange: Exchange) -> Answer:
    """GET products/servers: 200, by page; 400. By name."""
    types = exchange.service.catalogue.products()
    shown = {name: _type(entry) for name, entry in types.items()}
    return _page(exchange, "/products/servers", shown)


async def list_instance_availability(exchange: Exchange) -> Answer:
    """GET products/servers/availability: 200, by page; 400."""
    types = exchange.service.catalogue.availability()
    return _page(exchange, "/products/servers/availability", types)


def _type(entry: dict[str, Any]) -> dict[str, Any]:
    network = entry["network"]
    interface = {
        "internal_bandwidth": network["sum_internal_bandwidth"],
        "internet_bandwidth": network["sum_internet_bandwidth"],
    }
    return {
        **entry,
        "network": {**network, "interfaces": [interface]},
        "per_volume_constraint": {"l_ssd": entry["volumes_constraint"]},
        "capabilities": {"boot_types": ["local"], "block_storage": False, "max_file_systems": 0},
        "gpu": 0,
        "gpu_info": None,
        "scratch_storage_max_size": 0,
        "scratch_storage_max_volumes_count": 0,
        "block_bandwidth": 0,
        "end_of_service": False,
    }


def _page(exchange: Exchange, path: str, types: dict[str, Any]) -> Answer:
    page = read_page(exchange, path, default=_PER_PAGE_DEFAULT)
    page.query.check()
    names = list(types)[page.offset : page.offset + page.per_page]
    shown = {name: types[name] for name in names}
    return json_answer(200, {"servers": shown}, page.headers(len(types)))
