"""What holds every test to closing its connections does see those that are left open."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.connections import are_open, close_left
from tests.databases import database_url


@pytest.mark.parametrize("url", ["sqlite:///{}/other.db", ""], ids=["a file", "as the others"])
def test_one_that_is_left_open_is_told_with_where_it_was_opened(tmp_path: Path, url: str) -> None:
    engine = sa.create_engine(url.format(tmp_path) or database_url(tmp_path))
    left, closed = engine.raw_connection(), engine.raw_connection()
    left.detach()
    closed.close()
    engine.dispose()
    assert are_open()
    (where,) = close_left()
    assert where.startswith("tests/commands/test_connections.py:17")
    assert not are_open()
    assert close_left() == []
