"""Apache Libcloud's Scaleway driver in a zone, where volumes stand under their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import httpx2
import pytest
from libcloud.common.exceptions import BaseHTTPError
from libcloud.compute.types import NodeState

from tests.clients.conftest import drive
from tests.process import Process

pytestmark = pytest.mark.clients

OF_DOCUMENT_A: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
ZONE: Final = "/instance/v1/zones/nl-ams-1"


@pytest.fixture
def zoned(service: Process, organization: str, token: str) -> Iterator[Any]:
    """The driver, pointed at a zone."""
    driver = drive(service, organization, token)
    driver.connection.connection.session.close()
    driver.connection.request_path = ZONE
    driver.connection.connect()
    yield driver
    driver.connection.connection.session.close()


def create(driver: Any, name: str = "web", size: str = "START1-S") -> Any:
    sizes = {found.name: found for found in driver.list_sizes()}
    return driver.create_node(name, sizes[size], driver.get_image(OF_DOCUMENT_A), ex_tags=["a"])


def test_a_node_is_made_started_restarted_and_destroyed(zoned: Any, http: httpx2.Client) -> None:
    node = create(zoned)
    volumes = node.extra["volumes"]
    assert [(number, volume["name"]) for number, volume in volumes.items()] == [
        ("0", "ubuntu-22.04-root"),
        ("1", "web-1"),
    ]
    (listed,) = zoned.list_nodes()
    assert (listed.id, listed.state, listed.extra["tags"]) == (node.id, NodeState.RUNNING, ["a"])
    assert node.reboot() is True
    shown = http.get(f"/servers/{node.id}").json()["server"]
    assert (shown["version"], shown["commercial_type"]) == (3, "START1-S")
    assert node.destroy() is True
    assert zoned.list_nodes() == []


def test_every_page_of_nodes_is_followed_below_the_zone(zoned: Any, http: httpx2.Client) -> None:
    body = {"server": {"name": "n", "flavor": "m1.tiny", "image": OF_DOCUMENT_A, "max_count": 100}}
    for _ in range(2):
        http.post("/servers", json=body)
    create(zoned)
    nodes = zoned.list_nodes()
    assert len({node.id for node in nodes}) == len(nodes) == 201


def test_an_image_is_made_of_a_nodes_first_volume(zoned: Any, organization: str) -> None:
    node = create(zoned)
    # The driver takes its own key, an organization, for that of the image.
    image = zoned.create_image(node, "golden")
    assert image.extra["organization"] == organization
    assert "golden" in [found.name for found in zoned.list_images()]
    assert zoned.delete_image(image) is True
    with pytest.raises(BaseHTTPError) as raised:
        zoned.get_image(image.id)
    assert raised.value.code == 404


def test_volumes_and_their_snapshots_are_made_and_removed(zoned: Any) -> None:
    volume = zoned.create_volume(10, "data")
    snapshot = zoned.create_volume_snapshot(volume, "before")
    assert [found.id for found in zoned.list_volume_snapshots(volume)] == [snapshot.id]
    assert zoned.destroy_volume_snapshot(snapshot) is True
    assert zoned.destroy_volume(volume) is True
    assert zoned.list_volumes() == []
