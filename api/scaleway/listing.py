"""Lists of servers in a zone: by page, the newest first, with the filters that Scaleway has.

Parameters that nobody knows are passed over, as Scaleway does; a known one is honoured or refused.
"""

from __future__ import annotations

from typing import Final

from api.http.answer import JSON, UNSHARED, Answer, log_position_header
from api.http.encodings import Encodings
from api.http.exchange import Exchange
from api.http.paging import OWNER, PAGING, Page, read_page, scope_of
from api.http.query import Query, one_of, truth, words
from api.scaleway.dialect import zone_of
from api.scaleway.rendering import encoded
from domain.ports import Session
from projections.positions import log_position_of
from projections.server_filters import NEWEST_FIRST, Filter, Listing
from projections.server_queries import Found, count_servers, list_after, list_page

PER_PAGE_DEFAULT: Final = 50
TAGS_ASKED_MAX: Final = 20
SERVERS_ASKED_MAX: Final = 100
PRIVATE: Final = ("private_ip", "private_network", "private_networks", "private_nic_mac_address")
"""Parameters that ask for what no server here has."""
FILTERS: Final = (
    *OWNER,
    *("name", "state", "tags", "commercial_type", "servers", "with_ip", "without_ip", "order"),
    *PRIVATE,
)
ORDERS: Final = ("creation_date_desc", "creation_date_asc")
STATES: Final = ("running", "stopped")
OTHER_STATES: Final = ("stopped_in_place", "stopped in place", "starting", "stopping", "locked")
"""States in which no server here is."""

_TAGS: Final = words(TAGS_ASKED_MAX, "tag")
_SERVERS: Final = words(SERVERS_ASKED_MAX, "id")
_STATE: Final = one_of(running=(1,), stopped=(0,), **dict.fromkeys(OTHER_STATES, ()))
_ORDERING: Final = frozenset((*PAGING, *OWNER, "order"))
_NEWEST: Final = Listing("state", newest=True)
_OLDEST: Final = Listing("state")
_ENCODINGS: Final = Encodings(encoded, b'{"servers":[')


async def list_instances(exchange: Exchange) -> Answer:
    """GET servers: 200, by page, the newest first; 400."""
    page = read_page(exchange, "/servers", *FILTERS, default=PER_PAGE_DEFAULT)
    filter_ = _read_filter(exchange, page.query)
    order = page.query.get("order", _read_order) or _NEWEST
    page.query.check()
    zone, catalogue = zone_of(exchange), exchange.service.catalogue

    def question(session: Session) -> tuple[list[Found], int, int]:
        found = _find(session, filter_, page, order)
        return found, count_servers(session, filter_), log_position_of(session)

    found, total, position = await exchange.service.ask(question)
    body = _ENCODINGS.joined(found, b"]}", zone, catalogue)
    headers = (JSON, UNSHARED, log_position_header(position), *page.headers(total))
    return Answer(200, body, headers)


def _find(session: Session, filter_: Filter, page: Page, order: Listing) -> list[Found]:
    if page.number > 1:
        return list_page(session, filter_, page.offset, page.per_page, order)
    first = NEWEST_FIRST if order.newest else 0
    return list_after(session, filter_, first, page.per_page, order)


def _read_filter(exchange: Exchange, query: Query) -> Filter:
    """Which servers are asked for; what is wrong stands among the query's problems."""
    scope = scope_of(exchange, query)
    if query.given.keys() <= _ORDERING:
        return Filter(scope)  # as nearly all ask
    catalogue = exchange.service.catalogue
    states = query.get("state", _STATE)
    if states == () or any(name in query.given for name in PRIVATE):
        scope = ()
    equal: list[tuple[str, str | int]] = [("running", state) for state in states or ()]
    address = query.get("with_ip", str)
    if address:
        equal.append(("address", address))
    offers = query.get("commercial_type", catalogue.flavor_refs)
    ids = query.get("servers", _SERVERS)
    among = []
    if offers is not None:
        among.append(("offer", offers))
    if ids is not None:
        among.append(("id", tuple(id_.lower() for id_ in ids)))
    without_ip = query.get("without_ip", truth)
    return Filter(
        scope,
        tuple(equal),
        query.get("tags", _TAGS) or (),
        tuple(among),
        name_part=query.get("name", str) or None,
        absent=("address",) if without_ip else (),
    )


def _read_order(text: str) -> Listing:
    if text not in ORDERS:
        raise ValueError(f"servers are listed by their creation: {' or '.join(ORDERS)}")
    return _NEWEST if text == ORDERS[0] else _OLDEST
