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

from tests.clients.beside import Client, Program, javascript_program, python_program, running
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


@pytest.fixture(scope="module")
def openstacksdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The process of openstacksdk."""
    command = python_program("openstack", "openstacksdk")
    with running(command, tmp_path_factory.mktemp("openstacksdk")) as program:
        yield program


@pytest.fixture
def cloud(openstacksdk: Program, service: Process, token: str) -> Client:
    """A connection of openstacksdk with the compute endpoint and a token, and nothing else."""
    return cloud_of(openstacksdk, service, token)


def cloud_of(openstacksdk: Program, service: Process, token: str) -> Client:
    """A connection of openstacksdk with the compute endpoint and that token."""
    auth = {"endpoint": f"{service.base}/v2.1", "token": token}
    return openstacksdk.connect(auth_type="admin_token", auth=auth)


@pytest.fixture(scope="module")
def novaclient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The process of python-novaclient."""
    command = python_program("openstack", "novaclient")
    with running(command, tmp_path_factory.mktemp("novaclient")) as program:
        yield program


@pytest.fixture
def nova(novaclient: Program, service: Process, token: str) -> Client:
    """A client of python-novaclient with the compute endpoint and a token."""
    return novaclient.connect(f"{service.base}/v2.1", token)


@pytest.fixture(scope="module")
def scaleway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The process of Scaleway's Python client of today."""
    command = python_program("scaleway", "scaleway")
    with running(command, tmp_path_factory.mktemp("scaleway")) as program:
        yield program


@pytest.fixture
def instances(scaleway: Program, service: Process, organization: str, token: str) -> Client:
    """Its Instance API, in one zone."""
    return instances_of(scaleway, service, organization, token)


def instances_of(scaleway: Program, service: Process, organization: str, token: str) -> Client:
    """The Instance API in one zone, for an organization and with that token."""
    return scaleway.connect(
        service.base, token, default_organization_id=organization, default_zone="fr-par-1"
    )


@pytest.fixture(scope="module")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The process of Scaleway's JavaScript client."""
    with running(javascript_program(), tmp_path_factory.mktemp("javascript")) as program:
        yield program


@pytest.fixture
def sdk(javascript: Program, service: Process, organization: str, token: str) -> Client:
    """Its Instance API, in one zone."""
    return sdk_of(javascript, service, organization, token)


def sdk_of(javascript: Program, service: Process, organization: str, token: str) -> Client:
    """The Instance API in one zone, for an organization and with that token."""
    return javascript.connect(
        {
            "apiURL": service.base,
            "secretKey": token,
            "defaultOrganizationId": organization,
            "defaultZone": "fr-par-1",
        }
    )


@pytest.fixture
def http(service: Process, token: str) -> Iterator[httpx2.Client]:
    """Plain HTTP, logged in."""
    with service.client(token) as client:
        yield client
