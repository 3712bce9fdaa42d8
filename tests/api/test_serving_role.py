"""Serving as a role that may do nothing else: the whole service, beside the owner's commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.commands.stores import kept
from tests.databases import contents_of, database_url, edited, tables_of
from tests.moving import exported
from tests.process import Process, process
from tests.program import run_program
from tests.roles import exists, quoted, rights_of, role_name, url_as
from tests.support import HOME, SEED_A

pytestmark = pytest.mark.postgresql

PREPARE = ("database", "prepare")
READY = "schema 5 was current"


@pytest.fixture
def role(tmp_path: Path) -> Iterator[str]:
    database_url(tmp_path)
    with role_name() as name:
        yield name


def prepared(folder: Path, *arguments: str, password: str = "") -> str:
    """The line that it says."""
    ran = run_program(folder, *PREPARE, *arguments, RACKLEDGER_ROLE_PASSWORD=password)
    assert (ran.returncode, ran.stderr) == (0, "")
    (line,) = ran.stdout.splitlines()
    return line


def as_role(folder: Path, role: str, *command: str) -> Any:
    return run_program(folder, *command, RACKLEDGER_DATABASE=url_as(folder, role))


def use(client: httpx2.Client, name: str) -> None:
    """A round of every kind of request."""
    made = client.post("/servers", json=SEED_A | {"name": name, "tags": ["a"]})
    assert made.status_code == 201, made.text
    server = f"/servers/{made.json()['server']['id']}"
    for action in ("poweron", "resetsoft", "poweroff"):
        acted = client.post(f"{server}/action", json={"action": action})
        assert acted.status_code == 202, acted.text
        task = client.get(f"/tasks/{acted.json()['task']['id']}")
        assert task.status_code == 200, task.text
    backup = {"action": "backup", "name": "b"}
    assert client.post(f"{server}/action", json=backup).status_code == 202
    for _ in range(2):
        headers = {"Idempotency-Key": f"{name}-once"}
        changed = client.put(server, json={"name": f"{name}-2", "tags": ["b"]}, headers=headers)
        assert changed.status_code == 200, changed.text
    restored = client.post(f"{server}/action", json={"action": "restore", "backup": "b"})
    assert restored.status_code == 202, restored.text
    assert client.post(f"{server}/action", json={"action": "dance"}).status_code == 400
    assert client.get("/servers/nobody").status_code == 404
    for read in (
        *("/servers", "/servers?tags=a", "/servers?limit=1", "/servers?at=-1s", "/volumes"),
        *("/audit?limit=5", "/events?limit=5", f"{server}/blame", "/diff?from=2", server),
    ):
        answer = client.get(read)
        assert answer.status_code == 200, (read, answer.text)
    assert client.delete(server).status_code == 204
    assert client.get(server).status_code == 404
    assert client.post(f"{server}/revert", json={"to_version": 1}).status_code == 200
    assert client.delete(server).status_code == 204
    assert client.get("/readyz").json()["check"] != "unsound"


@pytest.fixture
def service(tmp_path: Path, role: str) -> Iterator[Process]:
    """A process that serves as the role, in a database that the owner prepared."""
    assert prepared(tmp_path, "--role", role) == (
        f"made schema 5; role {role} was made and may serve it"
    )
    with process(tmp_path, RACKLEDGER_DATABASE=url_as(tmp_path, role)) as started:
        yield started
        assert started.stop() == 0
        assert not any("error" in line for line in started.output), started.output


def test_it_serves_everything_also_after_the_owner_rebuilt(
    service: Process, tmp_path: Path, role: str
) -> None:
    before = rights_of(tmp_path, role)
    with service.client() as client:
        use(client, "first")
        for options in ((), ("--keep-old",), ("--switch-back",), ("--drop-old",)):
            ran = run_program(tmp_path, "rebuild", *options)
            assert (ran.returncode, ran.stderr) == (0, "")
            # What is kept of the replaced tables is as it was, too.
            rights = rights_of(tmp_path, role)
            assert {name: rights[name] for name in rights if not name.endswith("_old")} == before
            use(client, f"after{''.join(options)}")
    ran = run_program(tmp_path, "verify")
    assert ran.returncode == 0, ran.stdout


def test_short_commands_work_as_the_role(service: Process, tmp_path: Path, role: str) -> None:
    created = as_role(
        *(tmp_path, role, "token", "create"),
        *("--name", "alice", "--role", "admin", "--organization", HOME),
    )
    assert (created.returncode, created.stderr) == (0, "")
    with service.client(created.stdout.splitlines()[-1]) as client:
        use(client, "hers")
    for command in (("token", "list"), ("log",), ("show",), ("export", str(tmp_path / "file"))):
        ran = as_role(tmp_path, role, *command)
        assert ran.returncode == 0, ran.stderr
    assert as_role(tmp_path, role, "token", "revoke", "alice").returncode == 0


@pytest.mark.parametrize(
    ("command", "status"), [(("verify",), 2), (("rebuild",), 1), (PREPARE, 0)], ids=str
)
def test_what_only_the_owner_can_do_is_refused_to_it_and_changes_nothing(
    service: Process, tmp_path: Path, role: str, command: tuple[str, ...], status: int
) -> None:
    with service.client() as client:
        use(client, "a")
    assert service.stop() == 0
    before = contents_of(tmp_path)
    ran = as_role(tmp_path, role, *command)
    assert ran.returncode == status
    if status:
        (line,) = ran.stderr.splitlines()
        assert "permission denied for database" in line
    else:
        assert ran.stdout == f"{READY}\n"  # there is nothing to do, and nothing is done
    assert contents_of(tmp_path) == before


def test_to_import_is_for_the_owner(tmp_path: Path, role: str) -> None:
    with kept(tmp_path) as store:
        store.create()
    file, other = tmp_path / "log.ndjson", tmp_path / "other"
    exported(tmp_path, file)
    other.mkdir()
    database_url(other)
    prepared(other, "--role", role)
    before = contents_of(other)
    ran = as_role(other, role, "import", str(file))
    (line,) = ran.stderr.splitlines()
    assert (ran.returncode, ran.stdout) == (1, "")
    assert line.endswith("permission denied for table secrets")
    assert contents_of(other) == before
    assert run_program(other, "import", str(file)).returncode == 0


def test_preparing_tells_what_it_did_and_does_nothing_twice(tmp_path: Path, role: str) -> None:
    secret = "hunter2 of a role"
    assert prepared(tmp_path) == "made schema 5"
    before = contents_of(tmp_path)
    assert prepared(tmp_path) == READY
    made = prepared(tmp_path, "--role", role, password=secret)
    assert made == f"{READY}; role {role} was made and may serve it"
    again = prepared(tmp_path, "--role", role, password=secret)
    assert again == f"{READY}; role {role} was there and may serve it"
    assert contents_of(tmp_path) == before


@pytest.mark.parametrize("name", ["", "x" * 64, "a\nb", "\udcff"], ids=repr)
def test_a_name_that_none_can_bear_is_refused_before_anything_is_made(
    tmp_path: Path, name: str
) -> None:
    database_url(tmp_path)
    ran = run_program(tmp_path, *PREPARE, "--role", name)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "rackledger: --role: 1 to 63 bytes of printable characters\n"
    assert tables_of(tmp_path) == set()


def test_a_role_that_could_do_more_is_refused_in_one_line(tmp_path: Path) -> None:
    assert prepared(tmp_path) == "made schema 5"
    with edited(tmp_path) as database:
        ((owner,),) = database.execute("SELECT current_user").rows
    before = contents_of(tmp_path)
    for name, words in ((owner, "could change records"), ("public", "is reserved")):
        ran = run_program(tmp_path, *PREPARE, "--role", name)
        (line,) = ran.stderr.splitlines()
        assert (ran.returncode, ran.stdout) == (2, "")
        assert line.startswith(f"rackledger: {READY}, but")
        assert words in line
    assert contents_of(tmp_path) == before


def test_to_serve_where_nothing_is_prepared_is_refused_with_what_to_do(
    tmp_path: Path, role: str
) -> None:
    with edited(tmp_path) as database:
        ((schema,),) = database.execute("SELECT current_schema()").rows
        database.execute(f"CREATE ROLE {quoted(role)} LOGIN")
        database.execute(f"GRANT USAGE ON SCHEMA {schema} TO {quoted(role)}")
    ran = as_role(tmp_path, role, "serve", "--port", "0")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "rackledger: the database holds no tables that may be used; "
        "run `rackledger database prepare` as the owner\n"
    )
    assert tables_of(tmp_path) == set()
    assert exists(tmp_path, role)
