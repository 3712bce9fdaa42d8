"""What the tests of zones share: the path of one, and servers made there."""

from __future__ import annotations

from typing import Any, Final

from tests.support import Api

ZONE: Final = "/instance/v1/zones/fr-par-1"
SERVERS: Final = f"{ZONE}/servers"
IMAGE: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
NEW: Final[dict[str, Any]] = {"name": "web", "commercial_type": "VC1S"}


def make(api: Api, name: str = "web", **fields: Any) -> dict[str, Any]:
    """A new server of the zone, without an image unless one is given."""
    answer = api.post(SERVERS, NEW | {"name": name} | fields)
    assert answer.status_code == 201, answer.text
    server: dict[str, Any] = answer.json()["server"]
    return server


def get(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    answer = api.get(f"{SERVERS}/{made['id']}")
    assert answer.status_code == 200, answer.text
    server: dict[str, Any] = answer.json()["server"]
    return server


def root(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    """The server as the root shows it."""
    server: dict[str, Any] = api.get(f"/servers/{made['id']}").json()["server"]
    return server


def act(api: Api, made: dict[str, Any], action: str, **members: Any) -> Any:
    return api.post(f"{SERVERS}/{made['id']}/action", {"action": action} | members)


def path(made: dict[str, Any], *further: str) -> str:
    return "/".join((SERVERS, made["id"], *further))
