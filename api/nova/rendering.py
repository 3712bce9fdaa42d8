"""From servers to Nova's bodies, each server encoded once for as long as it stays as it is.

Lists join what is encoded: to encode a page anew would take longer than to read it.
"""

from __future__ import annotations

import hashlib
import ipaddress
from functools import lru_cache
from typing import Any, Final

import orjson

from api.catalogue.catalogue import Catalogue
from api.http.query import quoted
from api.openstack.times import to_second
from domain.registry import REGISTRY
from domain.server import Server

REMEMBERED_MAX: Final = 4_096
COMPUTE: Final = "/v2.1"
DISK_CONFIG: Final = "MANUAL"
GROUPS: Final = ({"name": "default"},)
_PASSWORD_CHARACTERS: Final = 12


@lru_cache(REMEMBERED_MAX)
def encoded_detail(state: bytes, base: str, catalogue: Catalogue) -> bytes:
    """A server as in details, of its stored state. Raises `UnreadableRecord`."""
    return orjson.dumps(_detail(REGISTRY.decode_state(state), base, catalogue))


@lru_cache(REMEMBERED_MAX)
def encoded_brief(state: bytes, base: str) -> bytes:
    """A server as in the plain list. Raises `UnreadableRecord`."""
    server = REGISTRY.decode_state(state)
    brief = {"id": server.id, "name": server.name, "links": links(base, "servers", server.id)}
    return orjson.dumps(brief)


def encode_created(server: Server, base: str, groups: Any, password: str | None) -> bytes:
    """What is told of a new server."""
    return orjson.dumps(
        {
            "server": {
                "id": server.id,
                "links": links(base, "servers", server.id),
                "OS-DCF:diskConfig": DISK_CONFIG,
                "security_groups": groups or GROUPS,
                "adminPass": password_of(server.id) if password is None else password,
            }
        }
    )


def encode_updated(server: Server, base: str, catalogue: Catalogue) -> bytes:
    """What is told of a server after an update: its detail less what extensions add."""
    shown = _core(server, base, catalogue)
    shown["addresses"] = addresses_of(server)
    return orjson.dumps({"server": shown})


def addresses_of(server: Server) -> dict[str, list[dict[str, Any]]]:
    """The addresses by network, without what extensions add."""
    return {
        network: [{"version": each["version"], "addr": each["addr"]} for each in addresses]
        for network, addresses in _addresses(server).items()
    }


def password_of(server_id: str) -> str:
    """The password of a new server, where none was sent.

    There is no guest that it would open, but clients want one, and a request that is repeated under
    its key is told the same: so it is made of the id, and kept nowhere.
    """
    digest = hashlib.sha256(f"adminPass:{server_id}".encode()).hexdigest()
    return digest[:_PASSWORD_CHARACTERS]


def links(base: str, kind: str, id_: str) -> list[dict[str, str]]:
    """Where a resource is, with this API's version in the path and without."""
    return [
        {"rel": "self", "href": f"{base}{COMPUTE}/{kind}/{id_}"},
        {"rel": "bookmark", "href": f"{base}/{kind}/{id_}"},
    ]


def _core(server: Server, base: str, catalogue: Catalogue) -> dict[str, Any]:
    """What an update tells too."""
    chosen = server.configuration
    address = chosen.public_ip.address if chosen.public_ip else None
    shown: dict[str, Any] = {
        "id": server.id,
        "name": chosen.name,
        "status": "ACTIVE" if server.running else "SHUTOFF",
        "tenant_id": server.organization,
        # Who made it stands in the log alone: to ask it for every server of a list costs too much.
        "user_id": server.organization,
        "metadata": dict(chosen.metadata),
        "hostId": "",
        "image": _image(chosen.image, base, catalogue),
        "flavor": _flavor(chosen.flavor or chosen.commercial_type, base, catalogue),
        "created": to_second(server.created_at),
        "updated": to_second(server.modified_at),
        "addresses": _addresses(server),
        "accessIPv4": address if address and _version_of(address) == 4 else "",
        "accessIPv6": "",
        "links": links(base, "servers", server.id),
        "OS-DCF:diskConfig": DISK_CONFIG,
    }
    if server.running:
        shown["progress"] = 0
    return shown


def _detail(server: Server, base: str, catalogue: Catalogue) -> dict[str, Any]:
    chosen = server.configuration
    return {
        **_core(server, base, catalogue),
        "OS-EXT-AZ:availability_zone": "nova",
        "config_drive": "",
        "key_name": chosen.keyname,
        "OS-SRV-USG:launched_at": None,
        "OS-SRV-USG:terminated_at": None,
        "security_groups": GROUPS,
        "OS-EXT-STS:task_state": None,
        "OS-EXT-STS:vm_state": "active" if server.running else "stopped",
        "OS-EXT-STS:power_state": 1 if server.running else 4,
        "os-extended-volumes:volumes_attached": [{"id": volume.id} for volume in chosen.volumes],
    }


def _image(ref: str | None, base: str, catalogue: Catalogue) -> Any:
    if ref is None:
        return ""
    image_id = catalogue.image_refs(ref)[0]
    return {"id": image_id, "links": _bookmark(base, "images", image_id)}


def _flavor(ref: str | None, base: str, catalogue: Catalogue) -> dict[str, Any]:
    """The flavor by its id; what the catalogue does not know stands for itself."""
    flavor_id = catalogue.flavor_refs(ref or "")[0]
    return {"id": flavor_id, "links": _bookmark(base, "flavors", flavor_id)}


def _bookmark(base: str, kind: str, id_: str) -> list[dict[str, str]]:
    return [{"rel": "bookmark", "href": f"{base}/{kind}/{quoted(id_)}"}]


def _addresses(server: Server) -> dict[str, list[dict[str, Any]]]:
    chosen = server.configuration
    address = chosen.public_ip.address if chosen.public_ip else None
    version = address and _version_of(address)
    if not version:
        return {}
    shown = {"version": version, "addr": address, "OS-EXT-IPS:type": "floating"}
    return {chosen.network or "public": [shown]}


def _version_of(address: str) -> int | None:
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return None
