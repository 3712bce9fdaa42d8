"""Servers as Scaleway's clients read them, each encoded once for as long as it stays as it is.

A server is shown by what it is itself: the ETag of its version stands for every byte. So an image
of one's own, which can be renamed, is no more than its id here, and a volume that was made by
itself, which can grow, has no size here; both are told at their own paths.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import orjson

from api.catalogue.catalogue import Catalogue
from api.storage.rendering import public_image
from domain.registry import REGISTRY
from domain.server import Server
from domain.values import DEFAULT_VOLUME_KIND, PublicIp, Volume
from projections.document import timestamp

REMEMBERED_MAX: Final = 4_096
OFFERED: Final = {
    "running": ("poweroff", "stop_in_place", "reboot", "terminate", "backup"),
    "stopped": ("poweron", "terminate", "backup"),
}
"""The actions by the state in which they do something."""


@lru_cache(REMEMBERED_MAX)
def encoded(state: bytes, zone: str, catalogue: Catalogue) -> bytes:
    """A server of its stored state. Raises `UnreadableRecord`."""
    return encode(REGISTRY.decode_state(state), zone, catalogue)


def encode(server: Server, zone: str, catalogue: Catalogue) -> bytes:
    """A server as JSON."""
    return orjson.dumps(instance(server, zone, catalogue))


def instance(server: Server, zone: str, catalogue: Catalogue) -> dict[str, Any]:
    """A server, with every field that the clients know."""
    chosen = server.configuration
    address = _address(chosen.public_ip)
    created, modified = timestamp(server.created_at), timestamp(server.modified_at)
    return {
        "id": server.id,
        "name": chosen.name,
        "organization": server.organization,
        "project": server.organization,
        "hostname": chosen.name,
        "tags": list(chosen.tags),
        "state": server.state,
        "state_detail": "",
        "allowed_actions": OFFERED[server.state],
        "commercial_type": commercial_type(server, catalogue),
        "arch": server.arch,
        "image": _image(server, zone, catalogue),
        "volumes": {
            str(number): _volume(volume, server, zone, created, modified)
            for number, volume in enumerate(chosen.volumes)
        },
        "boot_type": "local",
        "protected": False,
        "dynamic_ip_required": chosen.dynamic_public_ip,
        "routed_ip_enabled": True,
        "enable_ipv6": False,
        "public_ip": address,
        "public_ips": [] if address is None else [address],
        "creation_date": created,
        "modification_date": modified,
        "zone": zone,
        **NOT_THERE,
    }


NOT_THERE: Final[dict[str, Any]] = {
    "private_ip": None,
    "ipv6": None,
    "mac_address": None,
    "dns": None,
    "location": None,
    "security_group": None,
    "placement_group": None,
    "private_nics": [],
    "filesystems": [],
    "maintenances": [],
    "end_of_service": False,
    "admin_password_encryption_ssh_key_id": None,
    "admin_password_encrypted_value": None,
}
"""Fields of what no server here has."""


def commercial_type(server: Server, catalogue: Catalogue) -> str:
    """What a server is of: its commercial type, failing that the name of its flavor, if any."""
    chosen = server.configuration
    return chosen.commercial_type or (
        catalogue.flavor_refs(chosen.flavor)[-1] if chosen.flavor else ""
    )


def _image(server: Server, zone: str, catalogue: Catalogue) -> dict[str, Any] | None:
    """The image that it was made from: of the catalogue whole, of any other what was sent."""
    ref = server.configuration.image
    if ref is None:
        return None
    return _of_catalogue(ref, zone, catalogue) or {
        "id": ref,
        "name": None,
        "arch": server.arch,
        "organization": None,
        "project": None,
        "creation_date": None,
        "modification_date": None,
        "root_volume": None,
        "default_bootscript": None,
        "extra_volumes": {},
        "from_server": None,
        "public": False,
        "state": None,
        "tags": [],
        "zone": zone,
    }


@lru_cache(REMEMBERED_MAX)
def _of_catalogue(ref: str, zone: str, catalogue: Catalogue) -> dict[str, Any] | None:
    entry = catalogue.image(catalogue.image_refs(ref)[0])
    return None if entry is None else public_image(entry, zone)


def _volume(
    volume: Volume, server: Server, zone: str, created: str, modified: str
) -> dict[str, Any]:
    return {
        "id": volume.id,
        "name": volume.name,
        "organization": server.organization,
        "project": server.organization,
        "size": volume.size_bytes or None,
        "volume_type": volume.kind or DEFAULT_VOLUME_KIND,
        "server": {"id": server.id, "name": server.name},
        "state": "available",
        "boot": False,
        "export_uri": None,
        "creation_date": created,
        "modification_date": modified,
        "zone": zone,
    }


def _address(address: PublicIp | None) -> dict[str, Any] | None:
    if address is None:
        return None
    return {
        "id": address.id,
        "address": address.address,
        "dynamic": address.dynamic,
        "family": "inet6" if ":" in (address.address or "") else "inet",
        "state": "attached",
        "gateway": None,
        "netmask": None,
        "provisioning_mode": None,
        "ipam_id": None,
        "tags": [],
    }
