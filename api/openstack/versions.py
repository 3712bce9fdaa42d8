"""Version documents: what is spoken where. They need no token, and are how clients begin."""

from __future__ import annotations

from typing import Any, Final

from api.http.answer import Answer, json_answer
from api.http.exchange import Exchange
from api.openstack.addresses import base_url
from api.openstack.microversions import SPOKEN

_MEDIA: Final = "application/vnd.openstack.{}+json;version={}"
_COMPUTE_SINCE: Final = "2013-07-23T11:33:21Z"
_IDENTITY_SINCE: Final = "2020-04-07T00:00:00Z"
_IMAGE: Final = "v2.9"


async def list_compute_versions(exchange: Exchange) -> Answer:
    """GET /: 200, the versions of Nova's API, as its clients look for them there."""
    return json_answer(200, {"versions": [_compute(base_url(exchange))]})


async def get_compute_version(exchange: Exchange) -> Answer:
    """GET /v2.1: 200; one microversion is spoken."""
    version = _compute(base_url(exchange))
    media = {"base": "application/json", "type": _MEDIA.format("compute", "2.1")}
    return json_answer(200, {"version": version | {"media-types": [media]}})


def _compute(base: str) -> dict[str, Any]:
    return {
        "id": "v2.1",
        "status": "CURRENT",
        "version": SPOKEN,
        "min_version": SPOKEN,
        "updated": _COMPUTE_SINCE,
        "links": _links(f"{base}/v2.1/"),
    }


async def list_image_versions(exchange: Exchange) -> Answer:
    """GET /image: 200."""
    version = {
        "id": _IMAGE,
        "status": "CURRENT",
        "links": _links(f"{base_url(exchange)}/image/v2/"),
    }
    return json_answer(200, {"versions": [version]})


async def get_image_version(exchange: Exchange) -> Answer:
    """GET /image/v2: 200, the same."""
    return await list_image_versions(exchange)


async def list_identity_versions(exchange: Exchange) -> Answer:
    """GET /identity: 200."""
    return json_answer(200, {"versions": {"values": [_identity(base_url(exchange))]}})


async def get_identity_version(exchange: Exchange) -> Answer:
    """GET /identity/v3: 200."""
    return json_answer(200, {"version": _identity(base_url(exchange))})


def _identity(base: str) -> dict[str, Any]:
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": _IDENTITY_SINCE,
        "links": _links(f"{base}/identity/v3/"),
        "media-types": [{"base": "application/json", "type": _MEDIA.format("identity", "v3")}],
    }


def _links(href: str) -> list[dict[str, str]]:
    return [{"rel": "self", "href": href}]
