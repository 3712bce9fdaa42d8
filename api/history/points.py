"""Points of the past, as requests name them: `at`, `at_position`, `at_version`, `Accept-Datetime`.

At most one. What is no point, or lies in the future, is refused: the past is never approximated.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from contextlib import suppress
from typing import Final, NamedTuple

from api.history.reach import followed_to
from api.http.conditions import POSITION_MAX
from api.http.exchange import Exchange
from api.http.query import Query, whole_number
from api.http.refusals import HeaderMalformed
from domain.refusals import InvalidRequest
from projections.trail import position_at

FLEET_POINTS: Final = ("at", "at_position")
"""The parameters that name a point for all servers."""
POINTS: Final = (*FLEET_POINTS, "at_version")
"""Those that name one for a single server."""
VERSION_MAX: Final = 2**31 - 1

_FIRST: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
_LAST: Final = dt.datetime.max.replace(tzinfo=dt.UTC)
_AGO: Final = re.compile(r"-([0-9]{1,9})([smhdw])")
_IMF_FIXDATE: Final = re.compile(  # RFC 9110, 5.6.7
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}(:[0-9]{2}){2} GMT"
)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_RFC_3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_UNESCAPED_PLUS: Final = re.compile(r" (?=\d\d:\d\d$)")
_position: Final = whole_number(0, POSITION_MAX)
_version: Final = whole_number(1, VERSION_MAX)


class Point(NamedTuple):
    """A point that was asked for: a position of the log, or a version of one server.

    `fixed` says that it names the same state for ever, whatever clocks do.
    """

    position: int | None
    version: int | None
    fixed: bool


async def read_point(exchange: Exchange, query: Query) -> Point | None:
    """The point that is asked for; None for the present.

    Raises `InvalidRequest` for two at once, a malformed or a future one, `HeaderMalformed`, or
    `PositionUnreached` where what tells times is too far behind.
    """
    header = exchange.header(b"accept-datetime")
    given: list[str] = [name for name in POINTS if name in query.given]
    if header is not None:
        given.append("Accept-Datetime")
    if not given:
        return None
    if len(given) > 1:
        raise InvalidRequest(
            {name: (f"one point at a time: {' and '.join(given)} are given",) for name in given}
        )
    at = query.get("at", lambda text: parse_time(text, exchange.received_at))
    position = query.get("at_position", _position)
    version = query.get("at_version", _version)
    query.check()
    if header is not None:
        at = _http_date(header)
    if at is not None:
        if at > exchange.received_at:
            raise InvalidRequest({given[0]: ("in the future",)})
        return Point(await _position_at(exchange, at), None, fixed=False)
    if position is not None and position > (end := await exchange.service.log_position()):
        raise InvalidRequest({"at_position": (f"past the end of the log, position {end}",)})
    return Point(position, version, fixed=True)


async def _position_at(exchange: Exchange, at: dt.datetime) -> int:
    service = exchange.service
    await followed_to(exchange, await service.log_position())
    return await service.ask(lambda session: position_at(session, at))


def parse_time(text: str, now: dt.datetime) -> dt.datetime:
    """A time as RFC 3339 has it, or so long ago. Raises `ValueError`."""
    ago = _AGO.fullmatch(text)
    if ago is not None:
        try:
            return now - dt.timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        except OverflowError:
            return _FIRST  # before all that has a date
    try:
        # A plus that was sent as it is arrives as a space.
        parts = _RFC_3339.fullmatch(_UNESCAPED_PLUS.sub("+", text))
        if parts is not None:
            day, time, fraction, zone = parts.groups()
            # Times here have microseconds: what lies within one is at or after its beginning.
            text = f"{day}T{time}.{(fraction or '0')[:6]:0<6}{zone.upper().replace('Z', '+00:00')}"
            return _in_utc(dt.datetime.fromisoformat(text))
    except ValueError:
        pass
    raise ValueError("must be a time such as 2026-11-22T04:00:00Z, or an age such as -1h")


def _in_utc(time: dt.datetime) -> dt.datetime:
    """The same time by UTC, or the nearest that UTC has a year for."""
    try:
        return time.astimezone(dt.UTC)
    except OverflowError:
        return _FIRST if time.year == dt.MINYEAR else _LAST


def _http_date(text: str) -> dt.datetime:
    at = None
    if _IMF_FIXDATE.fullmatch(text.strip()):
        with suppress(ValueError, OverflowError):
            at = email.utils.parsedate_to_datetime(text)
    if at is None:
        raise HeaderMalformed(
            "Accept-Datetime: must be a date such as Sun, 22 Nov 2026 04:00:00 GMT"
        )
    return at.astimezone(dt.UTC)
