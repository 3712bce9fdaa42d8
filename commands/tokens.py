"""Issuing and revoking tokens, and the first start of an empty log.

These come from whoever holds the database, by the command line; they are records like any other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Final

from commands.store.side_rows import find_principal, name_principal
from commands.unit import Unit
from domain.access import Role
from domain.commands import IssueToken, RevokeToken, TokenCommand
from domain.events import StoreCreated
from domain.ports import Entry
from domain.records import Metadata
from domain.refusals import PrincipalUnknown
from domain.registry import REGISTRY
from domain.tokens import decide_token, fold_principal

FIRST_PRINCIPAL: Final = "admin"
_COMMAND_LINE: Final = "command_line"


def new_token() -> str:
    """A token: a random UUID, version 4, of 122 random bits."""
    return str(uuid.uuid4())


def token_sha256(token: str) -> str:
    """What is kept of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_store(unit: Unit) -> None:
    """Write the first record of a log, which names the store; nothing on a log that has one."""
    if unit.position:
        return
    at = unit.now()
    store_id = unit.new_id()
    metadata = Metadata(
        received_at=at,
        organization="",
        request_id=unit.new_id(),
        dialect=_COMMAND_LINE,
        command="create_store",
        status=201,
    )
    unit.append(StoreCreated(at=at, store_id=store_id), metadata, stream=(store_id, 1))


def issue_token(
    unit: Unit,
    token: str,
    name: str,
    role: Role,
    organizations: tuple[str, ...],
    expires_at: dt.datetime | None = None,
) -> None:
    """Give the principal of that name, known or new, a token. The first organization is its home.

    Raises `PrincipalNameTaken` where it holds one already.
    """
    principal_id = find_principal(unit.session, name)
    if principal_id is None:
        principal_id = unit.new_id()
        name_principal(unit.session, principal_id, name)
    command = IssueToken(
        principal_id=principal_id,
        token_sha256=token_sha256(token),
        role=role,
        organization=organizations[0],
        organizations=organizations[1:],
        expires_at=expires_at,
    )
    _record(unit, command, organizations[0])


def revoke_token(unit: Unit, name: str) -> None:
    """Stop honouring the token of the principal of that name. Raises `PrincipalUnknown`."""
    principal_id = find_principal(unit.session, name)
    if principal_id is None:
        raise PrincipalUnknown(f"no principal is named {name!r}")
    _record(unit, RevokeToken(principal_id=principal_id), None)


def _record(unit: Unit, command: TokenCommand, organization: str | None) -> Entry:
    at = unit.now()
    principal = fold_principal(record.event for record in unit.read_stream(command.principal_id))
    (event,) = decide_token(principal, command, at)
    if organization is None:
        assert principal is not None, "decided on a principal"
        assert principal.token is not None, "decided on a held token"
        organization = principal.token.organization
    metadata = Metadata(
        received_at=at,
        organization=organization,
        request_id=unit.new_id(),
        dialect=_COMMAND_LINE,
        command="issue_token" if isinstance(command, IssueToken) else "revoke_token",
        arguments=REGISTRY.encode_command(command),
        status=200,
    )
    version = principal.version + 1 if principal else 1
    return unit.append(event, metadata, stream=(command.principal_id, version))
