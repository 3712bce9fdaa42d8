"""`rackledger token`: issued, listed and revoked, beside a running service and without one."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from domain.access import ROLES
from tests.databases import holds
from tests.process import Process, process
from tests.program import BOUND_S, issue, run_program
from tests.support import ADMIN_TOKEN, ELSEWHERE, HOME, SEED_A

ADMIN = ["admin", "admin", HOME, "-"]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    with process(tmp_path) as started:
        yield started


def create(folder: Path, name: str, role: str = "member", *options: str) -> str:
    """The token that is printed alone on the last line."""
    organization = () if "--organization" in options else ("--organization", HOME)
    ran = run_program(
        folder, "token", "create", "--name", name, "--role", role, *organization, *options
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    token = ran.stdout.splitlines()[-1]
    assert (str(UUID(token)), UUID(token).version) == (token, 4)
    return token


def listed(folder: Path) -> list[list[str]]:
    ran = run_program(folder, "token", "list")
    assert (ran.returncode, ran.stderr) == (0, "")
    return [line.split("\t") for line in ran.stdout.splitlines()]


def refused(folder: Path, *arguments: str) -> str:
    """The line that a refusal says: status 1, nothing on standard output."""
    ran = run_program(folder, "token", *arguments)
    (line,) = ran.stderr.splitlines()
    assert (ran.returncode, ran.stdout) == (1, "")
    return line


def status(service: Process, token: str) -> int:
    with service.client(token) as client:
        return client.get("/servers").status_code


def await_status(service: Process, token: str, wanted: int) -> None:
    deadline = time.monotonic() + BOUND_S
    while status(service, token) != wanted:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_token_can_be_used_at_once_beside_a_running_service(
    service: Process, tmp_path: Path
) -> None:
    token = create(tmp_path, "alice")
    with service.client(token) as client:
        made = client.post("/servers", json=SEED_A)
        assert made.status_code == 201
        assert client.get("/servers").json() == {"servers": [made.json()["server"]]}


def test_a_token_bears_its_role(service: Process, tmp_path: Path) -> None:
    seen = {}
    for role in ROLES:
        with service.client(create(tmp_path, f"a {role}", role)) as client:
            answers = client.get("/servers"), client.post("/servers", json=SEED_A)
            seen[role] = tuple(answer.status_code for answer in answers)
    assert seen == {
        "reader": (200, 403),
        "member": (200, 201),
        "auditor": (200, 403),
        "admin": (200, 201),
    }


def test_a_token_acts_in_all_its_organizations_and_no_other(
    service: Process, tmp_path: Path
) -> None:
    homes = ("--organization", ELSEWHERE, "--organization", HOME)
    with service.client(create(tmp_path, "alice", "member", *homes)) as client:
        for organization, wanted in ((ELSEWHERE, 201), (HOME, 201), ("none", 403)):
            body = SEED_A | {"organization": organization}
            assert client.post("/servers", json=body).status_code == wanted
    assert ["alice", "member", f"{ELSEWHERE},{HOME}", "-"] in listed(tmp_path)


def test_a_token_is_in_no_listing_and_is_not_stored(tmp_path: Path) -> None:
    token = create(tmp_path, "alice")
    assert listed(tmp_path) == [["alice", "member", HOME, "-"]]
    assert not holds(tmp_path, token)
    assert holds(tmp_path, hashlib.sha256(token.encode()).hexdigest())


def test_a_revoked_token_is_soon_honoured_no_more(service: Process, tmp_path: Path) -> None:
    token = issue(tmp_path, "member", HOME, name="alice")
    other = issue(tmp_path, "member", HOME, name="bob")
    assert status(service, token) == 200
    ran = run_program(tmp_path, "token", "revoke", "alice")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "revoked the token of alice\n", "")
    await_status(service, token, 401)
    assert (status(service, other), status(service, ADMIN_TOKEN)) == (200, 200)
    assert sorted(listed(tmp_path)) == [ADMIN, ["bob", "member", HOME, "-"]]


def test_a_principal_gets_another_token_once_the_first_is_revoked(
    service: Process, tmp_path: Path
) -> None:
    first = issue(tmp_path, "member", HOME, name="alice")
    taken = ("create", "--name", "alice", "--role", "reader", "--organization", "o")
    words = "rackledger: a principal of that name holds a token; revoke it first"
    assert refused(tmp_path, *taken) == words
    assert status(service, first) == 200
    assert sorted(listed(tmp_path)) == [ADMIN, ["alice", "member", HOME, "-"]]
    assert run_program(tmp_path, "token", "revoke", "alice").returncode == 0
    second = create(tmp_path, "alice", "reader")
    await_status(service, first, 401)
    assert status(service, second) == 200


def test_who_holds_no_token_cannot_lose_one(tmp_path: Path) -> None:
    assert refused(tmp_path, "revoke", "alice") == "rackledger: no principal is named 'alice'"
    issue(tmp_path, "member", HOME, name="alice")
    assert run_program(tmp_path, "token", "revoke", "alice").returncode == 0
    words = "rackledger: no principal of that name holds a token"
    assert refused(tmp_path, "revoke", "alice") == words


def test_a_token_expires(service: Process, tmp_path: Path) -> None:
    lasting = create(tmp_path, "bob", "reader", "--expires-in", "30d")
    short = create(tmp_path, "alice", "reader", "--expires-in", "2s")
    await_status(service, short, 401)
    assert status(service, lasting) == 200


def test_the_end_of_a_token_is_listed(tmp_path: Path) -> None:
    before = dt.datetime.now(dt.UTC).replace(microsecond=0)
    create(tmp_path, "bob", "reader", "--expires-in", "30d")
    ((name, *_, until),) = listed(tmp_path)
    after = dt.datetime.now(dt.UTC)
    assert name == "bob"
    assert re.fullmatch(r"[0-9T:-]+\+00:00", until)
    span = dt.timedelta(days=30)
    assert before + span <= dt.datetime.fromisoformat(until) <= after + span


def test_tokens_made_before_the_first_start_are_honoured_by_it(tmp_path: Path) -> None:
    token = create(tmp_path, "alice", "admin")
    with process(tmp_path, RACKLEDGER_TOKEN="") as service:
        assert service.stdout[1:] == []
        assert status(service, token) == 200
