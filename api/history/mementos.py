"""What an answer as of a point says of itself (RFC 7089): its time, and its neighbours."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple

import orjson

from api.history.points import Point
from api.http.answer import log_position_header
from api.http.exchange import Exchange
from domain.ports import Session
from domain.records import UnreadableRow
from projections.past_queries import Past, find_past
from projections.positions import log_position_of
from projections.tables import OPEN

_VARY: Final = (b"vary", b"Accept-Datetime, X-Auth-Token, Authorization")
_FOR_EVER: Final = (b"cache-control", b"private, max-age=31536000, immutable")
# A clock may be set back: what is the state at a time can change as long as records are added.
_ANEW: Final = (b"cache-control", b"private, no-cache")


class Link(NamedTuple):
    """One link: its relations, its target relative to the mount, its time where it has one."""

    rel: str
    target: str
    at: dt.datetime | None = None

    def __str__(self) -> str:
        when = "" if self.at is None else f'; datetime="{http_date(self.at)}"'
        return f'<{self.target}>; rel="{self.rel}"{when}'


def http_date(at: dt.datetime) -> str:
    """A time as HTTP has it, in whole seconds."""
    return email.utils.format_datetime(at.astimezone(dt.UTC), usegmt=True)


def memento_headers(
    point: Point, position: int, at: dt.datetime | None, links: Iterable[Link], place: str
) -> list[tuple[bytes, bytes]]:
    """The headers of an answer as of `point`, which came to be `position`, whose time is `at`."""
    headers = [
        _VARY,
        _FOR_EVER if point.fixed else _ANEW,
        log_position_header(position),
        (b"link", ", ".join(map(str, links)).encode()),
    ]
    if at is not None:
        headers.append((b"memento-datetime", http_date(at).encode()))
    if not point.fixed:
        headers.append((b"content-location", place.encode()))
    return headers


def shown_at(document: bytes) -> dt.datetime:
    """Since when a server was as shown: its time of modification."""
    return dt.datetime.fromisoformat(orjson.loads(document)["modification_date"])


def server_links(exchange: Exchange, session: Session, past: Past) -> list[Link]:
    """From one state of a server to the server, its other states, and the list of them all."""
    log = exchange.service.log
    of = f"/servers/{past.id}"
    states: dict[int, tuple[Past, list[str]]] = {}

    def add(rel: str, position: int | None) -> None:
        found = None if position is None else find_past(session, past.id, position, None)
        if found is not None:
            states.setdefault(found.version, (found, []))[1].append(rel)

    add("first", log.position_of(session, past.id, 1))
    if past.version > 1:
        add("prev", past.since - 1)
    if past.until != OPEN:
        add("next", past.until)
    add("last", _last(exchange, session, past))
    return [
        Link("original", of),
        Link("timemap", f"{of}/timemap"),
        *(
            Link(f"{' '.join(rels)} memento", f"{of}{place_of(found)}", shown_at(found.document))
            for found, rels in states.values()
        ),
    ]


def _last(exchange: Exchange, session: Session, past: Past) -> int | None:
    """A position at which the newest state held."""
    if past.until == OPEN:
        return past.since
    present = find_past(session, past.id, log_position_of(session), None)
    if present is not None:
        return present.since
    ended = exchange.service.servers.get_ended(session, past.id)
    return None if ended is None else ended[1] - 1


def place_of(past: Past) -> str:
    """The query under which a state is found for ever."""
    return f"?at_version={past.version}"


def list_links(exchange: Exchange, session: Session, position: int, target: str) -> list[Link]:
    """From a list as of a position to the list, and to those as of its neighbours."""
    end = log_position_of(session)
    rels: dict[int, list[str]] = {}
    for rel, at in (("first", 1), ("prev", position - 1), ("next", position + 1), ("last", end)):
        if 1 <= at <= end:
            rels.setdefault(at, []).append(rel)
    joint = "&" if "?" in target else "?"
    return [
        Link("original", target),
        Link("timemap", "/timemap"),
        *(
            Link(
                f"{' '.join(found)} memento",
                f"{target}{joint}at_position={at}",
                time_of(exchange, session, at),
            )
            for at, found in rels.items()
        ),
    ]


def time_of(exchange: Exchange, session: Session, position: int) -> dt.datetime | None:
    """The time of the record at a position; None where there is none, or none that can be read."""
    for _, found in exchange.service.log.scan(session, position, 1):
        if not isinstance(found, UnreadableRow):
            return found.event.at
    return None


def list_tag(position: int, scope: tuple[str, ...] | None) -> str:
    """The ETag of a list as of a position: it depends on who asks."""
    seen = hashlib.sha256(repr(scope).encode()).hexdigest()[:12]
    return f"servers:{position}:{seen}"
