"""Volumes, snapshots and images made for the tests of them."""

from __future__ import annotations

from typing import Any

from tests.support import HOME, Api

GB = 10**9
PUBLIC_IMAGE = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"


def made(answer: Any) -> dict[str, Any]:
    """What a create answers, without its envelope."""
    assert answer.status_code == 201, answer.text
    (shown,) = answer.json().values()
    assert answer.headers["location"] == f"{answer.request.url.path}/{shown['id']}"
    found: dict[str, Any] = shown
    return found


def make_volume(api: Api, name: str = "data", organization: str = HOME, **fields: Any) -> Any:
    """A new volume that no server has."""
    body = {"name": name, "organization": organization, "size": 20 * GB} | fields
    return made(api.post("/volumes", body))


def make_snapshot(api: Api, volume_id: str, name: str = "a snapshot", **fields: Any) -> Any:
    """A new snapshot of a volume."""
    return made(api.post("/snapshots", {"name": name, "volume_id": volume_id} | fields))


def make_image(api: Api, root_volume: str, name: str = "an image", **fields: Any) -> Any:
    """A new image of a snapshot or a volume."""
    return made(api.post("/images", {"name": name, "root_volume": root_volume} | fields))


def back_up(api: Api, ref: str, **members: Any) -> str:
    """The id of a new backup of a server."""
    return str(api.act(ref, "backup", **members).json()["task"]["backup"]["id"])


def ids(api: Api, path: str, **kwargs: Any) -> list[str]:
    """The ids that a list holds; of images, those that are not everybody's."""
    answer = api.get(path, **kwargs)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json().values()
    return [each["id"] for each in found if not each.get("public")]


def shown(api: Api, path: str) -> Any:
    """One thing as shown, without its envelope."""
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json().values()
    return found
