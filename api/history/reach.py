"""How far the trail has come: what the audit, the events and times are answered as of."""

from __future__ import annotations

from api.http.conditions import min_position
from api.http.exchange import Exchange
from domain.refusals import PositionUnreached


async def followed(exchange: Exchange) -> int:
    """The position up to which the trail can be asked, which is the end of the log but for a load.

    Raises `PositionUnreached` where that is before what the caller's answer must not be older than.
    """
    position = await exchange.service.followed()
    wanted = min_position(exchange)
    if wanted is not None and position < wanted:
        raise PositionUnreached(f"the trail has not reached position {wanted}; try again")
    return position


async def followed_to(exchange: Exchange, wanted: int) -> None:
    """Wait until the trail can be asked up to a position. Raises `PositionUnreached`."""
    if await exchange.service.followed() < wanted:
        raise PositionUnreached(f"the trail has not reached position {wanted}; try again")
