"""Lists of images: what they can be asked for, and the pages that they come in.

A page is filled with images that match: one that was cut first and filtered then could be empty
with more behind it, and clients stop at an empty page.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from api.http.exchange import Exchange
from api.openstack.images import Image, image_in, of_catalogue, of_restore_point
from api.openstack.query import LenientQuery
from domain.access import Caller
from domain.ports import Scope, Session
from projections.restore_point_queries import Wanted, find_restore_point, list_restore_points

Order = Callable[[Image], Any]
"""What images are sorted by: a key that no two have alike."""
CHUNK: Final = 500
"""How many of the caller's own are read at once, where each has to be looked at."""


class Asked(NamedTuple):
    """Which images are asked for: those that are all that is given."""

    names: frozenset[str] | None = None
    public: bool | None = None
    owner: str | None = None
    none: bool = False
    """Something was asked for that no image ever is."""
    tags: frozenset[str] = frozenset()
    noted: Mapping[str, str] = {}
    kind: str | None = None
    server_id: str | None = None

    def holds(self, image: Image) -> bool:
        """Whether it is one of them."""
        noted = {**image.properties, "architecture": image.arch}
        return not self.none and (
            (self.names is None or image.name in self.names)
            and self.public in {None, image.public}
            and self.owner in {None, image.owner}
            and self.tags <= {*image.tags}
            and all(noted.get(name) == value for name, value in self.noted.items())
            and self.kind in {None, image.kind}
            and self.server_id in {None, image.server_id}
        )

    @property
    def looks_closer(self) -> bool:
        """Whether each has to be looked at: rows are found by owner and by one name."""
        several = self.names is not None and len(self.names) != 1
        return bool(several or self.tags or self.noted or self.kind or self.server_id)

    def wanted(self, caller: Caller) -> Wanted:
        """The rows among which they are."""
        scope: Scope = caller.listed
        if self.none or self.public:
            scope = ()
        elif self.owner is not None:
            scope = (self.owner,) if caller.sees(self.owner) else ()
        name = next(iter(self.names)) if self.names and len(self.names) == 1 else None
        return Wanted(scope, "image", name=name)


async def page_of_images(
    exchange: Exchange,
    query: LenientQuery,
    marker: str | None,
    limit: int,
    asked: Asked,
    order: Order | None = None,
) -> tuple[list[Image], bool]:
    """At most `limit` images of those asked for behind the marker, and whether there are more.

    Raises `InvalidRequest` with what is wrong with the query, an unknown marker included.
    """
    service = exchange.service
    ask = service.read if asked.looks_closer or order else service.ask
    count = limit + 1 if limit else 0

    def question(session: Session) -> list[Image]:
        if order is not None:
            return _sorted(exchange, session, query, marker, asked, order, count)
        public, after = _from(exchange, session, query, marker)
        query.check()
        chunk = CHUNK if asked.looks_closer else count
        found = chain(public, _own(session, asked.wanted(exchange.caller), after, chunk))
        return list(islice(filter(asked.holds, found), count))

    found = await ask(question)
    return found[:limit], 0 < limit < len(found)


def _sorted(
    exchange: Exchange,
    session: Session,
    query: LenientQuery,
    marker: str | None,
    asked: Asked,
    order: Order,
    count: int,
) -> list[Image]:
    """The first so many behind the marker: all are looked at, and no more than these kept."""
    last = image_in(exchange, session, marker) if marker else None
    if marker and last is None:
        refuse_marker(query, marker)
    query.check()
    wanted = asked.wanted(exchange.caller)
    found = filter(asked.holds, chain(_public(exchange), _own(session, wanted, 0, CHUNK)))
    if last is not None:
        begin = order(last)
        found = filter(lambda image: begin < order(image), found)
    return heapq.nsmallest(count, found, key=order)


def _public(exchange: Exchange) -> list[Image]:
    return [of_catalogue(image) for image in exchange.service.catalogue.images()]


def _from(
    exchange: Exchange, session: Session, query: LenientQuery, marker: str | None
) -> tuple[list[Image], int]:
    """What of the catalogue is behind the marker, and the position that one's own go on from."""
    public = _public(exchange)
    if not marker:
        return public, 0
    marker = marker.lower()
    ids = [image.id for image in public]
    if marker in ids:
        return public[ids.index(marker) + 1 :], 0
    point = find_restore_point(session, marker, exchange.caller.scope, "image")
    # The list goes on at the record that made the restore point.
    place = point and exchange.service.log.position_of(session, point.origin_id, point.made_version)
    if place is None:
        refuse_marker(query, marker)
    return [], place or 0


def refuse_marker(query: LenientQuery, marker: str) -> None:
    """Note that no list ended with this."""
    query.problems["marker"] = (f"marker [{marker[:80]}] not found",)


def _own(session: Session, wanted: Wanted, after: int, chunk: int) -> Iterator[Image]:
    """The caller's own: there may be any number, so they are read in chunks, as they are asked."""
    while True:
        points = list_restore_points(session, wanted, after, chunk)
        yield from (of_restore_point(point) for _, point in points)
        if len(points) < chunk:
            return
        after = points[-1][0]
