"""Apache Libcloud's OpenStack driver, in both its versions, with a token and logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import uuid4

import httpx2
import pytest
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeState, Provider

from tests.process import Process
from tests.program import issue

pytestmark = pytest.mark.clients

OF_DOCUMENT_A: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
VERSIONS: Final = ("1.1", "2.2")
"""Of the driver: the first asks the compute service for images, the second the image service."""

Drive = Callable[..., Any]


@pytest.fixture
def drive(service: Process, organization: str) -> Iterator[Drive]:
    """What makes drivers of the module's process, which log in if they have a name."""
    drivers = []

    def drive(token: str, version: str = "1.1", name: str = "") -> Any:
        without_login = {
            "ex_force_auth_token": token,
            "ex_force_base_url": f"{service.base}/v2.1",
            "ex_force_image_url": f"{service.base}/image",
        }
        driver = get_driver(Provider.OPENSTACK)(
            name,
            token,
            secure=False,
            api_version=version,
            ex_force_auth_url=f"{service.base}/identity",
            ex_force_auth_version="3.x_password",
            ex_force_service_region="RegionOne",
            ex_tenant_name=organization,
            **({} if name else without_login),
        )
        drivers.append(driver)
        return driver

    yield drive
    for driver in drivers:
        for name in ("connection", "image_connection"):
            spoken: Any = getattr(driver, name, None)
            for held in (spoken, getattr(spoken, "_osa", None)):
                if held is not None and held.connection is not None:
                    held.connection.session.close()


def make(driver: Any, name: str = "web", **options: Any) -> Any:
    size = driver.ex_get_size("2")
    return driver.create_node(
        name=name, size=size, image=driver.get_image(OF_DOCUMENT_A), **options
    )


def root(http: httpx2.Client, node: Any) -> Any:
    """The server as the root dialect shows it."""
    return http.get(f"/servers/{node.id}").json()["server"]


def status(call: Callable[..., Any], *arguments: Any) -> int:
    """The status that a refused call tells."""
    with pytest.raises(BaseHTTPError) as raised:
        call(*arguments)
    return int(raised.value.code)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_node_is_made_and_listed(
    drive: Drive, token: str, version: str, http: httpx2.Client, organization: str
) -> None:
    driver = drive(token, version)
    assert driver.list_nodes() == []
    node = make(driver, ex_metadata={"role": "web"})
    assert (node.name, node.state, node.public_ips, node.private_ips) == (
        "web",
        NodeState.RUNNING,
        [],
        [],
    )
    (listed,) = driver.list_nodes()
    assert listed.id == node.id
    assert listed.extra["metadata"] == {"role": "web"}
    assert listed.extra["tenantId"] == organization
    assert (listed.extra["imageId"], listed.extra["flavorId"]) == (OF_DOCUMENT_A, "2")
    shown = root(http, node)
    assert (shown["name"], shown["state"], shown["metadata"]) == ("web", "running", {"role": "web"})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_long_list_is_listed_whole(
    drive: Drive, token: str, version: str, http: httpx2.Client
) -> None:
    for name, count in (("a", 100), ("b", 5)):
        asked = {"name": name, "flavor": "m1.tiny", "image": "x", "max_count": count}
        http.post("/servers", json={"server": asked})
    shown = http.get("/servers").json()["servers"]
    listed = drive(token, version).list_nodes()
    assert [node.id for node in listed] == [server["id"] for server in reversed(shown)]


def test_a_node_is_stopped_started_and_restarted(
    drive: Drive, token: str, http: httpx2.Client
) -> None:
    driver = drive(token)
    node = make(driver)
    seen = []
    for call in (
        driver.stop_node,
        driver.start_node,
        driver.reboot_node,
        driver.ex_soft_reboot_node,
        driver.ex_hard_reboot_node,
    ):
        assert call(node) is True
        listed = driver.ex_get_node_details(node.id)
        seen.append((listed.state, root(http, node)["state"], root(http, node)["version"]))
    assert seen == [
        (NodeState.STOPPED, "stopped", 2),
        (NodeState.RUNNING, "running", 3),
        (NodeState.RUNNING, "running", 4),
        (NodeState.RUNNING, "running", 5),
        (NodeState.RUNNING, "running", 6),
    ]


def test_a_node_is_renamed_and_described(drive: Drive, token: str, http: httpx2.Client) -> None:
    driver = drive(token)
    node = make(driver, ex_metadata={"role": "web"})
    assert driver.ex_set_server_name(node, "db").name == "db"
    assert driver.ex_set_metadata(node, {"stage": "live"}) == {"stage": "live"}
    assert driver.ex_get_metadata(node) == {"stage": "live"}
    shown = root(http, node)
    assert (shown["name"], shown["metadata"]) == ("db", {"stage": "live"})


@pytest.mark.parametrize("version", VERSIONS)
def test_an_image_is_made_of_a_node(
    drive: Drive, token: str, version: str, http: httpx2.Client
) -> None:
    driver = drive(token, version)
    image = driver.create_image(make(driver), "golden", {"stage": "live"})
    assert image.name == "golden"
    assert image.id in [listed.id for listed in driver.list_images()]
    again = driver.create_node(name="again", size=driver.ex_get_size("2"), image=image)
    assert root(http, again)["image"] == image.id


@pytest.mark.parametrize("version", VERSIONS)
def test_images_and_sizes_are_those_of_the_root(
    drive: Drive, token: str, version: str, http: httpx2.Client
) -> None:
    driver = drive(token, version)
    images = {image["id"]: image["name"] for image in http.get("/images").json()["images"]}
    assert {image.id: image.name for image in driver.list_images()} == images
    flavors = http.get("/flavors").json()["flavors"]
    listed = [(size.id, size.name, size.ram, size.disk, size.vcpus) for size in driver.list_sizes()]
    assert listed == [tuple(flavor.values()) for flavor in flavors]


def test_a_destroyed_node_is_gone_and_the_others_stay(
    drive: Drive, token: str, http: httpx2.Client
) -> None:
    driver = drive(token)
    first, second, third = (make(driver, name) for name in ("a", "b", "c"))
    assert second.destroy() is True
    assert [node.id for node in driver.list_nodes()] == [third.id, first.id]
    assert http.get(f"/servers/{second.id}").status_code == 404
    assert driver.ex_get_node_details(second.id) is None


def test_every_refusal_is_told(
    drive: Drive, token: str, organization: str, service: Process
) -> None:
    driver = drive(token)
    node = make(driver)
    assert status(driver.start_node, node) == 409
    assert status(driver.ex_set_server_name, node, "x" * 256) == 400
    assert status(make, driver, "x" * 256) == 400
    reader = drive(issue(service.folder, "reader", organization))
    assert status(reader.stop_node, node) == 403
    other = drive(issue(service.folder, "member", str(uuid4())))
    assert status(other.destroy_node, node) == 404
    assert status(drive(str(uuid4())).list_nodes) == 401
    assert [listed.id for listed in driver.list_nodes()] == [node.id]


@pytest.mark.parametrize("version", VERSIONS)
def test_who_logs_in_finds_the_services_in_the_catalogue(
    drive: Drive, service: Process, organization: str, version: str
) -> None:
    name = f"alice {organization}"
    password = issue(service.folder, "member", organization, name=name)
    driver = drive(password, version, name)
    node = make(driver)
    assert [listed.id for listed in driver.list_nodes()] == [node.id]
    assert OF_DOCUMENT_A in [image.id for image in driver.list_images()]
    with pytest.raises(InvalidCredsError):
        drive(str(uuid4()), version, name).list_nodes()
