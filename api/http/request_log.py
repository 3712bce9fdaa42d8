"""The request log: one line of JSON a request, written off the serving thread.

It alone tells of what never became a command. It never holds a token, a body or a query.
"""

from __future__ import annotations

import queue
import sys
import threading
from typing import IO, Any, Final

import orjson

from api.http.exchange import Exchange

LINES_MAX: Final = 10_000
_GATHER_S: Final = 0.05
"""How long lines gather before they are written: woken for each line, the thread would contend with
the serving one for every request."""


class RequestLog:
    """Writes lines from its own thread; past `LINES_MAX` waiting ones, drops them and says so."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._queue: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._dropped = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write, name="request-log", daemon=True)
        self._thread.start()

    def add(self, exchange: Exchange, seconds: float) -> None:
        """Log one answered request."""
        if self._queue.qsize() >= LINES_MAX:
            self._dropped += 1
            return
        caller = getattr(exchange, "caller", None)
        self._queue.put(
            (
                exchange.received_at,
                exchange.method,
                exchange.scope["raw_path"],
                exchange.status,
                seconds,
                exchange.request_id,
                caller.principal_id if caller else None,
                exchange.source_address,
            )
        )

    def close(self) -> None:
        """Write what waits, then end."""
        self._queue.put(None)
        self._closing.set()
        self._thread.join()

    def _write(self) -> None:
        ended = False
        while not ended:
            rows = [self._queue.get()]
            self._closing.wait(_GATHER_S)
            rows += [self._queue.get() for _ in range(self._queue.qsize())]
            ended = None in rows
            lines = b"\n".join(_line(*row) for row in rows if row is not None)
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                lines += b'\n{"event":"request_log.dropped","lines":%d}' % dropped
            if lines:
                self._stream.write(lines.decode() + "\n")
                self._stream.flush()


def _line(
    at: Any,
    method: str,
    path: bytes,
    status: int,
    seconds: float,
    request_id: str,
    principal_id: str | None,
    source: str | None,
) -> bytes:
    return orjson.dumps(
        {
            "at": at,
            "method": method,
            "path": path.decode("latin-1"),
            "status": status,
            "duration_ms": round(seconds * 1000, 2),
            "request_id": request_id,
            "principal_id": principal_id,
            "source": source,
        }
    )
