"""Zones: every name of the published shape is one for this place, and nothing else is a path."""

from __future__ import annotations

import pytest

from tests.api.expecting import MISSING, problem, refuses
from tests.api.zones import SERVERS, ZONE, make
from tests.support import Api


@pytest.mark.parametrize("zone", ["fr-par-1", "nl-ams-2", "pl-waw-3", "zz-abc-9"])
def test_a_server_is_shown_in_whatever_zone_is_asked(api: Api, zone: str) -> None:
    made = make(api, image="unknown", volumes={"0": {"size": 512}})
    mount = f"/instance/v1/zones/{zone}"
    shown = api.get(f"{mount}/servers/{made['id']}").json()["server"]
    places = (shown["zone"], shown["image"]["zone"], shown["volumes"]["0"]["zone"])
    assert places == (zone, zone, zone)
    (listed,) = api.get(f"{mount}/servers").json()["servers"]
    assert listed == shown
    answer = api.post(f"{mount}/servers/{made['id']}/action", {"action": "poweron"})
    location = answer.headers["location"]
    assert location.startswith(f"{mount}/tasks/")
    assert api.get(location).json()["task"]["zone"] == zone


@pytest.mark.parametrize(
    "zone",
    ["fr-par-0", "fr-par-10", "FR-PAR-1", "fr-par", "par1", "fr_par_1", "fr-par-1x", "%66r-par-1"],
)
@pytest.mark.parametrize("further", ["servers", f"servers/{MISSING}", "images", "products/servers"])
def test_what_is_no_zone_is_no_path(api: Api, zone: str, further: str) -> None:
    target = f"/instance/v1/zones/{zone}/{further}"
    refuses(api, (404, "route.unknown"), "GET", target)
    refuses(api, (404, "route.unknown"), "POST", target, json={})
    problem(api.get(target, token=None), 404, "route.unknown")


@pytest.mark.parametrize(
    "path",
    [
        "/instance",
        "/instance/v1",
        "/instance/v1/zones/fr-par-1",
        "/instance/v2/zones/fr-par-1/servers",
    ]
    + [f"{ZONE}/{name}" for name in ("ips", "security_groups", "dashboard", "flavors", "tasks")]
    + [f"{SERVERS}/{MISSING}/user_data"],
)
def test_what_is_not_served_in_a_zone_is_told_in_json(api: Api, path: str) -> None:
    refuses(api, (404, "route.unknown"), "GET", path)


def test_a_slash_at_the_end_is_no_other_path(api: Api) -> None:
    made = make(api)
    assert api.get(f"{SERVERS}/").json() == api.get(SERVERS).json()
    assert api.get(f"{SERVERS}/{made['id']}/").json()["server"] == made


@pytest.mark.parametrize("further", ["", "/action", "/attach-volume"])
def test_methods_that_a_path_does_not_take_are_told_which_it_takes(api: Api, further: str) -> None:
    made = make(api)
    target = f"{SERVERS}/{made['id']}{further}"
    answer = api.request("OPTIONS", target, token=None)
    told = answer.headers["allow"]
    assert answer.status_code == 204
    refused = api.request("TRACE", target)
    problem(refused, 405, "method.unsupported")
    assert refused.headers["allow"] == told


def test_who_is_not_known_is_told_so(api: Api) -> None:
    for method, body in (("GET", None), ("POST", {"name": "a", "commercial_type": "VC1S"})):
        refuses(api, (401, "caller.unknown"), method, SERVERS, token=MISSING, json=body)
