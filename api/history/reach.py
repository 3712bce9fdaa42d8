"""How far the trail has come: what the audit, lists and times of the past are answered as of."""

from __future__ import annotations

import asyncio

from api.http.conditions import min_position
from api.http.exchange import Exchange
from domain.refusals import PositionUnreached

WAIT_S = 2.0


async def followed(exchange: Exchange) -> int:
    """The position up to which the trail can be asked: the end of the log, but for a load.

    Raises `PositionUnreached` where that is before what the caller's answer must not be older than.
    """
    service = exchange.service
    await _reach(exchange, await service.log_position())
    position, wanted = service.follower.position, min_position(exchange)
    if wanted is not None and position < wanted:
        raise _unreached(wanted)
    return position


async def followed_to(exchange: Exchange, wanted: int) -> None:
    """Wait until the trail can be asked up to a position. Raises `PositionUnreached`."""
    if not await _reach(exchange, wanted):
        raise _unreached(wanted)


async def _reach(exchange: Exchange, wanted: int) -> bool:
    reached = await exchange.service.progress.reach(wanted, WAIT_S)
    # What this turn of the loop has read may be of before: what is asked now is read in the next.
    await asyncio.sleep(0)
    return reached


def _unreached(wanted: int) -> PositionUnreached:
    return PositionUnreached(f"the trail has not reached position {wanted}; try again")
