"""Apache Libcloud's Scaleway driver: sizes, images and volumes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.clients

MIB = 1024 * 1024
GB = 10**9


def test_every_size_is_listed_with_its_figures(driver: Any, http: httpx2.Client) -> None:
    types = http.get("/products/servers").json()["servers"]
    available = http.get("/products/servers/availability").json()["servers"]
    sizes = driver.list_sizes()
    assert [size.id for size in sizes] == sorted(types)
    for size in sizes:
        shown = types[size.id]
        disks = shown["volumes_constraint"]
        assert (size.name, size.price) == (size.id, shown["hourly_price"])
        assert (size.ram, size.disk) == (shown["ram"] // MIB, disks["min_size"] // GB)
        assert size.bandwidth == shown["network"]["sum_internet_bandwidth"] // MIB
        assert size.extra == {
            "cores": shown["ncpus"],
            "monthly": shown["monthly_price"],
            "arch": shown["arch"],
            "baremetal": shown["baremetal"],
            "availability": available[size.id]["availability"],
            "max_disk": disks["max_size"] // GB,
            "internal_bandwidth": shown["network"]["sum_internal_bandwidth"] // MIB,
            "ipv6": shown["network"]["ipv6_support"],
            "alt_names": shown["alt_names"],
        }


def test_every_image_is_listed_and_got(driver: Any, http: httpx2.Client) -> None:
    shown = http.get("/images").json()["images"]
    listed = driver.list_images()
    assert [image.id for image in listed] == [image["id"] for image in shown]
    for image, entry in zip(listed, shown, strict=True):
        got = driver.get_image(image.id)
        assert (got.id, got.name, got.extra) == (image.id, image.name, image.extra)
        assert image.name == entry["name"]
        assert image.extra == {
            "arch": entry["arch"],
            "size": entry["root_volume"]["size"] // GB,
            "creation_date": dt.datetime.fromisoformat(entry["creation_date"]),
            "modification_date": dt.datetime.fromisoformat(entry["modification_date"]),
            "organization": entry["organization"],
        }


def test_the_volumes_of_ones_own_servers_are_listed(
    driver: Any, http: httpx2.Client, organization: str
) -> None:
    assert driver.list_volumes() == []
    volumes = [{"id": f"volume-{n}", "name": f"data {n}"} for n in range(150)]
    for half in (volumes[:75], volumes[75:]):
        body = {"name": "db", "organization": organization, "image": "x", "volumes": half}
        assert http.post("/servers", json=body).status_code == 201
    listed = driver.list_volumes()
    assert [{"id": volume.id, "name": volume.name} for volume in listed] == volumes
    assert {volume.extra["organization"] for volume in listed} == {organization}
