"""`rackledger token`: issue, list and revoke tokens, beside a running service or without one."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer

from api.settings import ConfigurationError, load_settings
from api.store import Store
from commands.store.side_rows import principal_names
from commands.tokens import create_store, issue_token, new_token, revoke_token
from commands.unit import Unit
from domain.access import ROLES, Role
from projections.tokens import list_callers

app: Final = typer.Typer(help="Manage tokens.")

Database = Annotated[
    str | None, typer.Option(help="Database URL [sqlite:///rackledger.db].", show_default=False)
]
NAME_MAX_CHARACTERS: Final = 255
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_SPAN_MAX_S: Final = 100 * 365 * 86_400


@app.command("create")
def create(
    name: Annotated[str, typer.Option(help="The principal's name, unique.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    organization: Annotated[
        list[str], typer.Option(help="Home organization; again for further ones.")
    ],
    expires_in: Annotated[str | None, typer.Option(help="Such as 12h or 30d.")] = None,
    database: Database = None,
) -> None:
    """Issue a token. It is printed alone on the last line, once."""
    _check_name("--name", name)
    for given in organization:
        _check_name("--organization", given)
    if len(set(organization)) < len(organization):
        raise ConfigurationError("--organization: each must be given once")
    known = _role(role)
    span = _span(expires_in)
    token = new_token()

    def issue(unit: Unit) -> None:
        create_store(unit)
        expires_at = unit.now() + span if span else None
        issue_token(unit, token, name, known, tuple(organization), expires_at)

    with _store(database) as store:
        store.writer.run(issue)
    print(token)


@app.command("list")
def list_(database: Database = None) -> None:
    """List who holds a token: name, role, organizations, expiry. Never the token."""
    with _store(database) as store, store.database.reading() as session:
        names = principal_names(session)
        callers = list_callers(session)
    for caller in callers:
        until = caller.expires_at.isoformat(timespec="seconds") if caller.expires_at else "-"
        organizations = ",".join((caller.organization, *caller.organizations))
        name = names.get(caller.principal_id, caller.principal_id)
        print(f"{name}\t{caller.role}\t{organizations}\t{until}")


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="The principal's name.")], database: Database = None
) -> None:
    """Stop honouring a principal's token; a running service follows within a second."""
    _check_name("name", name)
    with _store(database) as store:
        store.writer.run(lambda unit: revoke_token(unit, name))
    print(f"revoked the token of {name}")


@contextmanager
def _store(url: str | None) -> Iterator[Store]:
    store = Store(load_settings(os.environ, database=url).database)
    try:
        yield store
    finally:
        store.close()


def _check_name(option: str, text: str) -> None:
    """A line of the listing has a place for it. What is not UTF-8 is not printable either."""
    if not text.strip() or len(text) > NAME_MAX_CHARACTERS or not text.isprintable():
        raise ConfigurationError(f"{option}: 1 to {NAME_MAX_CHARACTERS} printable characters")


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise ConfigurationError(f"--role: must be one of {', '.join(ROLES)}")


def _span(text: str | None) -> dt.timedelta | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,10})([smhdw])", text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < seconds <= _SPAN_MAX_S:
        raise ConfigurationError("--expires-in: a number and one of s, m, h, d, w, such as 30d")
    return dt.timedelta(seconds=seconds)
