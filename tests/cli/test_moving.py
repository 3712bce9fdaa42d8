"""`rackledger export` and `import`: a service, and the same service somewhere else."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cli.test_rebuild_process import crowded
from tests.databases import contents_of, edited
from tests.process import process
from tests.program import BOUND_S, PROGRAM, environment_of, run_program
from tests.support import ADMIN_TOKEN, SEED_A, SEED_B

KEYS = [{"Idempotency-Key": f"key-{number}"} for number in range(4)]


def run(folder: Path, *arguments: str, status: int = 0) -> str:
    """What it printed, or the one line that it said."""
    ran = run_program(folder, *arguments)
    assert ran.returncode == status, ran
    if not status:
        assert ran.stderr == ""
        return ran.stdout
    (line,) = ran.stderr.splitlines()
    return line.removeprefix("rackledger: ")


def asked(client: httpx2.Client) -> list[Any]:
    """Requests under keys, as often as they are sent answered the same."""
    return [
        (answer.status_code, answer.content)
        for answer in (
            client.post("/servers", json=SEED_A, headers=KEYS[0]),
            client.post("/servers", json=SEED_B, headers=KEYS[1]),
            client.put("/servers/my_server", json={"tags": ["x"]}, headers=KEYS[2]),
            client.post("/servers/my_server/action", json={"action": "poweron"}, headers=KEYS[3]),
        )
    ]


def reads(client: httpx2.Client, end: int) -> dict[str, bytes]:
    """Every read there is, now and as of each position."""
    ids = [server["id"] for server in client.get("/servers?at_position=5").json()["servers"]]
    paths = ["/servers", "/volumes", "/audit", "/events", "/diff?from=1", "/timemap"]
    for position in range(end + 1):
        paths += [f"/servers?at_position={position}", f"/events?after_position={position}"]
    for server_id in ids:
        paths += [
            f"/servers/{server_id}{tail}"
            for tail in ("", "/action", "/audit", "/events", "/blame", "/timemap", "/diff?from=1")
        ]
    return {path: client.get(path).content for path in paths}


def without_requests(body: bytes) -> bytes:
    """An answer without what is the request's own."""
    try:
        told = json.loads(body)
    except ValueError:
        return body
    if isinstance(told, dict):
        told.pop("request_id", None)
    return json.dumps(told).encode()


@pytest.mark.parametrize("name", ["log.ndjson", "log.ndjson.zst"])
def test_the_imported_service_answers_everything_the_same(tmp_path: Path, name: str) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    file = str(tmp_path / name)
    with process(here) as service, service.client() as client:
        first = asked(client)
        client.delete("/servers/demo_instance_final")
        end = client.get("/readyz").json()["position"]
        before = {path: without_requests(body) for path, body in reads(client, end).items()}
        assert "records" in run(here, "export", file)
        run(there, "import", file)
        with process(there, RACKLEDGER_TOKEN="") as other, other.client() as same:
            found = {path: without_requests(body) for path, body in reads(same, end).items()}
            assert found == before
            assert asked(same) == first
        assert asked(client) == first
    again = str(tmp_path / f"again-{name}")
    run(there, "export", again, "--to", str(end))
    assert Path(again).read_bytes() == Path(file).read_bytes()


def test_an_export_beside_writers_is_whole_as_of_a_moment(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    with process(tmp_path) as service, crowded(service) as crowd:
        while len(crowd.made) < 20:
            pass
        for number in range(3):
            least = len(crowd.made)
            run(tmp_path, "export", f"{number}.ndjson.zst")
            told = json.loads(run(tmp_path, "verify", "--json", "--file", f"{number}.ndjson.zst"))
            assert told["sound"]
            assert told["records"] >= least
    run(there, "import", "../2.ndjson.zst")
    run(there, "verify")


@pytest.mark.parametrize("name", ["log.ndjson", "log.ndjson.zst"])
def test_an_export_that_is_killed_is_gone_on_with(tmp_path: Path, name: str) -> None:
    with process(tmp_path) as service, service.client() as client:
        for _ in range(30):
            client.post("/servers", json=SEED_B | {"server": {**SEED_B["server"], "max_count": 99}})
        for wait_s in (0.2, 0.4, 0.6):
            begun = subprocess.Popen(
                [PROGRAM, "export", name], env=environment_of(tmp_path, {}), cwd=tmp_path
            )
            try:
                begun.wait(wait_s)
            except subprocess.TimeoutExpired:
                begun.send_signal(signal.SIGKILL)
                begun.wait(BOUND_S)
            else:
                break
        if not (tmp_path / name).exists():
            run(tmp_path, "export", name)
        run(tmp_path, "export", f"whole-{name}")
    assert (tmp_path / name).read_bytes() == (tmp_path / f"whole-{name}").read_bytes()


def test_what_is_left_out_of_a_file_that_is_to_be_shown(tmp_path: Path) -> None:
    with process(tmp_path) as service, service.client() as client:
        client.post("/servers", json=SEED_A)
        assert service.stop() == 0
    run(tmp_path, "export", "log.ndjson", "--no-personal-data")
    text = (tmp_path / "log.ndjson").read_text()
    assert "side." not in text
    assert ADMIN_TOKEN not in text
    told = run(tmp_path, "history", "my_server", "--json", "--file", "log.ndjson")
    assert json.loads(told)["data"]["actor"]["name"] is None


@pytest.mark.parametrize(("arguments", "status"), [((), 201), (("--no-personal-data",), 422)])
def test_keys_stay_spent_where_the_salt_goes_along(
    tmp_path: Path, arguments: tuple[str, ...], status: int
) -> None:
    keyed = {"Idempotency-Key": "k"}
    with process(tmp_path) as service, service.client() as client:
        first = client.post("/servers", json=SEED_A, headers=keyed)
        assert service.stop() == 0
    run(tmp_path, "export", "log.ndjson", *arguments)
    other = tmp_path / "other"
    other.mkdir()
    run(other, "import", "../log.ndjson")
    with process(other) as service, service.client() as client:
        again = client.post("/servers", json=SEED_A, headers=keyed)
        assert (again.status_code, len(client.get("/servers").json()["servers"])) == (status, 1)
        assert status == 422 or again.content == first.content


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("export", "log.ndjson"), 1, "log.ndjson is there already"),
        (("export", "a", "--from", "0"), 2, "Invalid value for '--from'"),
        (("export", "a", "--from", "9", "--to", "3"), 2, "--from and --to: positions up to 3"),
        (("export", "a", "--to", "99"), 2, "--from and --to: positions up to 3, in order"),
        (("export", "a", "--database", "sqlite:///none.db"), 2, "no such file: none.db"),
        (("export", "none/a"), 1, "[Errno 2] No such file or directory"),
        (("import", "log.ndjson"), 1, " holds a log; import into an empty database"),
        (("import", "none"), 1, "[Errno 2] No such file or directory"),
        (("import", "no-export"), 1, "line 1: not what an export begins with"),
        (("import", "log.ndjson", "--until", "99"), 2, "--until: a position from 1 to 3, or"),
        (("import", "log.ndjson", "--until", "0"), 2, "--until: a position from 1 to 3, or"),
        (("import", "log.ndjson", "--until", "yesterday"), 2, "--until: "),
        (("import", "log.ndjson", "--until", "2001-01-01T00:00:00Z"), 2, "--until: the log begins"),
    ],
)
def test_a_refusal_is_one_line(
    tmp_path: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    with process(tmp_path) as service, service.client() as client:
        client.post("/servers", json=SEED_A)
        assert service.stop() == 0
    run(tmp_path, "export", "log.ndjson")
    if arguments[0] == "import" and "holds a log" not in words:
        arguments = (*arguments, "--database", "sqlite:///new.db")
    (tmp_path / "no-export").write_bytes(b"something else\n")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    stored = contents_of(tmp_path)
    line = run(tmp_path, *arguments, status=status)
    assert words in line
    assert contents_of(tmp_path) == stored
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_damaged_is_exported_and_told(tmp_path: Path) -> None:
    with process(tmp_path) as service:
        assert service.stop() == 0
    with edited(tmp_path) as database:
        database.execute("UPDATE principals SET name = 'eve'")
        database.execute("UPDATE events SET state = 'text' WHERE position = 2")
    line = run(tmp_path, "export", "log.ndjson", status=1)
    assert line.startswith("exported, but damaged in the store, so that an import may refuse")
    assert "2 record(s) or side row(s), position 2, principals '" in line
    other = ("--database", "sqlite:///new.db")
    assert run(tmp_path, "import", "log.ndjson", *other, status=1).startswith("line 3: ")


@pytest.mark.sqlite
def test_a_disk_that_is_too_small_for_an_import_is_told(tmp_path: Path) -> None:
    with process(tmp_path) as service, service.client() as client:
        client.post("/servers", json=SEED_A)
        assert service.stop() == 0
    run(tmp_path, "export", "log.ndjson")
    for most_kib in range(20, 240, 20):
        ran = subprocess.run(
            ["bash", "-c", f"ulimit -f {most_kib}; exec {PROGRAM} import log.ndjson"],
            env=environment_of(tmp_path, {"RACKLEDGER_DATABASE": "sqlite:///new.db"}),
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
            timeout=BOUND_S,
        )
        assert ran.returncode in (1, 2), ran
        (line,) = ran.stderr.splitlines()
        assert "disk I/O error" in line
    run(tmp_path, "import", "log.ndjson", "--database", "sqlite:///new.db")


def test_an_import_up_to_a_time_ends_there(tmp_path: Path) -> None:
    with process(tmp_path) as service, service.client() as client:
        made = client.post("/servers", json=SEED_A).json()["server"]
        client.delete("/servers/my_server")
        assert service.stop() == 0
    run(tmp_path, "export", "log.ndjson")
    other = ("--database", "sqlite:///new.db")
    run(tmp_path, "import", "log.ndjson", *other, "--until", made["creation_date"])
    (shown,) = run(tmp_path, "show", "--json", *other).splitlines()
    assert json.loads(shown) == made
