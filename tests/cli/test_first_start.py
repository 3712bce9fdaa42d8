"""The first start of a log prints a token once, with a line to paste; later ones print none."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from tests.curl import REAL, folder_of_curl
from tests.databases import holds, shown_url
from tests.process import Process, process
from tests.program import BOUND_S, run_program
from tests.support import ADMIN_TOKEN, HOME

OWN = "an admin token of ones own, 32 characters at least"


def listed(folder: Path) -> list[list[str]]:
    """What `token list` prints: name, role, organizations, expiry."""
    ran = run_program(folder, "token", "list")
    assert (ran.returncode, ran.stderr) == (0, "")
    return [line.split("\t") for line in ran.stdout.splitlines()]


def status(service: Process, token: str) -> int:
    with service.client(token) as client:
        return client.get("/servers").status_code


def test_a_first_start_prints_its_token_and_a_line_that_works(tmp_path: Path) -> None:
    with process(tmp_path, RACKLEDGER_TOKEN="") as service:
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab].*", service.token)
        (line,) = (found.strip() for found in service.stdout if "curl" in found)
        ran = subprocess.run(
            ["sh", "-c", f"{line} -s"],
            env={
                "PATH": f"{folder_of_curl(tmp_path, real=bool(REAL))}:{os.environ['PATH']}",
            },
            capture_output=True,
            text=True,
            timeout=BOUND_S,
            check=True,
        )
        assert json.loads(ran.stdout) == {"servers": []}
    assert listed(tmp_path) == [["admin", "admin", HOME, "-"]]


def test_a_restart_prints_no_token_and_honours_the_first(tmp_path: Path) -> None:
    with process(tmp_path, RACKLEDGER_TOKEN="") as first:
        token = first.token
        assert first.stop() == 0
    for _ in range(2):
        with process(tmp_path, RACKLEDGER_TOKEN="") as again:
            assert again.stdout == [f"Rackledger serves {shown_url(tmp_path)} on {again.base}"]
            assert status(again, token) == 200


def test_a_token_of_ones_own_is_honoured_and_not_printed(tmp_path: Path) -> None:
    with process(tmp_path, RACKLEDGER_TOKEN=OWN, RACKLEDGER_ORGANIZATION="ours") as service:
        assert service.output == [f"Rackledger serves {shown_url(tmp_path)} on {service.base}"]
        assert status(service, OWN) == 200
        assert status(service, OWN[:-1]) == 401
    assert listed(tmp_path) == [["admin", "admin", "ours", "-"]]


def test_another_token_at_a_restart_changes_nothing(tmp_path: Path) -> None:
    for token in (ADMIN_TOKEN, OWN):
        with process(tmp_path, RACKLEDGER_TOKEN=token) as service:
            assert (status(service, ADMIN_TOKEN), status(service, OWN)) == (200, 401)
    assert listed(tmp_path) == [["admin", "admin", HOME, "-"]]


def test_options_overrule_variables(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with process(
        tmp_path, "--database", f"sqlite:///{other}", "--port", "0", RACKLEDGER_PORT="1"
    ) as service:
        assert status(service, ADMIN_TOKEN) == 200
    assert (other.exists(), (tmp_path / "rackledger.db").exists()) == (True, False)


def test_the_default_database_is_made_in_the_working_directory(tmp_path: Path) -> None:
    with process(tmp_path, RACKLEDGER_DATABASE="") as service:
        assert service.stdout == [f"Rackledger serves sqlite:///rackledger.db on {service.base}"]
        assert (tmp_path / "rackledger.db").exists()


def test_no_answer_and_no_line_of_the_log_tells_a_token(tmp_path: Path) -> None:
    unknown = "0f6d3c2a-1111-4000-8000-000000000000"
    with process(tmp_path, RACKLEDGER_TOKEN=OWN, RACKLEDGER_REQUEST_LOG="1") as service:
        for token in (OWN, unknown):
            with service.client(token) as client:
                for path in ("/servers", "/servers/none", "/nothing"):
                    answer = client.get(path)
                    assert token not in answer.text
        assert service.stop() == 0
    assert len(service.stderr) > 6
    assert [line for line in service.output if OWN in line or unknown in line] == []
    assert not holds(tmp_path, OWN)
