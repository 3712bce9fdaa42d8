"""Tokens as Keystone gives them: the API token that was sent, and what it is good for.

Nothing is issued and nothing written: whoever logs in has the token already.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from contextlib import suppress
from typing import Any, Final

import orjson

from api.http.answer import JSON, UNSHARED, Answer
from api.http.callers import split_token, token_within
from api.http.exchange import Exchange
from api.http.refusals import CallerUnknown, SubjectUnknown
from api.keystone.asking import (
    DOMAIN_ID,
    DOMAIN_NAME,
    REFUSED,
    check_owner,
    project_of,
    read_asked,
)
from api.openstack.addresses import base_url
from api.principals import name_of
from domain.access import Caller

REGION: Final = "RegionOne"
TOLD_FOR: Final = dt.timedelta(hours=24)
"""How long a token is said to be good for that never expires: clients then ask again."""
_INTERFACES: Final = ("public", "internal", "admin")
_SERVICES: Final = (
    ("compute", "nova", "/v2.1"),
    ("image", "glance", "/image"),
    ("identity", "keystone", "/identity/v3"),
)
_DOMAIN: Final = {"id": DOMAIN_ID, "name": DOMAIN_NAME}
_ROLES: Final = {"auditor": ("reader", "auditor"), "admin": ("reader", "member", "admin")}


async def authenticate(exchange: Exchange) -> Answer:
    """POST /identity/v3/auth/tokens: 201 with `X-Subject-Token`; 400, 401."""
    base = base_url(exchange)
    body, _ = await exchange.read_object()
    asked = read_asked(body)
    try:
        # What cannot stand in a header, where it is answered, is no token.
        token = asked.token if asked.token.isascii() and asked.token.isprintable() else None
        caller = await exchange.service.callers.find(token, exchange.received_at)
    except CallerUnknown:
        raise CallerUnknown(REFUSED) from None
    exchange.service.meter(caller)
    name = await name_of(exchange.service, caller.principal_id)
    check_owner(asked, caller, name)
    project = project_of(asked, caller)
    told = _token(exchange, caller, name, project, asked.method)
    if project is not None and _wants_catalog(exchange):
        told["catalog"] = _catalog(base)
    return _answer(201, await _subject(exchange, asked.token, caller, project), told)


def _wants_catalog(exchange: Exchange) -> bool:
    pairs = exchange.scope["query_string"].split(b"&")
    return all(pair.partition(b"=")[0] != b"nocatalog" for pair in pairs)


async def validate(exchange: Exchange) -> Answer:
    """GET /identity/v3/auth/tokens: 200, of the token in `X-Subject-Token`; 404."""
    base, subject = base_url(exchange), exchange.header(b"x-subject-token") or ""
    try:
        asked_about = subject if subject.isascii() else None
        caller = await exchange.service.callers.find(asked_about, exchange.received_at)
    except CallerUnknown:
        raise SubjectUnknown("Could not find the token of X-Subject-Token.") from None
    name = await name_of(exchange.service, caller.principal_id)
    told = _token(exchange, caller, name, caller.organization, "password")
    if _wants_catalog(exchange):
        told["catalog"] = _catalog(base)
    return _answer(200, subject, told)


async def _subject(exchange: Exchange, token: str, caller: Caller, project: str | None) -> str:
    """The token that was sent, for the project alone where that is not its bearer's home.

    One that is for a project already is for another one then, not for one within the other.
    """
    if project is None or project == caller.organization:
        return token
    bare, within = split_token(token)
    if within is not None:
        with suppress(CallerUnknown):  # its own, with a colon in it
            await exchange.service.callers.find(bare, exchange.received_at)
            token = bare
    return token_within(token, project)


def _answer(status: int, token: str, told: dict[str, Any]) -> Answer:
    headers = (JSON, UNSHARED, (b"x-subject-token", token.encode("ascii")))
    return Answer(status, orjson.dumps({"token": told}), headers)


def _token(
    exchange: Exchange, caller: Caller, name: str | None, project: str | None, method: str
) -> dict[str, Any]:
    now = exchange.received_at
    expires_at = min(now + TOLD_FOR, caller.expires_at or now + TOLD_FOR)
    told: dict[str, Any] = {
        "methods": [method],
        "user": {
            "id": caller.principal_id,
            "name": name or caller.principal_id,
            "domain": _DOMAIN,
            "password_expires_at": None,
        },
        "audit_ids": [_audit_id(exchange.request_id)],
        "expires_at": _time(expires_at),
        "issued_at": _time(now),
    }
    if project is not None:
        told["project"] = {"id": project, "name": project, "domain": _DOMAIN}
        told["is_domain"] = False
        told["roles"] = [
            {"id": role, "name": role} for role in _ROLES.get(caller.role, (caller.role,))
        ]
    return told


def _time(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _audit_id(request_id: str) -> str:
    digest = hashlib.sha256(request_id.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _catalog(base: str) -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "type": kind,
            "name": name,
            "endpoints": [
                {
                    "id": f"{name}-{interface}",
                    "interface": interface,
                    "region": REGION,
                    "region_id": REGION,
                    "url": base + path,
                }
                for interface in _INTERFACES
            ],
        }
        for kind, name, path in _SERVICES
    ]
