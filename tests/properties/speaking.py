"""The dialects as the tests speak them: how each asks for a change, and how it shows a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

IMAGE: Final = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
ZONE: Final = "/instance/v1/zones/fr-par-1"
DIALECTS: Final = ("root", "nova", "scaleway")


class Sent(NamedTuple):
    """A request: to a server's own path, or below it; and the word that it is recorded under."""

    method: str
    below: str
    body: Any
    word: str


def _act(word: str, **members: Any) -> Sent:
    return Sent("POST", "/action", {"action": word} | members, word)


def _do(name: str, members: Any = None) -> Sent:
    return Sent("POST", "/action", {name: members}, name)


def _change(method: str, body: Any) -> Sent:
    return Sent(method, "", body, "update")


DELETE: Final = Sent("DELETE", "", None, "delete")
PATHS: Final[Mapping[str, str]] = {
    "root": "/servers",
    "nova": "/v2.1/servers",
    "scaleway": f"{ZONE}/servers",
}
ASKS: Final[Mapping[str, Mapping[str, Callable[[str], Sent]]]] = {
    "root": {
        "rename": lambda text: _change("PATCH", {"server": {"new_name": text}}),
        "tag": lambda text: _change("PUT", {"tags": [text]}),
        "note": lambda text: _change("PUT", {"metadata": {"note": text}}),
        "start": lambda _: _act("poweron"),
        "stop": lambda _: _act("poweroff"),
        "restart": lambda _: _act("resetsoft"),
        "force": lambda _: _act("resethard"),
        "back up": lambda text: _act("backup", name=text),
        "delete": lambda _: DELETE,
    },
    "nova": {
        "rename": lambda text: _change("PUT", {"server": {"name": text}}),
        "note": lambda text: Sent("PUT", "/metadata", {"metadata": {"note": text}}, "update"),
        "start": lambda _: _do("os-start"),
        "stop": lambda _: _do("os-stop"),
        "restart": lambda _: _do("reboot", {"type": "SOFT"}),
        "force": lambda _: _do("reboot", {"type": "HARD"}),
        "back up": lambda text: _do("createImage", {"name": text}),
        "delete": lambda _: DELETE,
    },
    "scaleway": {
        "rename": lambda text: _change("PATCH", {"name": text}),
        "tag": lambda text: _change("PATCH", {"tags": [text]}),
        "start": lambda _: _act("poweron"),
        "stop": lambda _: _act("poweroff"),
        "restart": lambda _: _act("reboot"),
        "back up": lambda text: _act("backup", name=text),
        "delete": lambda _: _act("terminate"),
    },
}
"""What each dialect calls a change."""


def creating(dialect: str, name: str, organization: str) -> Any:
    """The body that makes a server."""
    match dialect:
        case "root":
            return {"name": name, "organization": organization, "image": IMAGE}
        case "nova":
            return {"server": {"name": name, "imageRef": IMAGE, "flavorRef": "2"}}
        case _:
            asked = {"name": name, "project": organization, "image": IMAGE}
            return asked | {"commercial_type": "START1-S", "volumes": {}}


def seen(dialect: str, server: Mapping[str, Any]) -> dict[str, Any]:
    """What a dialect shows of a server, in words that all of them share."""
    match dialect:
        case "root":
            same = {name: server[name] for name in ("id", "name", "running", "organization")}
            return same | {"tags": server["tags"], "metadata": server["metadata"]}
        case "nova":
            running = {"ACTIVE": True, "SHUTOFF": False}[server["status"]]
            assert (server["OS-EXT-STS:power_state"], server["OS-EXT-STS:vm_state"]) == (
                (1, "active") if running else (4, "stopped")
            )
            same = {"id": server["id"], "name": server["name"], "running": running}
            return same | {"organization": server["tenant_id"], "metadata": server["metadata"]}
        case _:
            same = {name: server[name] for name in ("id", "name", "organization", "tags")}
            assert server["project"] == server["organization"]
            return same | {"running": server["state"] == "running"}


def refused(dialect: str, verb: str, *, running: bool) -> bool:
    """Whether a live server cannot be asked for this as it is."""
    if dialect == "nova" and verb in ("start", "stop"):
        return running == (verb == "start")
    return verb == "restart" and not running
