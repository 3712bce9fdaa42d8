"""The service's own log: one line of JSON an event, on standard error, the libraries' too."""

from __future__ import annotations

import logging
from typing import Final, TextIO

import structlog

_SHARED: Final = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.processors.format_exc_info,
)


def log_to(stream: TextIO) -> None:
    """Send every log line to `stream`."""
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
