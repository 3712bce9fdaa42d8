"""Fixtures of the read side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.stores import Kept, kept


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Kept]:
    """An open, empty store."""
    with kept(tmp_path) as store:
        yield store
