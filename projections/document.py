"""The server as shown: the document that stands encoded in every row."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, Final

import orjson

from domain.server import Server


def document(server: Server) -> dict[str, Any]:
    """A server's fields, in the order they are shown. Names may be added later, never removed."""
    chosen = server.configuration
    address = chosen.public_ip
    return {
        "id": server.id,
        "name": chosen.name,
        "organization": server.organization,
        "image": chosen.image,
        "volumes": [{"id": volume.id, "name": volume.name} for volume in chosen.volumes],
        "tags": list(chosen.tags),
        "running": server.running,
        "state": server.state,
        "dynamic_public_ip": chosen.dynamic_public_ip,
        "public_ip": address
        and {"id": address.id, "address": address.address, "dynamic": address.dynamic},
        "private_ip": None,
        "flavor": chosen.flavor,
        "keyname": chosen.keyname,
        "network": chosen.network,
        "commercial_type": chosen.commercial_type,
        "arch": server.arch,
        "location": None,
        "reservation_id": server.reservation_id,
        "creation_date": timestamp(server.created_at),
        "modification_date": timestamp(server.modified_at),
        "version": server.version,
        "metadata": dict(chosen.metadata),
    }


FIELDS: Final = (
    "id",
    "name",
    "organization",
    "image",
    "volumes",
    "tags",
    "running",
    "state",
    "dynamic_public_ip",
    "public_ip",
    "private_ip",
    "flavor",
    "keyname",
    "network",
    "commercial_type",
    "arch",
    "location",
    "reservation_id",
    "creation_date",
    "modification_date",
    "version",
    "metadata",
)
"""The document's fields, in its order. Rows number them: new ones go to the end."""


def encode_document(server: Server) -> bytes:
    """The document as JSON."""
    return orjson.dumps(document(server))


@lru_cache(1024)  # a new server is shown twice, for its row and its caller, with two equal times
def timestamp(at: dt.datetime) -> str:
    """A time as shown: ISO 8601, UTC, always with microseconds."""
    return at.isoformat(timespec="microseconds")
