"""Scaleway's Python client of today: volumes, snapshots and images of a zone, and its products."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest

from tests.clients.beside import Client
from tests.clients.test_scaleway_today import OF_DOCUMENT_A, get, make

pytestmark = pytest.mark.clients

GB = 10**9


def test_a_volume_is_made_changed_and_deleted(
    instances: Client, http: httpx2.Client, organization: str
) -> None:
    assert instances("list_volumes_all") == []
    asked = {"name": "data", "volume_type": "l_ssd", "size": 10 * GB}
    made = instances("create_volume", **asked)["volume"]
    assert (made["name"], made["size"], made["volume_type"]) == ("data", 10 * GB, "l_ssd")
    assert (made["organization"], made["zone"], made["server"]) == (organization, "fr-par-1", None)
    changed = instances("update_volume", volume_id=made["id"], name="more")["volume"]
    assert changed["name"] == "more"
    assert instances("get_volume", volume_id=made["id"])["volume"] == changed
    assert [volume["id"] for volume in instances("list_volumes_all")] == [made["id"]]
    assert [volume["id"] for volume in http.get("/volumes").json()["volumes"]] == [made["id"]]
    instances("delete_volume", volume_id=made["id"])
    assert instances("list_volumes_all") == []
    assert instances.refused("get_volume", volume_id=made["id"]).status == 404


def test_a_volume_is_attached_and_detached(instances: Client) -> None:
    server = make(instances)
    asked = {"name": "data", "volume_type": "l_ssd", "size": 10 * GB}
    volume = instances("create_volume", **asked)["volume"]
    both = {"server_id": server["id"], "volume_id": volume["id"]}
    attached = instances("attach_server_volume", **both)["server"]
    assert volume["id"] in [held["id"] for held in attached["volumes"].values()]
    shown = instances("get_volume", volume_id=volume["id"])["volume"]
    assert shown["server"] == {"id": server["id"], "name": "web"}
    detached = instances("detach_server_volume", **both)["server"]
    assert volume["id"] not in [held["id"] for held in detached["volumes"].values()]
    assert get(instances, server) == detached


def test_a_snapshot_is_made_of_a_volume_and_an_image_of_it(
    instances: Client, http: httpx2.Client
) -> None:
    volume = instances("create_volume", name="data", volume_type="l_ssd", size=10 * GB)["volume"]
    snapshot = instances("create_snapshot", volume_id=volume["id"], name="before")["snapshot"]
    assert snapshot["base_volume"]["id"] == volume["id"]
    assert (snapshot["name"], snapshot["size"], snapshot["state"]) == (
        "before",
        10 * GB,
        "available",
    )
    assert instances("list_snapshots_all") == [snapshot]
    assert http.get("/snapshots").json()["snapshots"][0]["id"] == snapshot["id"]

    asked = {"root_volume": snapshot["id"], "arch": "x86_64", "name": "golden"}
    image = instances("create_image", **asked)["image"]
    assert (image["name"], image["root_volume"]["id"]) == ("golden", snapshot["id"])
    renamed = instances("update_image", image_id=image["id"], name="silver")["image"]
    assert instances("get_image", image_id=image["id"])["image"] == renamed
    assert renamed["name"] == "silver"
    instances("delete_image", image_id=image["id"])
    instances("delete_snapshot", snapshot_id=snapshot["id"])
    assert instances("list_snapshots_all") == []
    assert instances.refused("get_image", image_id=image["id"]).status == 404


def test_the_images_of_all_are_listed_for_everybody(instances: Client, http: httpx2.Client) -> None:
    listed = [image["id"] for image in instances("list_images_all", per_page=2)]
    assert OF_DOCUMENT_A in listed
    assert sorted(listed) == sorted(i["id"] for i in http.get("/images").json()["images"])


def test_every_product_is_listed_with_its_figures(instances: Client, http: httpx2.Client) -> None:
    shown = http.get("/products/servers").json()["servers"]
    listed = instances("list_servers_types")["servers"]
    assert {name: (kind["ncpus"], kind["ram"], kind["arch"]) for name, kind in listed.items()} == {
        name: (kind["ncpus"], kind["ram"], kind["arch"]) for name, kind in shown.items()
    }
    assert set(instances("get_server_types_availability")["servers"]) == set(shown)


def test_what_is_not_there_cannot_be_kept(instances: Client) -> None:
    missing = str(uuid4())
    for call, named in (
        ("create_snapshot", {"volume_id": missing, "name": "a"}),
        ("delete_volume", {"volume_id": missing}),
        ("delete_snapshot", {"snapshot_id": missing}),
    ):
        assert instances.refused(call, **named).status == 404
    public = instances.refused("delete_image", image_id=OF_DOCUMENT_A)
    assert public.status in {403, 404, 409}
