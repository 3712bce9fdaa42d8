"""The Scaleway dialect by name, and its zones.

There is one place here, and every zone is a name for it: which one stands in a path, what is shown
is said to be in.
"""

from __future__ import annotations

from typing import Final

from api.http.dialects import Dialect
from api.http.exchange import Exchange

ZONE: Final = "[a-z]{2}-[a-z]{3}-[1-9]"
MOUNT: Final = "/instance/v1/zones/{zone}"


class ScalewayDialect(Dialect):
    """The dialect of zones, which refuses as the root does: that form is of its family."""

    name = "scaleway"
    segment = "instance"
    strict_queries = False
    segments = {"zone": ZONE}  # noqa: RUF012  # a class's own, and never changed


SCALEWAY: Final = ScalewayDialect()


def zone_of(exchange: Exchange) -> str:
    """The zone of the path."""
    zone: str = exchange.scope["path_params"]["zone"]
    return zone


def location_of(exchange: Exchange, kind: str, id_: str) -> tuple[bytes, bytes]:
    """`Location`: where something is found in the zone of the request."""
    mount = MOUNT.replace("{zone}", zone_of(exchange))
    return b"location", f"{mount}/{kind}/{id_}".encode()
