"""One request and what is known of it on its way: headers, caller, path, query, body."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from starlette.types import Message, Receive, Scope

from api.http.body import BodyError, is_json_content_type, parse_object
from api.http.refusals import (
    BodyMalformed,
    BodyTooLarge,
    BodyUnsupported,
    HeaderMalformed,
    PathMalformed,
)
from domain.access import Caller

if TYPE_CHECKING:
    from api.app import Service
    from api.http.dialects import Dialect

IDEMPOTENCY_KEY_MAX_CHARACTERS: Final = 255
# No version ff, nothing behind the flags of version 00, and no id of zeros alone.
_TRACEPARENT: Final = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.{0,200})?"
)
_ENCODED: Final = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
_VISIBLE: Final = re.compile(r"[!-~]+")


class Exchange:
    """A request being answered. `dialect` is that of its path; `caller` is set once it is known."""

    __slots__ = (
        "_headers",
        "caller",
        "dialect",
        "receive",
        "received_at",
        "request_id",
        "route",
        "scope",
        "service",
        "status",
    )

    caller: Caller
    dialect: Dialect

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        service: Service,
        request_id: str,
        received_at: dt.datetime,
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.service = service
        self.request_id = request_id
        self.received_at = received_at
        self.route = ""
        self.status = 0
        self._headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            before = self._headers.get(name)
            self._headers[name] = value if before is None else b"%b, %b" % (before, value)

    @property
    def method(self) -> str:
        """The method as sent."""
        method: str = self.scope["method"]
        return method

    @property
    def target(self) -> str:
        """The path as sent, still encoded."""
        return bytes(self.scope["raw_path"]).decode("latin-1")

    @property
    def source_address(self) -> str | None:
        """Where the request came from."""
        client = self.scope.get("client")
        return client[0] if client else None

    def header(self, name: bytes) -> str | None:
        """The value of a header, lower-case `name`; several of one name are joined by commas."""
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    def segment(self, name: str) -> str:
        """A segment of the path, decoded. Raises `PathMalformed`."""
        return decode_segment(self.scope["path_params"][name])

    @property
    def traceparent(self) -> str | None:
        """The W3C trace context, if it is one."""
        value = self.header(b"traceparent")
        return value if value is not None and _TRACEPARENT.fullmatch(value) else None

    @property
    def idempotency_key(self) -> str | None:
        """The key under which the request may be repeated. Raises `HeaderMalformed`."""
        value = self.header(b"idempotency-key")
        if value is not None and not (
            len(value) <= IDEMPOTENCY_KEY_MAX_CHARACTERS and _VISIBLE.fullmatch(value)
        ):
            raise HeaderMalformed(
                "Idempotency-Key: must be 1 to "
                f"{IDEMPOTENCY_KEY_MAX_CHARACTERS} visible ASCII characters"
            )
        return value

    async def read_object(self) -> tuple[dict[str, Any], str]:
        """The body as a JSON object, and the SHA-256 of its bytes.

        Raises `BodyTooLarge`, `BodyUnsupported` or `BodyMalformed`, in this order.
        """
        raw = await self._read_body()
        if not is_json_content_type(self.header(b"content-type")):
            raise BodyUnsupported("the body must be JSON: application/json")
        try:
            return parse_object(raw), hashlib.sha256(raw).hexdigest()
        except BodyError as error:
            raise BodyMalformed(f"the body cannot be read: {error}") from error

    async def _read_body(self) -> bytes:
        most = self.service.settings.body_max_bytes
        announced = self.header(b"content-length")
        if announced is not None and int(announced) > most:
            raise BodyTooLarge(f"the body may have {most} bytes at the most")
        message: Message = await self.receive()
        body: bytes = message.get("body", b"")
        while message.get("more_body", False):
            if len(body) > most:
                break
            message = await self.receive()
            if message["type"] == "http.disconnect":
                # What came may read as a whole object all the same, and was not asked for.
                raise BodyMalformed("the body was cut off")
            body += message.get("body", b"")
        if len(body) > most:
            raise BodyTooLarge(f"the body may have {most} bytes at the most")
        return body


def decode_segment(raw: str) -> str:
    """One segment of a path, decoded once and strictly. Raises `PathMalformed`."""
    if "%" not in raw and raw.isascii():
        return raw
    if not _ENCODED.fullmatch(raw):
        raise PathMalformed("the path has a stray per cent sign")
    try:
        text = unquote_to_bytes(raw.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        raise PathMalformed("the path is not UTF-8") from None
    if "\0" in text:
        raise PathMalformed("the path has a NUL")
    return text
