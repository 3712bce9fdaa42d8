"""Apache Libcloud's Scaleway driver: volumes, snapshots and images made and removed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from libcloud.compute.base import StorageVolume, VolumeSnapshot

from tests.clients.test_libcloud_errors import refused
from tests.clients.test_libcloud_nodes import OF_DOCUMENT_A, create

pytestmark = pytest.mark.clients

GB = 10**9


def ids(listed: list[Any]) -> list[str]:
    return [each.id for each in listed]


def named(found: Any, name: str) -> Any:
    """The one of that name."""
    (one,) = (each for each in found if each.name == name)
    return one


def test_a_volume_is_made_listed_and_destroyed(
    driver: Any, http: httpx2.Client, organization: str
) -> None:
    volume = driver.create_volume(10, "data")
    assert (volume.name, volume.size) == ("data", 10)
    assert volume.extra["organization"] == organization
    (listed,) = driver.list_volumes()
    assert (listed.id, listed.name, listed.size) == (volume.id, "data", 10)
    (shown,) = http.get("/volumes").json()["volumes"]
    assert (shown["id"], shown["size"]) == (volume.id, 10 * GB)
    assert volume.destroy() is True
    assert driver.list_volumes() == []


def test_a_volume_of_ones_own_is_attached_to_a_new_node(driver: Any) -> None:
    volume = driver.create_volume(10, "data")
    (size,) = (found for found in driver.list_sizes() if found.name == "START1-XS")
    size.extra["max_disk"] = 50
    own = [{"id": volume.id, "name": "data", "size": 10 * GB}]
    node = driver.create_node("db", size, driver.get_image(OF_DOCUMENT_A), ex_volumes=own)
    assert node.extra["volumes"] == [{"id": volume.id, "name": "data"}]
    assert [found.id for found in driver.list_volumes()] == [volume.id]


def test_a_snapshot_is_made_listed_and_destroyed(driver: Any, http: httpx2.Client) -> None:
    volume = driver.create_volume(10, "data")
    snapshot = volume.snapshot("before")
    assert snapshot.size == 10
    (listed,) = driver.list_volume_snapshots(volume)
    assert (listed.id, listed.size) == (snapshot.id, 10)
    shown = http.get(f"/snapshots/{snapshot.id}").json()["snapshot"]
    assert (shown["name"], shown["base_volume"]["id"]) == ("before", volume.id)
    assert snapshot.destroy() is True
    assert driver.list_volume_snapshots(volume) == []


def test_an_image_of_a_snapshot_makes_nodes_until_it_is_deleted(
    driver: Any, http: httpx2.Client, organization: str
) -> None:
    snapshot = driver.create_volume(10, "data").snapshot("before")
    asked = {
        "name": "golden",
        "organization": organization,
        "arch": "x86_64",
        "root_volume": snapshot.id,
    }
    assert http.post("/images", json=asked).status_code == 201
    image = named(driver.list_images(), "golden")
    assert driver.get_image(image.id).extra["size"] == 10
    (size,) = (found for found in driver.list_sizes() if found.name == "START1-XS")
    node = driver.create_node("web", size, image)
    assert http.get(f"/servers/{node.id}").json()["server"]["image"] == image.id
    assert driver.delete_image(image) is True
    assert refused(driver, driver.get_image, image.id).status == 404


def test_a_backup_of_a_node_is_an_image(driver: Any) -> None:
    node = create(driver)
    assert driver._action(node.id, "backup") is True
    images = [image.id for image in driver.list_images()]
    assert len(images) == len(set(images))
    assert OF_DOCUMENT_A in images


def test_what_is_not_there_is_told(driver: Any) -> None:
    missing = str(uuid4())
    volume = StorageVolume(missing, "data", 10, driver)
    snapshot = VolumeSnapshot(missing, driver)
    for call, argument in (
        (driver.destroy_volume, volume),
        (driver.destroy_volume_snapshot, snapshot),
    ):
        told = refused(driver, call, argument)
        assert (told.status, told.recorded) == (404, 1)
    told = refused(driver, driver.create_volume_snapshot, volume, "before")
    assert (told.status, told.recorded) == (404, 1)


def test_an_image_of_the_catalogue_is_not_deleted(driver: Any) -> None:
    image = driver.get_image(OF_DOCUMENT_A)
    told = refused(driver, driver.delete_image, image)
    assert (told.status, told.recorded) == (403, 1)
    assert driver.get_image(OF_DOCUMENT_A).name == image.name


def test_a_snapshot_outlives_its_volume(driver: Any) -> None:
    volume = driver.create_volume(20, "data")
    snapshot = driver.create_volume_snapshot(volume, "before")
    driver.destroy_volume(volume)
    assert ids(driver.list_volume_snapshots(volume)) == [snapshot.id]


def test_more_snapshots_and_images_than_a_page_holds_are_all_listed(
    driver: Any, http: httpx2.Client
) -> None:
    volume = driver.create_volume(20, "data")
    made = [
        http.post("/snapshots", json={"name": f"s {n}", "volume_id": volume.id}) for n in range(120)
    ]
    wanted = [answer.json()["snapshot"]["id"] for answer in made]
    assert ids(driver.list_volume_snapshots(volume)) == wanted
    public = len(driver.list_images())
    for snapshot in wanted:
        http.post("/images", json={"name": "i", "root_volume": snapshot})
    assert len(set(ids(driver.list_images()))) == public + 120
