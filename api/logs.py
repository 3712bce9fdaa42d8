"""The service's own log: one line of JSON an event, on standard error, the libraries' too."""

from __future__ import annotations

import io
import logging
from contextlib import suppress
from typing import Final, TextIO, cast

import structlog

_SHARED: Final = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.processors.format_exc_info,
)


class _Forgiving(io.TextIOBase):
    """A stream whose failures are nobody's: no request is answered worse for a lost line."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if self._stream is not None:
            with suppress(OSError, ValueError):  # it is full, or closed
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            with suppress(OSError, ValueError):
                self._stream.flush()


def log_to(given: TextIO | None) -> None:
    """Send every log line to a stream, if there is one; what it does not take is lost."""
    stream = cast("TextIO", _Forgiving(given))
    structlog.configure(
        processors=[*_SHARED, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[*_SHARED],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
