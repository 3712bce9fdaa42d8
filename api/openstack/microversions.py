"""Microversions: the versions within `/v2.1`, of which the first alone is spoken."""

from __future__ import annotations

import re
from typing import Final

from api.http.answer import Headers
from api.http.exchange import Exchange
from api.http.refusals import HeaderMalformed, MicroversionUnsupported

SPOKEN: Final = "2.1"
MICROVERSION: Final[Headers] = (
    (b"openstack-api-version", f"compute {SPOKEN}".encode()),
    (b"x-openstack-nova-api-version", SPOKEN.encode()),
    (b"vary", b"OpenStack-API-Version, X-OpenStack-Nova-API-Version"),
)
_VERSION: Final = re.compile(r"[1-9][0-9]{0,9}\.(0|[1-9][0-9]{0,9})")


def check_microversion(exchange: Exchange) -> None:
    """Refuse what asks for another. Raises `HeaderMalformed` or `MicroversionUnsupported`.

    `OpenStack-API-Version` counts before the older header, which knows no service but this.
    """
    asked = _asked(exchange.header(b"openstack-api-version"))
    if asked is None:
        asked = exchange.header(b"x-openstack-nova-api-version")
    if asked is None:
        return
    asked = asked.strip()
    if asked in {SPOKEN, "latest"}:
        return
    if not _VERSION.fullmatch(asked):
        raise HeaderMalformed(
            f"API Version String {asked[:80]} is of invalid format. "
            "Must be of format MajorNum.MinorNum."
        )
    raise MicroversionUnsupported(
        f"Version {asked} is not supported by the API. Minimum is {SPOKEN} and maximum is {SPOKEN}."
    )


def _asked(value: str | None) -> str | None:
    """What the header asks of this service: of several for it, the last."""
    if value is None:
        return None
    found = None
    for part in value.split(","):
        service, _, version = part.strip().partition(" ")
        if service.lower() == "compute":
            found = version
    return found
