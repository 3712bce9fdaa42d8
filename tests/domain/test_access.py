"""Whose servers a caller sees: its home's, its further organizations', or everybody's."""

from __future__ import annotations

import pytest

from domain.access import ROLES, Caller, Role


def caller(role: Role, *organizations: str) -> Caller:
    return Caller(principal_id="p", role=role, organization="home", organizations=organizations)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_a_caller_of_one_organization_sees_that_one_alone(role: Role) -> None:
    assert caller(role).scope == ("home",)
    assert [caller(role).sees(name) for name in ("home", "hom", "home2", "", "HOME")] == [
        True,
        False,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("role", ROLES)
def test_what_a_caller_sees_is_what_its_lists_are_filtered_by(role: Role) -> None:
    somebody = caller(role, "second", "third")
    for name in ("home", "second", "third", "foreign"):
        assert somebody.sees(name) is (somebody.scope is None or name in somebody.scope)


def test_members_and_admins_alone_write() -> None:
    assert [role for role in ROLES if caller(role).may_write] == ["member", "admin"]
