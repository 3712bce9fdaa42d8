"""What all tests share: fixtures, and how Hypothesis goes about its examples.

Two profiles: `quick` for every check, `long` for the nights (`HYPOTHESIS_PROFILE=long`). Both are
random, and print the blob that repeats a failure. There is no deadline: a machine under load is
slow, not wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.connections import are_open, close_left, watch_connections
from tests.databases import ON_POSTGRES, disconnect, drop_schemas, made, start_server, stop_server
from tests.properties.profile import PROFILE, times
from tests.support import Api, running

for name in ("quick", "long"):
    settings.register_profile(
        name,
        max_examples=times(60, 2_000),
        deadline=None,
        derandomize=False,
        print_blob=True,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )
settings.load_profile(PROFILE)


def pytest_configure(config: pytest.Config) -> None:
    """Start the database server, once: the processes that share the tests out inherit its name."""
    config.stash[_SERVER] = start_server()
    watch_connections()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop it."""
    disconnect()
    server = config.stash.get(_SERVER, None)
    if server is not None:
        stop_server(server)


_SERVER: Final = pytest.StashKey[Any]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what is about the other kind of database."""
    other = "sqlite" if ON_POSTGRES else "postgresql"
    for item in items:
        if item.get_closest_marker(other):
            item.add_marker(pytest.mark.skip(reason=f"about {other}"))
        elif ON_POSTGRES and item.get_closest_marker("once"):
            item.add_marker(pytest.mark.skip(reason="it regards no database"))


@pytest.fixture(scope="module", autouse=True)
def _databases_of_all() -> Iterator[None]:
    """What the tests of a file share goes with the last of them."""
    kept = made()
    yield
    left = close_left()
    drop_schemas(kept)
    assert not left, "what the tests of this file share left connections open"


@pytest.fixture(autouse=True)
def _own_databases() -> Iterator[None]:
    """What a test stores goes with it, and the connections that it opened are closed."""
    kept = made()
    shared = are_open()  # by what all tests of the file share: looked at behind the last of them
    yield
    left = [] if shared else close_left()
    drop_schemas(kept)
    assert not left, "the test left connections open"


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
