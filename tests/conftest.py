"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Api, running


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """A running service over an empty store."""
    with running(tmp_path) as api:
        yield api
