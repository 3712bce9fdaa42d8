"""One request and its answer on a connection: uvicorn's cycle, with each answer written at once.

uvicorn writes a head and a body apart: two system calls, and often two packets, for each answer. As
ASGI has it, the head waits here for the first part of the body.
"""

from __future__ import annotations

from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

CUT: Final = "rackledger.cut"
"""The type of a message of ours: break off the answer, and the connection with it."""
_BODILESS: Final = frozenset({204, 304})
_LINES_BESIDE_HEADERS: Final = 2  # the status line, and the empty one at the end


class Cycle(RequestResponseCycle):
    """Sends what the application answers. Headers come in lower case, as ASGI asks."""

    _head = b""

    @property
    def on_wire(self) -> bool:
        """Whether anything of the answer was sent: a head that waits for its body was not."""
        return self.response_started and not self._head

    async def send(self, message: Any) -> None:
        """Take a message of the application. Raises `RuntimeError` for one out of its turn."""
        if message["type"] == CUT:
            # Not closed: that would wait for a reader who takes nothing in, and keep its place.
            self.response_complete = True
            self.message_event.set()
            self.transport.abort()
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.start" and not self.response_started:
            self.response_started = True
            self.waiting_for_100_continue = False
            self._head = self._render_head(message["status"], message.get("headers", ()))
        elif kind == "http.response.body" and self.response_started and not self.response_complete:
            self._write(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"{kind} sent out of its turn")

    def _render_head(self, status: int, headers: Any) -> bytes:
        content = [STATUS_LINE[status]]
        lines = _LINES_BESIDE_HEADERS
        for name, value in (*self.default_headers, *headers):
            if name == b"content-length":
                self.expected_content_length = int(value)
                self.chunked_encoding = False
            elif name == b"connection" and value == b"close":
                self.keep_alive = False
                continue
            content += (name, b": ", value, b"\r\n")
            lines += 1
        if not self.keep_alive:
            content.append(b"connection: close\r\n")
            lines += 1
        if self.chunked_encoding is None and not self._bodiless(status):
            self.chunked_encoding = True
            content.append(b"transfer-encoding: chunked\r\n")
            lines += 1
        content.append(b"\r\n")
        head = b"".join(content)
        if not head.count(b"\n") == head.count(b"\r") == lines:
            raise RuntimeError("a header holds a line break")
        return head

    def _bodiless(self, status: int) -> bool:
        return status in _BODILESS or self.scope["method"] == "HEAD"

    def _write(self, body: bytes, *, more: bool) -> None:
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            body = b""
        elif self.chunked_encoding:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                body += b"0\r\n\r\n"
        else:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("a body longer than its Content-Length")
        self.transport.writelines((self._head, body))
        self._head = b""
        if more:
            return
        if self.expected_content_length:
            raise RuntimeError("a body shorter than its Content-Length")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        cast("Any", self).on_response()
