"""Roles and operations over three organizations: who may do what, what is not there for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pytest

from domain.access import ROLES, Role
from domain.events import RequestRefused
from tests.api.expecting import MISSING, refuses
from tests.support import ELSEWHERE, HOME, SEED_A, Api

THIRD: Final = "5d8d0e1c-6a59-4bb1-9c6e-5d2c1f6c3b7a"


@dataclass(frozen=True)
class Operation:
    """One operation on a server, and the status of its success."""

    method: str
    path: str
    status: int
    json: Any = None

    @property
    def writes(self) -> bool:
        return self.method != "GET"


OPERATIONS: Final = (
    Operation("GET", "/servers/{ref}", 200),
    Operation("GET", "/servers/{ref}/action", 200),
    Operation("PUT", "/servers/{ref}", 200, {"tags": ["x"]}),
    Operation("PATCH", "/servers/{ref}", 200, {"tags": ["x"]}),
    Operation("PATCH", "/servers/{ref}", 200, {"server": {"new_name": "other"}}),
    Operation("POST", "/servers/{ref}/action", 202, {"action": "poweron"}),
    Operation("POST", "/servers/{ref}/action", 202, {"action": "backup"}),
    Operation("DELETE", "/servers/{ref}", 204),
)
WRITERS: Final = ("member", "admin")
CASES: Final = [(role, operation) for role in ROLES for operation in OPERATIONS]


@pytest.mark.parametrize(("role", "operation"), CASES)
def test_in_its_organizations_a_role_does_what_it_may(
    api: Api, role: Role, operation: Operation
) -> None:
    token = api.issue(role, HOME, ELSEWHERE)
    for organization in (HOME, ELSEWHERE):
        server = api.create("mine", organization=organization)
        path = operation.path.format(ref=server["id"])
        if operation.writes and role not in WRITERS:
            refuses(
                api,
                (403, "right.missing"),
                operation.method,
                path,
                json=operation.json,
                token=token,
            )
        else:
            answer = api.request(operation.method, path, json=operation.json, token=token)
            assert answer.status_code == operation.status
        api.delete(f"/servers/{server['id']}")


@pytest.mark.parametrize(("role", "operation"), [c for c in CASES if c[0] != "admin"])
def test_a_foreign_server_is_told_exactly_as_a_missing_one(
    api: Api, role: Role, operation: Operation
) -> None:
    foreign = api.create("foreign-name", organization=THIRD)
    token = api.issue(role, HOME, ELSEWHERE)

    def body_for(ref: str) -> dict[str, Any]:
        path = operation.path.format(ref=ref)
        body = refuses(
            api,
            (404, "server.unknown"),
            operation.method,
            path,
            json=operation.json,
            token=token,
        )
        del body["request_id"]
        return {name: str(value).replace(ref, "REF") for name, value in body.items()}

    missing = body_for(MISSING)
    assert body_for(foreign["id"]) == missing
    assert body_for(foreign["id"].upper()) == missing
    assert body_for("foreign-name") == missing
    assert body_for("missing-name") == missing


def test_a_refused_request_for_a_foreign_server_is_filed_at_the_callers_home(api: Api) -> None:
    foreign = api.create("foreign", organization=THIRD)
    token, position = api.issue("member", ELSEWHERE, HOME), api.position
    api.delete(f"/servers/{foreign['id']}", token=token)
    ((_, record),) = api.records(position)
    assert record.metadata.organization == ELSEWHERE
    assert isinstance(record.event, RequestRefused)
    assert (record.event.server_id, record.event.server_version) == (None, None)
    assert (record.originator_id, record.originator_version) == (record.id, 1)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_admin_acts_in_every_organization(api: Api, operation: Operation) -> None:
    admin = api.issue("admin", HOME)
    server = api.create("theirs", organization=THIRD)
    path = operation.path.format(ref=server["id"])
    answer = api.request(operation.method, path, json=operation.json, token=admin)
    assert answer.status_code == operation.status


@pytest.mark.parametrize("role", ROLES)
def test_creating_takes_a_writing_role_and_an_organization_of_the_callers(
    api: Api, role: Role
) -> None:
    token = api.issue(role, HOME, ELSEWHERE)
    for organization in (HOME, ELSEWHERE, THIRD):
        body = SEED_A | {"organization": organization}
        if role not in WRITERS:
            expected = (403, "right.missing")
        elif role == "member" and organization == THIRD:
            expected = (403, "organization.foreign")
        else:
            answer = api.post("/servers", body, token=token)
            assert answer.status_code == 201
            assert answer.json()["server"]["organization"] == organization
            continue
        refuses(api, expected, "POST", "/servers", json=body, token=token)


@pytest.mark.parametrize("role", ROLES)
def test_the_catalogue_is_everybodys(api: Api, role: Role) -> None:
    token = api.issue(role, THIRD)
    for path in ("/flavors", "/flavors/2", "/images", "/products/servers", "/volumes"):
        assert api.get(path, token=token).status_code == 200
