"""Generated cases of zones, and of storage anywhere, brought together with what there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.properties.schemathesis_cases import client, is_positive, whole
from tests.support import SEED_A

_MOUNT: Final = "/instance/v1/zones/{zone}"
_ZONE: Final = "/instance/v1/zones/fr-par-1"
_BYTES: Final = 10**15
"""The most that a volume can have, so that none is asked to become smaller."""


def name_what_zones_have(case: Any) -> None:
    """Let references mean something that is there, and fields agree with each other."""
    path = case.operation.path.removeprefix(_MOUNT)
    kind = path.split("/")[1] if path.startswith("/") else ""
    if not is_positive(case) or (kind not in _MADE and kind != "products"):
        return
    if kind in ("servers", "tasks") and path == case.operation.path:
        return  # the root's
    parameters = case.path_parameters or {}
    for name in ("ref", "id"):
        if name in parameters:
            parameters[name] = _MADE[kind]()
    if isinstance(case.body, dict):
        case.body = whole(case.body)
        _reconcile(case.body, f"{case.method} {path}")
    if path.endswith("/detach-volume"):
        parameters["ref"], case.body["volume_id"] = _attached()


def _reconcile(body: dict[str, Any], asked: str) -> None:
    """One owner and one address; sizes that are told, and never less; what is there by its id."""
    body.pop("project", None)
    if body.get("public_ips"):
        body.pop("public_ip", None)
    if "public" in body:
        body["public"] = False
    if "arch" in body:
        body["arch"] = None
    if "extra_volumes" in body:
        body["extra_volumes"] = {}
    for name, make in _REFERENCES.items():
        if name in body:
            body[name] = make()
    if asked == "POST /volumes" and not body.get("base_snapshot"):
        body["size"] = _BYTES
    elif asked.endswith("/volumes/{id}") or "base_snapshot" in body:
        body.pop("size", None)
    if asked in ("POST /snapshots", "POST /images"):
        body.pop("organization", None)
        body.pop("volume_type", None)
    for volume in (body.get("volumes") or {}).values():
        volume["size"] = volume.get("size") or 512
        volume.pop("organization", None)
        volume.pop("project", None)


def _server() -> str:
    made: str = client().post("/servers", json=SEED_A).json()["server"]["id"]
    return made


def _task() -> str:
    path = f"{_ZONE}/servers/{_server()}/action"
    made: str = client().post(path, json={"action": "poweron"}).json()["task"]["id"]
    return made


def _volume() -> str:
    asked = {"name": "data", "size": _BYTES}
    made: str = client().post(f"{_ZONE}/volumes", json=asked).json()["volume"]["id"]
    return made


def _attached() -> tuple[str, str]:
    server, volume = _server(), _volume()
    path = f"{_ZONE}/servers/{server}/attach-volume"
    assert client().post(path, json={"volume_id": volume}).status_code == 200
    return server, volume


def _snapshot() -> str:
    asked = {"name": "before", "volume_id": _volume()}
    made: str = client().post(f"{_ZONE}/snapshots", json=asked).json()["snapshot"]["id"]
    return made


def _image() -> str:
    asked = {"name": "golden", "root_volume": _volume()}
    made: str = client().post(f"{_ZONE}/images", json=asked).json()["image"]["id"]
    return made


_MADE: Final[Mapping[str, Callable[[], str]]] = {
    "servers": _server,
    "tasks": _task,
    "volumes": _volume,
    "snapshots": _snapshot,
    "images": _image,
}
_REFERENCES: Final[Mapping[str, Callable[[], str]]] = {
    "volume_id": _volume,
    "root_volume": _volume,
    "base_snapshot": _snapshot,
}
