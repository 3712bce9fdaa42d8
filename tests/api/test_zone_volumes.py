"""Volumes that are attached to servers of a zone; storage and products as shown there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.expecting import MISSING, recorded, refuses
from tests.api.zones import IMAGE, NEW, SERVERS, ZONE, get, make, path
from tests.support import ELSEWHERE, HOME, Api

GB = 10**9


def new_volume(api: Api, name: str = "data", **fields: Any) -> dict[str, Any]:
    body = {"name": name, "size": GB, "volume_type": "l_ssd"} | fields
    answer = api.post(f"{ZONE}/volumes", body)
    assert answer.status_code == 201, answer.text
    volume: dict[str, Any] = answer.json()["volume"]
    return volume


def move(api: Api, made: dict[str, Any], how: str, volume_id: str, **fields: Any) -> Any:
    return api.post(path(made, f"{how}-volume"), {"volume_id": volume_id} | fields)


def test_a_volume_is_attached_and_detached(api: Api) -> None:
    made, volume = make(api, image=IMAGE), new_volume(api)
    answer, names = recorded(api, lambda: move(api, made, "attach", volume["id"].upper()))
    assert (answer.status_code, names) == (200, ["server.updated"])
    attached = answer.json()["server"]
    assert attached == get(api, made)
    held = attached["volumes"]["1"]
    # How large it is stands with the volume itself, which may grow.
    assert (held["id"], held["name"], held["size"]) == (volume["id"], "data", None)
    shown = api.get(f"{ZONE}/volumes/{volume['id']}").json()["volume"]
    assert (shown["server"], shown["size"]) == ({"id": made["id"], "name": "web"}, GB)
    answer, names = recorded(api, lambda: move(api, made, "detach", volume["id"]))
    assert (answer.status_code, names) == (200, ["server.updated"])
    assert list(answer.json()["server"]["volumes"]) == ["0"]
    assert api.get(f"{ZONE}/volumes/{volume['id']}").json()["volume"]["server"] is None


def test_a_volume_that_is_attached_already_stays_where_it_is(api: Api) -> None:
    made, volume = make(api), new_volume(api)
    move(api, made, "attach", volume["id"])
    answer, names = recorded(
        api, lambda: move(api, made, "attach", volume["id"], volume_type="l_ssd", boot=False)
    )
    assert (answer.status_code, names) == (200, ["request.unchanged"])


def test_an_attached_volume_is_of_the_type_that_it_is_of(api: Api) -> None:
    made, volume = make(api), new_volume(api, volume_type="b_ssd")
    shown = move(api, made, "attach", volume["id"]).json()["server"]["volumes"]["0"]
    assert (shown["volume_type"], shown["size"]) == ("b_ssd", None)


def test_volumes_are_found_in_capitals(api: Api) -> None:
    made = make(api, image=IMAGE)
    id_ = made["volumes"]["0"]["id"]
    capitals = id_.upper()
    assert api.get(f"{ZONE}/volumes/{capitals}").json()["volume"]["id"] == id_
    changed = api.patch(f"{ZONE}/volumes/{capitals}", {"name": "renamed"})
    assert (changed.status_code, changed.json()["volume"]["id"]) == (200, id_)
    refuses(api, (409, "volume.attached"), "DELETE", f"{ZONE}/volumes/{capitals}")
    for body, where in (
        ({"name": "s", "volume_id": capitals}, "snapshots"),
        ({"name": "i", "root_volume": capitals, "arch": "x86_64"}, "images"),
    ):
        assert api.post(f"{ZONE}/{where}", body).status_code == 201
    answer, names = recorded(api, lambda: move(api, made, "attach", capitals))
    assert (answer.status_code, names) == (200, ["request.unchanged"])
    assert move(api, made, "detach", capitals).json()["server"]["volumes"] == {}


def test_a_volume_that_is_called_in_capitals_is_found_by_them_alone(api: Api) -> None:
    api.create("web", volumes=["Vol-A"])
    assert api.patch("/volumes/Vol-A", {"name": "renamed"}).json()["volume"]["id"] == "Vol-A"
    refuses(api, (404, "volume.unknown"), "PATCH", "/volumes/VOL-A", json={"name": "x"})


def test_a_volume_of_another_server_is_not_attached(api: Api) -> None:
    first, second, volume = make(api, image=IMAGE), make(api, "b"), new_volume(api)
    move(api, first, "attach", volume["id"])
    for held in (volume["id"], first["volumes"]["0"]["id"]):
        body = {"volume_id": held}
        target = path(second, "attach-volume")
        refuses(api, (409, "volume.attached"), "POST", target, json=body)


def test_a_volume_that_came_with_its_server_is_gone_once_it_is_detached(api: Api) -> None:
    made = make(api, image=IMAGE)
    volume_id = made["volumes"]["0"]["id"]
    assert move(api, made, "detach", volume_id).status_code == 200
    refuses(api, (404, "volume.unknown"), "GET", f"{ZONE}/volumes/{volume_id}")
    target = path(made, "attach-volume")
    refuses(api, (404, "volume.unknown"), "POST", target, json={"volume_id": volume_id})


def test_an_unknown_volume_is_told(api: Api) -> None:
    made = make(api)
    theirs = new_volume(api, organization=ELSEWHERE)["id"]
    for volume_id in (MISSING, theirs):
        for how in ("attach", "detach"):
            target, body = path(made, f"{how}-volume"), {"volume_id": volume_id}
            refuses(api, (404, "volume.unknown"), "POST", target, json=body)


@pytest.mark.parametrize("how", ["attach", "detach"])
def test_what_moves_a_volume_is_judged_in_order(api: Api, how: str) -> None:
    made = make(api)
    target = path(made, f"{how}-volume")
    reader = api.issue("reader", HOME)
    body = {"volume_id": MISSING}
    refuses(api, (403, "right.missing"), "POST", target, token=reader, json=body)
    refuses(api, (400, "request.invalid"), "POST", target, ("volume_id",), json={})
    unknown = f"{SERVERS}/{MISSING}/{how}-volume"
    refuses(api, (404, "server.unknown"), "POST", unknown, json=body)
    stale = {"headers": {"If-Match": '"x:1"'}}
    refuses(api, (412, "version.stale"), "POST", target, json=body, **stale)
    if how == "attach":
        asked = {"volume_id": MISSING, "boot": True}
        refuses(api, (400, "request.invalid"), "POST", target, ("boot",), json=asked)


def test_a_move_is_repeated_under_its_key(api: Api) -> None:
    made, volume = make(api), new_volume(api)
    keyed = {"headers": {"Idempotency-Key": "k"}}
    first = api.post(path(made, "attach-volume"), {"volume_id": volume["id"]}, **keyed)
    move(api, made, "detach", volume["id"])
    again = api.post(path(made, "attach-volume"), {"volume_id": volume["id"]}, **keyed)
    assert (again.status_code, again.content) == (200, first.content)


def test_a_server_is_made_with_a_volume_that_is_there(api: Api) -> None:
    volume = new_volume(api)
    made = make(api, volumes={"0": {"id": volume["id"], "name": "data", "volume_type": "l_ssd"}})
    assert made["volumes"]["0"]["id"] == volume["id"]
    shown = api.get(f"{ZONE}/volumes/{volume['id']}").json()["volume"]
    assert shown["server"]["id"] == made["id"]


@pytest.mark.parametrize("kind", ["volumes", "snapshots", "images"])
def test_filters_of_storage_are_honoured_or_refused_and_others_passed_over(
    api: Api, kind: str
) -> None:
    everything = api.get(f"{ZONE}/{kind}")
    assert everything.status_code == 200
    assert "x-total-count" in everything.headers
    assert api.get(f"{ZONE}/{kind}?nobody=knows").json() == everything.json()
    refuses(api, (400, "request.invalid"), "GET", f"{ZONE}/{kind}?tags=a", ("tags",))
    refuses(api, (400, "request.invalid"), "GET", f"{ZONE}/{kind}?page=0", ("page",))


def test_storage_is_the_roots_seen_from_a_zone(api: Api) -> None:
    volume = new_volume(api)
    assert api.get(f"/volumes/{volume['id']}").json()["volume"] == volume | {"zone": None}
    location = api.post(f"{ZONE}/volumes", {"name": "b", "size": GB}).headers["location"]
    assert location.startswith(f"{ZONE}/volumes/")
    assert api.get(location).json()["volume"]["zone"] == "fr-par-1"


def test_products_are_told_by_page_with_all_that_clients_read(api: Api) -> None:
    at_root = api.get("/products/servers").json()["servers"]
    answer = api.get(f"{ZONE}/products/servers")
    shown = answer.json()["servers"]
    assert list(shown) == list(at_root)
    assert answer.headers["x-total-count"] == str(len(at_root))
    for name, entry in shown.items():
        interfaces = entry["network"].pop("interfaces")
        assert entry.items() >= at_root[name].items()
        assert interfaces == [
            {
                "internal_bandwidth": entry["network"]["sum_internal_bandwidth"],
                "internet_bandwidth": entry["network"]["sum_internet_bandwidth"],
            }
        ]
        assert entry["per_volume_constraint"] == {"l_ssd": entry["volumes_constraint"]}
    availability = api.get(f"{ZONE}/products/servers/availability").json()["servers"]
    assert availability == api.get("/products/servers/availability").json()["servers"]


@pytest.mark.parametrize("further", ["products/servers", "products/servers/availability"])
def test_products_past_the_end_are_none(api: Api, further: str) -> None:
    first = api.get(f"{ZONE}/{further}?per_page=3")
    assert (len(first.json()["servers"]), first.headers["x-total-count"]) == (3, "8")
    assert first.headers["link"] == f'</{further}?per_page=3&page=2>; rel="next"'
    past = api.get(f"{ZONE}/{further}?per_page=3&page=4")
    assert (past.status_code, past.json()) == (200, {"servers": {}})
    assert api.get(f"{ZONE}/{further}?nobody=knows").status_code == 200
    refuses(api, (400, "request.invalid"), "GET", f"{ZONE}/{further}?page=x", ("page",))


def test_public_images_show_whatever_organization_is_asked_for(api: Api) -> None:
    images = api.get(f"{ZONE}/images?organization={MISSING}").json()["images"]
    assert IMAGE in [image["id"] for image in images]
    assert {image["zone"] for image in images} == {"fr-par-1"}


def test_what_is_done_in_a_zone_is_recorded_as_scaleways(api: Api) -> None:
    position = api.position
    api.post(SERVERS, NEW)
    ((_, record),) = api.records(position)
    assert (record.metadata.dialect, record.metadata.path) == ("scaleway", SERVERS)


def test_the_volume_that_is_shown_is_the_one_that_is_changed(api: Api) -> None:
    volume = new_volume(api)
    other = api.issue("member", ELSEWHERE)
    body = NEW | {"name": "other", "volumes": {"0": {"id": volume["id"], "name": "x"}}}
    assert api.post(SERVERS, body, token=other).status_code == 201
    both = api.issue("member", HOME, ELSEWHERE)
    for token in (both, None):
        for id_ in (volume["id"], volume["id"].upper()):
            at = f"{ZONE}/volumes/{id_}"
            kwargs = {} if token is None else {"token": token}
            shown = api.get(at, **kwargs).json()["volume"]
            assert (shown["name"], shown["organization"], shown["server"]) == ("data", HOME, None)
            changed = api.patch(at, {"name": "data"}, **kwargs).json()["volume"]
            assert (changed["id"], changed["organization"]) == (shown["id"], HOME)
    assert api.get(f"{ZONE}/volumes/{volume['id']}", token=other).json()["volume"]["name"] == "x"
