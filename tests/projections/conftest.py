"""Fixtures of the read side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.commands import PowerOnServer
from tests.commands.stores import Kept, kept
from tests.support import ELSEWHERE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Kept]:
    """An open, empty store."""
    with kept(tmp_path) as store:
        yield store


@pytest.fixture
def four(store: Kept) -> Kept:
    """Four servers, b and c of another organization; d runs."""
    store.create("a", tags=("x", "y"), image="i", flavor="f")
    store.create("b", ELSEWHERE, tags=("x",), image="i")
    store.create("c", ELSEWHERE, tags=("y",), flavor="f")
    store.create("d", tags=("x", "y", "z"))
    store.write(PowerOnServer(), "d")
    return store
