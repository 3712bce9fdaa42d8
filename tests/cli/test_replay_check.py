"""`rackledger replay-check`: what it takes, what it tells, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from api.replaying.start import PACKAGES
from domain.commands import PowerOffServer, PowerOnServer, ResetServer
from tests.cli.running import Run, run
from tests.commands.replays import ROOT, exported, refused, tree
from tests.commands.stores import Kept, kept
from tests.program import BOUND_S, PROGRAM, environment_of, run_program

__all__ = ["run"]
ALLOWED = ("if not hard and not server.running:", "if False:")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Kept]:
    """A store in which a soft reset was refused at position 4, and no other of two servers."""
    with kept(tmp_path) as store:
        server = store.create("a")
        store.write(PowerOnServer(), server)
        store.write(PowerOffServer(), server)
        refused(store, ResetServer(hard=False), server, action="resetsoft")
        store.create("b")
        yield store


@pytest.fixture
def log(store: Kept, tmp_path: Path) -> Path:
    return exported(store, tmp_path / "log.ndjson")


def test_the_same_code_differs_in_nothing(run: Run, log: Path) -> None:
    assert run("replay-check", "--log", log, "--against", ROOT) == (
        0,
        "2 histories, 5 records: 5 decisions, 5 events, 5 states, 5 answers compared, 0 differ\n",
        "",
    )


def test_a_difference_is_told_with_its_shortest_history(
    run: Run, log: Path, tmp_path: Path
) -> None:
    ran = run(
        "replay-check", "--log", log, "--against", tree(tmp_path / "n", domain__decide=ALLOWED)
    )
    assert (ran.status, ran.err) == (1, "")
    lines = ran.out.splitlines()
    assert lines[0] == "commands decided differently: 1 reset_server"
    assert lines[1].strip() == "reset_server at position 4"
    assert lines[2].strip() == 'old: {"refused":"server.stopped"}'
    assert lines[3].strip().startswith('new: {"events":[{"type":"server.reset"')
    assert lines[4].strip().startswith("the shortest history that differs, of 00000000-")
    time = "2026-11-22T04:00:00.000000+00:00"
    assert [line.strip() for line in lines[5:7]] == [
        f"1  {time}  an-admin  create_servers  server.created",
        f"4  {time}  an-admin  reset_server  request.refused",
    ]
    assert lines[-1].endswith("compared, 1 differ")


def test_json_tells_the_same_a_line_a_difference(run: Run, log: Path, tmp_path: Path) -> None:
    new = tree(tmp_path / "new", domain__decide=ALLOWED)
    ran = run("replay-check", "--log", log, "--against", new, "--json")
    found, totals = map(json.loads, ran.out.splitlines())
    assert (found["kind"], found["type"], found["positions"]) == ("decision", "reset_server", [4])
    assert [record["position"] for record in found["history"]] == [1, 4]
    assert found["minimal"] is True
    assert (totals["records"], totals["differences"], totals["lost"]) == (5, 1, 0)


def test_junit_has_a_case_for_each_kind_and_type(run: Run, log: Path, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    new = tree(tmp_path / "new", domain__decide=ALLOWED)
    assert run("replay-check", "--log", log, "--against", new, "--junit", file).status == 1
    suite = ET.parse(file).getroot().find("testsuite")
    assert suite is not None
    cases = {(case.get("classname"), case.get("name")): case for case in suite}
    assert suite.get("tests") == str(len(cases))
    assert (suite.get("failures"), suite.get("errors")) == ("1", "0")
    assert ("replay-check.event", "server.powered_on") in cases
    ((failed, case),) = [(key, case) for key, case in cases.items() if len(case)]
    assert failed == ("replay-check.decision", "reset_server")
    assert "the shortest history that differs" in (case[0].text or "")


def test_a_wheel_is_compared_as_a_tree_is(run: Run, log: Path, tmp_path: Path) -> None:
    source = tree(tmp_path / "source", domain__decide=ALLOWED)
    shutil.copytree(ROOT / "api" / "docs", source / "api" / "docs", dirs_exist_ok=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = "import setuptools.build_meta as b, sys; b.build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("*.whl")
    shutil.rmtree(source)
    ran = run("replay-check", "--log", log, "--against", wheel)
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.startswith("commands decided differently: 1 reset_server\n")


def test_what_cannot_be_read_here_or_there_is_not_for_good(
    run: Run, store: Kept, tmp_path: Path
) -> None:
    newer = ('"server.powered_on": EventType', '"server.started": EventType')
    log = exported(store, tmp_path / "log.ndjson")
    new, file = tree(tmp_path / "new", domain__registry=newer), tmp_path / "junit.xml"
    ran = run("replay-check", "--log", log, "--against", new, "--junit", file)
    assert ran.status == 1
    assert ran.out.startswith("events that read differently: 1 server.powered_on\n")
    assert "not compared in full: 3 records, unreadable, behind such, or failed on\n" in ran.out
    suite = ET.parse(file).getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")
    (error,) = suite.iter("error")
    assert error.get("message") == "3 records are not compared in full"


def test_a_process_of_its_own_runs_the_other_code_whatever_is_installed(
    log: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    new = tree(tmp_path / "new", domain__decide=ALLOWED)
    # With this very code first on the path of the command, and in the folder that it runs in.
    path = os.pathsep.join([str(ROOT), str(elsewhere)])
    ran = run_program(
        elsewhere, "replay-check", "--log", str(log), "--against", str(new), PYTHONPATH=path
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    assert not list(new.rglob("__pycache__"))


@pytest.mark.parametrize(
    "command", [("replay-check", "--against", str(ROOT), "--log"), ("whatif", "--skip=2", "--file")]
)
def test_bars_at_a_terminal_leave_the_output_to_what_was_found(
    run: Run, log: Path, command: tuple[str, ...]
) -> None:
    terminal, stderr = os.openpty()
    ran = subprocess.run(
        [PROGRAM, *command, log],
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment_of(log.parent, {"TERM": "xterm"}),
        timeout=BOUND_S,
        check=True,
    )
    os.close(stderr)
    drawn = os.read(terminal, 2**16)
    os.close(terminal)
    assert b"reading the file" in drawn
    assert ran.stdout.decode() == run(*command, log).out


def broken(folder: Path, name: str) -> Path:
    """What is no code base, or none that can be replayed with."""
    if name == "folder":
        folder.mkdir()
    elif name == "no wheel":
        folder.write_bytes(b"PK but no zip")
    elif name == "another wheel":
        with zipfile.ZipFile(folder, "w") as wheel:
            wheel.writestr("domain/__init__.py", "")
    elif name == "older":
        tree(folder)
        shutil.rmtree(folder / "api" / "replaying")
    elif name == "a file short":
        tree(folder)
        (folder / "domain" / "access.py").unlink()
    elif name == "a folder short":
        tree(folder)
        shutil.rmtree(folder / "commands" / "store")
    elif name == "dying":
        tree(folder, domain__values=("from typing", "import os; os._exit(3)\nfrom typing"))
    elif name == "failing":
        tree(folder, domain__values=("from typing", "1 / 0\nfrom typing"))
    elif name == "babbling":
        hello = "output.write(encode(Hello"
        tree(folder, api__replaying__worker=(hello, f'output.write(b"hello\\n"); {hello}'))
    elif name == "another protocol":
        tree(folder, api__replaying__jobs=("PROTOCOL: Final = 1", "PROTOCOL: Final = 2"))
    return folder


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "--against: there is no {path}"),
        ("folder", "--against: {path} is no code base of this service: it has no domain, commands"),
        ("no wheel", "--against: {path} is no wheel: File is not a zip file"),
        ("another wheel", "--against: {path} is no code base of this service: it has no commands"),
        ("older", "--against: {path} is of a release that cannot be replayed with"),
        ("a file short", "the new code at {path} does not start: ModuleNotFoundError: No module "),
        ("a folder short", "the new code at {path} does not start: ModuleNotFoundError: No modul"),
        ("dying", "the new code at {path} does not start: ended with status 3"),
        ("failing", "the new code at {path} does not start: ZeroDivisionError: division by zero"),
        ("babbling", "the new code at {path} speaks otherwise: JSON is malformed"),
        ("another protocol", "the new code at {path} is of another release's replays"),
    ],
)
def test_what_cannot_be_run_is_one_clear_line(
    run: Run, log: Path, tmp_path: Path, name: str, words: str
) -> None:
    path = broken(tmp_path / "new", name)
    ran = run("replay-check", "--log", log, "--against", path)
    assert (ran.status, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("rackledger: " + words.format(path=path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "--log: [Errno 2] No such file or directory"),
        (b"", "--log: line 1: missing: the file is cut off"),
        (b"{}\n", "--log: line 1: not "),
    ],
)
def test_a_log_that_cannot_be_read_is_one_clear_line(
    run: Run, tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "log.ndjson"
    if content is not None:
        file.write_bytes(content)
    ran = run("replay-check", "--log", file, "--against", ROOT)
    assert (ran.status, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("rackledger: " + words)


def test_a_report_that_cannot_be_written_is_one_clear_line(run: Run, log: Path) -> None:
    ran = run("replay-check", "--log", log, "--against", ROOT, "--junit", log.parent / "no" / "x")
    assert (ran.status, ran.err.startswith("rackledger: --junit: [Errno 2]")) == (2, True)


def test_all_four_packages_are_those_that_are_compared() -> None:
    assert {"domain", "commands", "projections", "api"} == set(PACKAGES)
