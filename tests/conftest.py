"""Fixtures that all tests share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.support import Api, running


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """What a test sends log lines to is of no concern to the next."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """A running service over an empty store."""
    with running(tmp_path) as api:
        yield api
