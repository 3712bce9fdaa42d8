"""The catalogue's flavors, as Nova shows them."""

from __future__ import annotations

from typing import Any, Final

from api.http.answer import Answer, json_answer
from api.http.exchange import Exchange
from api.http.query import whole_number
from api.http.refusals import CatalogueEntryUnknown
from api.nova.rendering import COMPUTE, links
from api.openstack.addresses import base_url
from api.openstack.query import LenientQuery, flag, read_limit

_PARAMETERS = ("limit", "marker", "is_public", "minDisk", "minRam", "sort_key", "sort_dir")
ORDER: Final = {"sort_key": "flavorid", "sort_dir": "asc"}
"""The one order in which flavors stand."""
LEAST_MAX: Final = 10**9
_LEAST: Final = whole_number(0, LEAST_MAX)


async def list_flavors(exchange: Exchange) -> Answer:
    """GET /v2.1/flavors: 200, id, name and links of each; 400."""
    return _list(exchange, "flavors", brief=True)


async def list_flavors_detail(exchange: Exchange) -> Answer:
    """GET /v2.1/flavors/detail: 200; 400."""
    return _list(exchange, "flavors/detail", brief=False)


async def get_flavor(exchange: Exchange) -> Answer:
    """GET /v2.1/flavors/{ref}: 200; 404, for a name too."""
    return json_answer(200, {"flavor": shown(_flavor(exchange), base_url(exchange))})


async def get_extra_specs(exchange: Exchange) -> Answer:
    """GET /v2.1/flavors/{ref}/os-extra_specs: 200, of which no flavor has any; 404."""
    _flavor(exchange)
    return json_answer(200, {"extra_specs": {}})


def _flavor(exchange: Exchange) -> dict[str, Any]:
    ref = exchange.segment("ref")
    found = exchange.service.catalogue.flavor_by_id(ref)
    if found is None:
        raise CatalogueEntryUnknown(f"Flavor {ref[:255]} could not be found.")
    return found


def _list(exchange: Exchange, path: str, *, brief: bool) -> Answer:
    base = base_url(exchange)
    query = LenientQuery(exchange.scope["query_string"], _PARAMETERS)
    limit = read_limit(query)
    found = _asked(exchange, query)
    marker = query.get("marker", str)
    ids = [flavor["id"] for flavor in found]
    if marker and marker not in ids:
        query.problems["marker"] = (f"marker [{marker[:80]}] not found",)
    query.check()
    begin = ids.index(marker) + 1 if marker else 0
    page = found[begin : begin + limit]
    body: dict[str, Any] = {"flavors": [shown(flavor, base, brief=brief) for flavor in page]}
    if page and begin + limit < len(found):
        href = f"{base}{query.following(f'{COMPUTE}/{path}', page[-1]['id'])}"
        body["flavors_links"] = [{"rel": "next", "href": href}]
    return json_answer(200, body)


def _asked(exchange: Exchange, query: LenientQuery) -> list[dict[str, Any]]:
    """Those that are asked for: all are public, so nobody sees any other."""
    public = query.get("is_public", lambda text: None if text.lower() == "none" else flag(text))
    least_disk = query.get("minDisk", _LEAST) or 0
    least_ram = query.get("minRam", _LEAST) or 0
    for name, present in ORDER.items():
        if query.values(name) not in ([], [present]):
            query.problems[name] = ("flavors stand in the order of the catalogue",)
    if public is False:
        return []
    return [
        flavor
        for flavor in exchange.service.catalogue.flavors()
        if flavor["disk"] >= least_disk and flavor["ram"] >= least_ram
    ]


def shown(flavor: dict[str, Any], base: str, *, brief: bool = False) -> dict[str, Any]:
    """A flavor; `brief` is its id, name and links alone."""
    place = links(base, "flavors", flavor["id"])
    if brief:
        return {"id": flavor["id"], "name": flavor["name"], "links": place}
    return {
        **flavor,
        "links": place,
        "swap": "",
        "rxtx_factor": 1.0,
        "OS-FLV-DISABLED:disabled": False,
        "OS-FLV-EXT-DATA:ephemeral": 0,
        "os-flavor-access:is_public": True,
    }
