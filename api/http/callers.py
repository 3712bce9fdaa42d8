"""Who calls: tokens to callers, remembered for as long as a revocation may take to be honoured."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote, unquote

from api.http.refusals import CallerUnknown
from domain.access import Caller
from domain.ports import Session
from domain.values import TEXT_MAX_CHARACTERS
from projections.tokens import find_caller

REMEMBERED_S: Final = 0.5
REMEMBERED_MAX: Final = 10_000
TOKEN_MAX_CHARACTERS: Final = 2_048
_WITHIN: Final = ":"

Ask = Callable[[Callable[[Session], Caller | None]], Awaitable[Caller | None]]


class Callers:
    """Finds callers by their tokens. For the loop's thread alone."""

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    async def find(self, token: str | None, now: dt.datetime) -> Caller:
        """Who bears the token. Raises `CallerUnknown`, in the same words whatever is wrong."""
        caller = None
        if token and len(token) <= TOKEN_MAX_CHARACTERS:
            caller = await (self._within(token) if _WITHIN in token else self._find(token))
        if caller is None or (caller.expires_at is not None and now >= caller.expires_at):
            raise CallerUnknown("a valid token is required: X-Auth-Token, or Authorization: Bearer")
        return caller

    async def _within(self, token: str) -> Caller | None:
        """The bearer of a token for one organization, within that, if its bearer may act there."""
        bare, organization = split_token(token)
        caller = None if organization is None else await self._find(bare)
        if organization is None or caller is None:
            return await self._find(token)
        return caller.within(organization) if caller.sees(organization) else None

    async def _find(self, token: str) -> Caller | None:
        # The token itself is not kept, not even in memory: its hash is what is looked up, so how
        # long the look-up takes tells nothing of any token.
        sha256 = hashlib.sha256(token.encode("latin-1", "replace")).hexdigest()
        known = self._known.get(sha256)
        if known is not None and self._clock() - known[0] < REMEMBERED_S:
            return known[1]
        asked_at = self._clock()
        caller = await self._ask(lambda session: find_caller(session, sha256))
        if caller is None:
            self._known.pop(sha256, None)
            return None
        self._known[sha256] = (asked_at, caller)
        if len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)
        return caller


def token_within(token: str, organization: str) -> str:
    """A token for one of its bearer's organizations alone: the same one, with that behind it."""
    return f"{token}{_WITHIN}{quote(organization, safe='')}"


def split_token(token: str) -> tuple[str, str | None]:
    """A token as it was issued, and the organization that it is for, where one stands behind it.

    Only what `token_within` writes is that: an organization that none can have is none here.
    """
    bare, _, quoted = token.rpartition(_WITHIN)
    organization = unquote(quoted)
    known = 0 < len(organization) <= TEXT_MAX_CHARACTERS and "\0" not in organization
    if not known or token_within(bare, organization) != token:
        return token, None
    return bare, organization


def bearer(headers: list[tuple[bytes, bytes]]) -> str | None:
    """The token that the headers carry, if any; `X-Auth-Token` counts first."""
    found = None
    for name, value in headers:
        if name == b"x-auth-token":
            return value.decode("latin-1")
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            found = value[7:].strip().decode("latin-1")
    return found
