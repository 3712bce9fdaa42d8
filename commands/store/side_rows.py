"""Personal data beside the log: names, source addresses, and the salt that hides them."""

from __future__ import annotations

import hmac
import secrets as chance
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from commands.store.digests import side_digest
from commands.store.files import DatabaseUnusable
from commands.store.session import StoreSession
from commands.store.tables import origins, principals, secrets
from domain.ports import Session

SALT: Final = "origin_salt"
"""The name of the secret that addresses and bodies are hashed with."""
_SALT_BYTES: Final = 32

_GET_SECRET: Final = sa.select(secrets.c.value).where(
    secrets.c.name == sa.bindparam("name", type_=sa.Text)
)
_PUT_SECRET: Final = secrets.insert()
_PUT_PRINCIPAL: Final = principals.insert()
_GET_PRINCIPAL: Final = sa.select(principals.c.principal_id).where(
    principals.c.name == sa.bindparam("name", type_=sa.Text)
)
_GET_NAME: Final = sa.select(principals.c.name).where(
    principals.c.principal_id == sa.bindparam("principal_id", type_=sa.Text)
)
_GET_ORIGIN: Final = sa.select(origins.c.address).where(
    origins.c.source == sa.bindparam("source", type_=sa.Text)
)
_LIST_PRINCIPALS: Final = sa.select(principals.c.principal_id, principals.c.name)
_LIST_ORIGINS: Final = sa.select(origins.c.source, origins.c.address)
_PUT_ORIGIN: Final = origins.insert().from_select(
    ["source", "address"],
    sa.select(sa.bindparam("source", type_=sa.Text), sa.bindparam("address", type_=sa.Text)).where(
        ~sa.exists().where(origins.c.source == sa.bindparam("known_source", type_=sa.Text))
    ),
)


def ensure_salt(session: StoreSession) -> bytes:
    """The store's salt, made if this is its first use."""
    known = salt_of(session)
    if known is not None:
        return known
    salt = chance.token_bytes(_SALT_BYTES)
    put_secret(session, SALT, salt)
    return salt


def salt_of(session: Session) -> bytes | None:
    """The store's salt; None before its first use. Raises `DatabaseUnusable` for no bytes."""
    row = session.row(_GET_SECRET, {"name": SALT})
    if row is None:
        return None
    if not isinstance(row[0], bytes):
        raise DatabaseUnusable(f"secrets {SALT!r}: not what was stored")
    return row[0]


def put_secret(session: StoreSession, name: str, value: bytes) -> None:
    """Keep a secret."""
    sealed = {"name": name, "value": value, "sha256": side_digest(name, value)}
    session.write(_PUT_SECRET, [sealed])


@lru_cache(maxsize=10_000)
def hash_address(salt: bytes, address: str) -> str:
    """What the log holds in place of a source address: 32 hexadecimal digits."""
    return hmac.digest(salt, address.encode(), "sha256").hex()[:32]


def hide_body(salt: bytes, sha256: str) -> str:
    """What the log holds in place of a request body's SHA-256: 64 hexadecimal digits."""
    return hmac.digest(salt, b"body " + sha256.encode(), "sha256").hex()


def remember_origins(session: StoreSession, addresses: dict[str, str]) -> None:
    """Keep addresses by their hash, those not known yet."""
    rows: list[dict[str, Any]] = [
        {"source": source, "address": address, "known_source": source}
        for source, address in addresses.items()
    ]
    session.write(_PUT_ORIGIN, rows)


def find_principal(session: Session, name: str) -> str | None:
    """The id of the principal of that name."""
    row = session.row(_GET_PRINCIPAL, {"name": name})
    return row[0] if row else None


def principal_name(session: Session, principal_id: str) -> str | None:
    """The name of a principal; None where it was erased."""
    row = session.row(_GET_NAME, {"principal_id": principal_id})
    return row[0] if row else None


def address_of(session: Session, source: str) -> str | None:
    """The address that a hash stands for; None where it was erased."""
    row = session.row(_GET_ORIGIN, {"source": source})
    return row[0] if row else None


def name_principal(session: StoreSession, principal_id: str, name: str) -> None:
    """Keep a new principal's name."""
    digest = side_digest(principal_id, name.encode())
    row = {"principal_id": principal_id, "name": name, "sha256": digest}
    session.write(_PUT_PRINCIPAL, [row])


def principal_names(session: StoreSession) -> dict[str, str]:
    """Every principal's name, by id."""
    return dict(session.rows(_LIST_PRINCIPALS))


def addresses(session: StoreSession) -> dict[str, str]:
    """Every source address that is known, by its hash."""
    return dict(session.rows(_LIST_ORIGINS))
