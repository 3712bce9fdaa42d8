"""Two organizations and the people who act in them."""

from __future__ import annotations

from typing import Final

from commands.tokens import issue_token, new_token
from commands.unit import Unit
from domain.access import Role
from tests.properties.driving import Driven
from tests.properties.model import ELSEWHERE, HOME, Caller, Model
from tests.support import ADMIN_TOKEN

PEOPLE: Final[dict[str, tuple[Role, tuple[str, ...]]]] = {
    "ann": ("member", (HOME,)),
    "bob": ("member", (ELSEWHERE,)),
    "eve": ("member", (ELSEWHERE, HOME)),
    "rod": ("reader", (HOME,)),
    "amy": ("auditor", (ELSEWHERE,)),
}


def settle_in(driven: Driven) -> Model:
    """Issue everybody's token; the model of a service that holds nothing else."""
    callers = {"root": Caller(ADMIN_TOKEN, HOME, None)}
    for name, (role, organizations) in PEOPLE.items():
        token = new_token()

        def issue(unit: Unit) -> None:
            issue_token(unit, token, name, role, organizations)  # noqa: B023  # run at once

        driven.run(issue)
        callers[name] = Caller(token, organizations[0], organizations, role == "member")
    return Model(callers, ["store.created", *["token.issued"] * len(callers)])
