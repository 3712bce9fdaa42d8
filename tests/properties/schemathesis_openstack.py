"""Generated cases of the OpenStack dialects, brought together with what the service holds."""

from __future__ import annotations

import os
from typing import Any, Final

from tests.properties.schemathesis_cases import client, is_positive, whole
from tests.support import SEED_A

_IMAGE: Final = SEED_A["image"]
_NOVA: Final = "/v2.1/servers"


def name_what_openstack_has(case: Any) -> None:
    """Let references mean something that is there, and passwords be the token of who calls."""
    path, parameters = case.operation.path, case.path_parameters or {}
    if not is_positive(case):
        return
    if case.query and path.startswith(("/v2.1/", "/image/")):
        _reconcile_list(case.query)
    if path.startswith(f"{_NOVA}/{{ref}}"):
        _name_server(parameters)
    if path.startswith(("/v2.1/images/", "/image/v2/images/")) and case.method == "DELETE":
        parameters["ref"] = _image_of(_make())
    if path == "/identity/v3/auth/tokens":
        case.headers["X-Subject-Token"] = os.environ["SCHEMATHESIS_TOKEN"]
    if not isinstance(case.body, dict):
        return
    case.body = whole(case.body)
    if path == _NOVA:
        _reconcile_server(case.body["server"])
    for asked in case.body.values():
        if isinstance(asked, dict) and isinstance(asked.get("name"), str):
            # A pattern's `$` means in Python also the place before a line break at the end.
            asked["name"] = asked["name"].rstrip("\n")
    if path.endswith("/metadata/{key}") and isinstance(case.body.get("meta"), dict):
        case.body["meta"] = {parameters["key"]: next(iter(case.body["meta"].values()))}
    if "auth" in case.body:
        _reconcile_login(case.body["auth"])


def _name_server(parameters: dict[str, Any]) -> None:
    """A server with an item of metadata under every key that is asked about."""
    parameters["ref"] = _make()
    if "key" in parameters:
        parameters["key"] = "role"
        metadata = {"metadata": {"role": "v"}}
        client().post(f"{_NOVA}/{parameters['ref']}/metadata", json=metadata)
    if "network" in parameters:
        parameters["network"] = "public"
        address = {"server": {"accessIPv4": "192.0.2.7"}}
        client().put(f"{_NOVA}/{parameters['ref']}", json=address)
    if "request_id" in parameters:
        found = client().get(f"{_NOVA}/{parameters['ref']}/os-instance-actions")
        parameters["request_id"] = found.json()["instanceActions"][0]["request_id"]


def _reconcile_list(query: dict[str, Any]) -> None:
    """A marker is what a list ended with, an order told in one way, a name seldom a pattern."""
    query.pop("marker", None)
    if "sort" in query:
        query.pop("sort_key", None)
        query.pop("sort_dir", None)
    if "name" in query:
        query["name"] = "".join(c if c.isalnum() else "." for c in str(query["name"]))


def _make() -> str:
    server = {"name": "made", "flavorRef": "1", "imageRef": _IMAGE}
    made: str = client().post(_NOVA, json={"server": server}).json()["server"]["id"]
    return made


def _image_of(server_id: str) -> str:
    body = {"createImage": {"name": "golden"}}
    made = client().post(f"{_NOVA}/{server_id}/action", json=body)
    return str(made.headers["location"]).rpartition("/")[2]


def _reconcile_server(server: dict[str, Any]) -> None:
    """A flavor and an image that there are, disks that are told of wholly, few enough servers."""
    server["flavorRef"] = "2"
    server["imageRef"] = _IMAGE
    for name in ("min_count", "max_count"):
        if server.get(name) is not None:
            server[name] = int(server[name])
    if server.get("max_count") is not None and "min_count" in server:
        server["min_count"] = min(server["min_count"], server["max_count"])
    server["name"] = server["name"][:250]
    if isinstance(server.get("networks"), list):
        server["networks"] = server["networks"][:1]
    for device in server.get("block_device_mapping_v2", ()):
        if device["source_type"] == "image":
            device["uuid"] = _IMAGE
        elif not device.get("uuid"):
            device["uuid"] = "a-volume"
        if not device.get("volume_size") or device["volume_size"] == "0":
            device["volume_size"] = 1


def _reconcile_login(auth: dict[str, Any]) -> None:
    """The caller's own token, for the caller's own organization."""
    token = os.environ["SCHEMATHESIS_TOKEN"]
    auth["identity"] = {"methods": ["token"], "token": {"id": token}}
    auth.pop("scope", None)
