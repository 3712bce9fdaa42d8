"""One process a module; an organization, and so a view of its own, for every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest
from libcloud.compute.providers import get_driver
from libcloud.compute.types import Provider
from scaleway.apis import ComputeAPI

from tests.process import Process, process
from tests.program import issue


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A process that serves this module."""
    with process(tmp_path_factory.mktemp("service")) as started:
        yield started
        assert started.stop() == 0
        assert started.stderr == []


@pytest.fixture
def organization() -> str:
    """An organization that no other test knows."""
    return str(uuid4())


@pytest.fixture
def token(service: Process, organization: str) -> str:
    """The token of a member of it."""
    return issue(service.folder, "member", organization)


@pytest.fixture
def driver(service: Process, organization: str, token: str) -> Iterator[Any]:
    """Libcloud's Scaleway driver, logged in."""
    driver = drive(service, organization, token)
    yield driver
    driver.connection.connection.session.close()


def drive(service: Process, organization: str, token: str) -> Any:
    """A driver pointed at the process: its constructor takes no plain http, its parts do."""
    driver: Any = get_driver(Provider.SCALEWAY)(organization, token)
    found = urlsplit(service.base)
    driver.connection.secure = 0
    driver.connection.host = found.hostname
    driver.connection.port = found.port
    driver.connection.request_path = ""
    driver.connection.connect()
    return driver


@pytest.fixture
def compute(service: Process, token: str) -> Iterator[Any]:
    """scaleway-sdk's compute API, logged in."""
    compute = ComputeAPI(auth_token=token, base_url=f"{service.base}/").query()
    yield compute
    compute._store["session"].close()


@pytest.fixture
def http(service: Process, token: str) -> Iterator[httpx2.Client]:
    """Plain HTTP, logged in."""
    with service.client(token) as client:
        yield client
