"""Conditional requests (RFC 9110): ETags, If-Match and If-None-Match, X-Min-Position."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Final

from api.http.exchange import Exchange
from api.http.refusals import HeaderMalformed
from commands.request import IfMatch
from domain.refusals import PositionUnreached

POSITION_WAIT_S: Final = 2.0
_POLL_S: Final = 0.02
POSITION_MAX: Final = 2**63 - 1
_POSITION_DIGITS_MAX: Final = len(str(POSITION_MAX))
_TAG: Final = re.compile(r'(W/)?"([!#-~\x80-\xff]*)"')  # RFC 9110, 8.8.3
_TAGS: Final = re.compile(rf"\s*{_TAG.pattern}\s*(?:,\s*{_TAG.pattern}\s*)*")


def etag(server_id: str, version: int) -> tuple[bytes, bytes]:
    """The strong ETag: a name can come to mean another server, so a version would not do."""
    return b"etag", f'"{server_id}:{version}"'.encode()


def if_match(exchange: Exchange) -> IfMatch | None:
    """What the caller expects of the server it writes to. Weak tags match nothing.

    Raises `HeaderMalformed`.
    """
    value = exchange.header(b"if-match")
    if value is None:
        return None
    if value.strip() == "*":
        return IfMatch(frozenset(), any=True)
    return IfMatch(frozenset(tag for weak, tag in _tags("If-Match", value) if not weak))


def not_modified(exchange: Exchange, server_id: str, version: int) -> bool:
    """Whether the caller has this very version already. Raises `HeaderMalformed`."""
    return has_tag(exchange, f"{server_id}:{version}")


def has_tag(exchange: Exchange, present: str) -> bool:
    """Whether the caller has what bears this tag already. Raises `HeaderMalformed`."""
    value = exchange.header(b"if-none-match")
    if value is None:
        return False
    if value.strip() == "*":
        return True
    return any(tag == present for _, tag in _tags("If-None-Match", value))


def _tags(header: str, value: str) -> list[tuple[str, str]]:
    if not _TAGS.fullmatch(value):
        raise HeaderMalformed(f'{header}: must be * or a list of entity tags such as "…"')
    return _TAG.findall(value)


def min_position(exchange: Exchange) -> int | None:
    """The position that the caller's answer must not be older than. Raises `HeaderMalformed`."""
    value = exchange.header(b"x-min-position")
    if value is None:
        return None
    # By its length first: Python refuses to read thousands of digits with an error of its own.
    readable = value.isascii() and value.isdigit() and len(value) <= _POSITION_DIGITS_MAX
    if not readable or int(value) > POSITION_MAX:
        raise HeaderMalformed("X-Min-Position: must be a position, a whole number from 0 on")
    return int(value)


async def await_position(exchange: Exchange, current: Callable[[], Awaitable[int]]) -> None:
    """Wait until the log has reached the position that the caller's answer must not be older than.

    Raises `HeaderMalformed`, or `PositionUnreached` after `POSITION_WAIT_S`.
    """
    wanted = min_position(exchange)
    if wanted is None:
        return
    deadline = time.monotonic() + POSITION_WAIT_S
    while await current() < wanted:
        if time.monotonic() > deadline:
            raise PositionUnreached(f"the log has not reached position {wanted}; try again")
        await asyncio.sleep(_POLL_S)
