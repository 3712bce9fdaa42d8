"""A volume has one id, in small letters, however a request writes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.expecting import refuses
from tests.api.nova.expecting import SERVERS as NOVA_SERVERS
from tests.api.nova.expecting import create
from tests.api.storing import ids, made, make_image, make_snapshot, make_volume
from tests.api.zones import IMAGE, get, make, path
from tests.support import Api


@pytest.fixture
def volume(api: Api) -> str:
    found: str = make_volume(api)["id"]
    return found


def _at_the_root(api: Api, volume_id: str) -> str:
    return str(api.create("a", volumes=[volume_id])["id"])


def _by_an_update(api: Api, volume_id: str) -> str:
    server_id = str(api.create("a")["id"])
    api.put(f"/servers/{server_id}", {"volumes": [{"id": volume_id}]})
    return server_id


def _in_a_zone(api: Api, volume_id: str) -> str:
    return str(make(api, "a", volumes={"0": {"id": volume_id}})["id"])


def _by_a_patch(api: Api, volume_id: str) -> str:
    server = make(api, "a")
    api.patch(path(server), {"volumes": {"0": {"id": volume_id}}})
    return str(server["id"])


def _at_nova(api: Api, volume_id: str) -> str:
    device = {"source_type": "volume", "uuid": volume_id, "boot_index": 1}
    disk = {"source_type": "image", "uuid": IMAGE, "boot_index": 0, "destination_type": "local"}
    return create(api, "a", block_device_mapping_v2=[disk, device])


WAYS = (_at_the_root, _by_an_update, _in_a_zone, _by_a_patch, _at_nova)


@pytest.mark.parametrize("way", WAYS)
def test_an_id_in_capitals_makes_no_second_volume(api: Api, volume: str, way: Any) -> None:
    server_id = way(api, volume.upper())
    assert ids(api, "/volumes") == [volume]
    assert api.get(f"/volumes/{volume}").json()["volume"]["server"]["id"] == server_id
    (attached,) = api.get(f"/servers/{server_id}").json()["server"]["volumes"]
    assert attached["id"] == volume


@pytest.mark.parametrize("way", WAYS)
def test_a_repeated_volume_is_attached_once(api: Api, volume: str, way: Any) -> None:
    server_id = way(api, volume)
    shown = get(api, {"id": server_id})["volumes"]
    again = shown | {str(len(shown)): {"id": volume.upper(), "name": "other"}}
    answer = api.patch(path({"id": server_id}), {"volumes": again})
    assert (answer.status_code, answer.json()["server"]["volumes"]) == (200, shown)
    assert api.names()[-1] == "request.unchanged"


def test_a_device_named_twice_is_attached_once(api: Api, volume: str) -> None:
    device = {"source_type": "volume", "uuid": volume, "boot_index": -1}
    server_id = create(api, "a", block_device_mapping_v2=[device, device | {"boot_index": 0}])
    shown = api.get(f"{NOVA_SERVERS}/{server_id}").json()["server"]
    assert shown["os-extended-volumes:volumes_attached"] == [{"id": volume}]


def test_what_is_said_of_a_volume_in_capitals_is_checked(api: Api) -> None:
    told = {"name": "data", "size": 512, "volume_type": "l_ssd"}
    volume = make(api, "a", volumes={"0": told})["volumes"]["0"]["id"]
    asked = {"name": "s", "volume_id": volume.upper(), "volume_type": "b_ssd"}
    words = {"volume_type": ["the volume is of another"]}
    refuses(api, (400, "request.invalid"), "POST", "/snapshots", words, json=asked)
    taken = made(api.post("/snapshots", asked | {"volume_type": "l_ssd"}))
    assert ids(api, f"/snapshots?base_volume_id={volume.upper()}") == [taken["id"]]
    extra = {"1": {"id": volume.upper()}}
    assert make_image(api, taken["id"], extra_volumes=extra)["root_volume"]["id"]


def test_an_image_in_capitals_is_the_same_in_a_zone(api: Api) -> None:
    own = make_image(api, make_snapshot(api, make_volume(api)["id"])["id"])["id"]
    for image in (IMAGE, own):
        server = make(api, image=image.upper())
        assert server["image"]["id"] == image
        again = api.patch(path(server), {"image": image.upper()})
        assert (again.status_code, api.names()[-1]) == (200, "request.unchanged")
        assert api.get(f"/servers?image={image}").json()["servers"]
