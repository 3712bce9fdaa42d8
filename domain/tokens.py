"""The Principal aggregate: the token it holds, and the rules of issuing and revoking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from domain.commands import IssueToken, RevokeToken, TokenCommand
from domain.events import Event, TokenEvent, TokenIssued, TokenRevoked
from domain.refusals import PrincipalNameTaken, PrincipalUnknown
from domain.values import Value


class Principal(Value, frozen=True):
    """Somebody who may call, as of `version`; `token` is None once revoked."""

    id: str
    version: int
    token: TokenIssued | None

    def holds_token(self, at: dt.datetime) -> bool:
        """Whether its token is honoured at that time."""
        return self.token is not None and (
            self.token.expires_at is None or at < self.token.expires_at
        )


def evolve_principal(principal: Principal | None, event: Event) -> Principal:
    """The state after `event`. Raises `TypeError` for an event that does not fit."""
    match event:
        case TokenIssued():
            version = principal.version + 1 if principal else 1
            return Principal(id=event.principal_id, version=version, token=event)
        case TokenRevoked() if principal is not None:
            return msgspec.structs.replace(principal, version=principal.version + 1, token=None)
        case _:
            raise TypeError(f"not the next event of a principal: {type(event).__name__}")


def fold_principal(events: Iterable[Event]) -> Principal | None:
    """The state after `events`, oldest first; None where there are none."""
    principal = None
    for event in events:
        principal = evolve_principal(principal, event)
    return principal


def decide_token(
    principal: Principal | None, command: TokenCommand, at: dt.datetime
) -> tuple[TokenEvent, ...]:
    """The events that `command` leads to. Raises a `Refusal` where a rule forbids it."""
    match command:
        case IssueToken():
            if principal is not None and principal.holds_token(at):
                raise PrincipalNameTaken("a principal of that name holds a token; revoke it first")
            return (
                TokenIssued(
                    at=at,
                    principal_id=command.principal_id,
                    token_sha256=command.token_sha256,
                    role=command.role,
                    organization=command.organization,
                    organizations=command.organizations,
                    expires_at=command.expires_at,
                ),
            )
        case RevokeToken():
            if principal is None or principal.token is None:
                raise PrincipalUnknown("no principal of that name holds a token")
            return (TokenRevoked(at=at),)
