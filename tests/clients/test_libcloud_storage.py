"""Apache Libcloud's Scaleway driver: volumes, snapshots and images made and removed."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from libcloud.common.exceptions import BaseHTTPError
from libcloud.compute.types import VolumeSnapshotState

from tests.clients.test_libcloud_nodes import create

pytestmark = pytest.mark.clients


def ids(listed: list[Any]) -> list[str]:
    return [each.id for each in listed]


def test_a_volume_is_made_snapshot_and_removed(driver: Any, organization: str) -> None:
    volume = driver.create_volume(20, "data")
    assert (volume.name, volume.size) == ("data", 20)
    assert volume.extra["organization"] == organization
    assert volume.extra["volume_type"] == "l_ssd"
    assert ids(driver.list_volumes()) == [volume.id]
    other = driver.create_volume(10, "other")
    snapshot = driver.create_volume_snapshot(volume, "before")
    assert snapshot.state == VolumeSnapshotState.AVAILABLE
    assert (snapshot.size, snapshot.extra["organization"]) == (20, organization)
    assert ids(driver.list_volume_snapshots(volume)) == [snapshot.id]
    assert driver.list_volume_snapshots(other) == []
    assert driver.destroy_volume_snapshot(snapshot)
    assert driver.list_volume_snapshots(volume) == []
    for each in (volume, other):
        assert driver.destroy_volume(each)
    assert driver.list_volumes() == []


def test_a_snapshot_outlives_its_volume(driver: Any) -> None:
    volume = driver.create_volume(20, "data")
    snapshot = driver.create_volume_snapshot(volume, "before")
    driver.destroy_volume(volume)
    assert ids(driver.list_volume_snapshots(volume)) == [snapshot.id]


def test_a_node_s_backup_is_an_image_that_outlives_it(driver: Any, http: httpx2.Client) -> None:
    public = ids(driver.list_images())
    node = create(driver)
    for name in ("nightly", "weekly"):
        body = {"action": "backup", "name": name}
        assert http.post(f"/servers/{node.id}/action", json=body).status_code == 202
    assert driver.destroy_node(node)
    nightly, weekly = driver.list_images()[len(public) :]
    assert (nightly.name, weekly.name) == ("nightly", "weekly")
    assert driver.get_image(nightly.id).extra == nightly.extra
    assert driver.delete_image(nightly)
    assert ids(driver.list_images()) == [*public, weekly.id]
    (size,) = (found for found in driver.list_sizes() if found.name == "START1-XS")
    size.extra["max_disk"] = 50  # a backup's size is unknown where its server has no volume
    again = driver.create_node("again", size, weekly)
    assert http.get(f"/servers/{again.id}").json()["server"]["image"] == weekly.id


def test_a_node_keeps_its_volumes_and_an_image_of_the_catalogue_stays(driver: Any) -> None:
    create(driver, "db", "START1-S")  # a size that gets a volume more
    (volume,) = driver.list_volumes()
    with pytest.raises(BaseHTTPError, match="has the volume") as refused:
        driver.destroy_volume(volume)
    assert refused.value.code == 409
    with pytest.raises(BaseHTTPError, match="is of the catalogue") as refused:
        driver.delete_image(driver.list_images()[0])
    assert refused.value.code == 403


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
