"""What the head of a request may be: bounded, and of one meaning to whoever reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import httptools

from api.http.turning_away import Refused, head_too_large, malformed

_PATH: Final = re.compile(rb"/[!\"$-~]*")
"""ASCII without spaces, controls and `#`: what else is meant must be encoded."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one client may cost before its first request is understood."""

    head_max_bytes: int = 32 * 1024
    header_count_max: int = 100
    read_deadline_s: float = 30.0
    connections_max: int = 1000

    @property
    def head_words(self) -> str:
        """What to say of a head past its limit."""
        return f"the head or the trailers exceed {self.head_max_bytes} bytes"


def check_head(
    parser: httptools.HttpRequestParser,
    target: bytes,
    headers: list[tuple[bytes, bytes]],
    limits: ConnectionLimits,
) -> None:
    """Raise `Refused` for a head too large, or one that llhttp takes and others may not."""
    method = parser.get_method()
    version = parser.get_http_version()
    size_bytes = len(method) + len(target) + len(b"  HTTP/1.1\r\n\r\n")
    host_count = 0
    encodings = []
    for name, value in headers:
        size_bytes += len(name) + len(value) + len(b": \r\n")
        if name == b"host":
            host_count += 1
        elif name == b"transfer-encoding":
            encodings.append(value.lower())
    if size_bytes > limits.head_max_bytes:
        raise Refused(head_too_large(limits.head_words))
    if len(headers) > limits.header_count_max:
        raise Refused(head_too_large(f"more than {limits.header_count_max} headers"))
    if version not in {"1.1", "1.0"}:
        raise Refused(malformed("the version is neither HTTP/1.1 nor HTTP/1.0"))
    if method == b"CONNECT" or not _PATH.fullmatch(target):
        raise Refused(malformed("the request target is not a path"))
    if host_count != 1 and (host_count or version == "1.1"):
        raise Refused(malformed("there is not exactly one Host header"))
    if encodings and (encodings != [b"chunked"] or version == "1.0"):
        raise Refused(malformed("Transfer-Encoding is not chunked in HTTP/1.1"))
