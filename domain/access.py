"""Who may do what: roles, and a caller's rights over organizations."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

Role = Literal["reader", "member", "auditor", "admin"]
ROLES: tuple[Role, ...] = ("reader", "member", "auditor", "admin")


class Caller(msgspec.Struct, frozen=True):
    """An authenticated principal, as its token describes it."""

    principal_id: str
    role: Role
    organization: str
    """The home organization: where what names no other is filed."""
    organizations: tuple[str, ...] = ()
    """Further organizations it may act in."""
    expires_at: dt.datetime | None = None
    at_home: bool = False
    """Whether its token is for its home alone, though it may see more."""

    @property
    def scope(self) -> tuple[str, ...] | None:
        """The organizations it sees; None is every one."""
        if self.role == "admin":
            return None
        # Each once: what is asked of them one by one would otherwise count twice.
        return tuple(dict.fromkeys((self.organization, *self.organizations)))

    @property
    def listed(self) -> tuple[str, ...] | None:
        """The organizations whose things its lists tell, where no other is asked for."""
        return (self.organization,) if self.at_home else self.scope

    def sees(self, organization: str) -> bool:
        """Whether that organization exists for this caller; one without a name does for nobody."""
        if self.role == "admin":
            return organization != ""
        return organization == self.organization or organization in self.organizations

    def within(self, organization: str) -> Caller:
        """The same, at home in one of its organizations and in no other; an admin sees all."""
        return msgspec.structs.replace(
            self, organization=organization, organizations=(), at_home=True
        )

    @property
    def may_write(self) -> bool:
        """Whether it may change servers at all."""
        return self.role in ("member", "admin")
