"""Where the service is, as its caller reaches it: links in bodies are absolute."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from api.http.exchange import Exchange
from api.http.refusals import HeaderMalformed

_HOST: Final = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
)


def base_url(exchange: Exchange) -> str:
    """The URL that all paths stand behind, without a slash at its end: configured, or as asked for.

    Raises `HeaderMalformed` for a `Host` that is none.
    """
    configured = exchange.service.settings.public_url
    if configured:
        return configured
    host, scheme = exchange.header(b"host"), exchange.scope["scheme"]
    if not host:  # HTTP/1.0
        server = exchange.scope.get("server") or ("localhost", None)
        host = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
        return f"{scheme}://{host}"
    return _url(scheme, host)


@lru_cache(64)  # nearly all ask for the same
def _url(scheme: str, host: str) -> str:
    if not _HOST.fullmatch(host):
        raise HeaderMalformed("Host: must be a name or an address, with a port or without")
    return f"{scheme}://{host}"
