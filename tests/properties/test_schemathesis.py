"""The served OpenAPI document against the service: every operation, every check, wrong data too.

`RACKLEDGER_TEST_SCHEMATHESIS_EXAMPLES` and `RACKLEDGER_TEST_SCHEMATHESIS_SEEDS` (by spaces) ask for
more. `schemathesis.toml` and `schemathesis_hooks.py` hold what is not checked, with its reason.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from api.app import OPERATIONS
from tests.process import Process, process
from tests.properties.profile import LONG, times
from tests.support import ADMIN_TOKEN

# Two minutes, of the document and of HTTP.
pytestmark = pytest.mark.once

ROOT: Final = Path(__file__).parents[2]
CONFIGURATION: Final = Path(__file__).with_name("schemathesis.toml")
EXAMPLES: Final = os.environ.get("RACKLEDGER_TEST_SCHEMATHESIS_EXAMPLES", str(times(10, 500)))
SEEDS: Final = os.environ.get("RACKLEDGER_TEST_SCHEMATHESIS_SEEDS", "1 2 3" if LONG else "1")
TESTED: Final = len(OPERATIONS) - 1
"""All but the operation that serves the document."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Process]:
    """A process that records any number of refusals."""
    with process(tmp_path, RACKLEDGER_REFUSALS_BURST="1e9") as running:
        yield running


def run_schemathesis(base: str, seed: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Its command line, in a process of its own, as anybody would run it."""
    asked = f"--checks all --max-examples {EXAMPLES} --seed {seed} --continue-on-failure"
    quiet = "--no-color --generation-database none"
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIGURATION),
            *("run", f"{base}/openapi.json", "--header", f"X-Auth-Token: {ADMIN_TOKEN}"),
            *(*asked.split(), *quiet.split()),
        ],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "SCHEMATHESIS_HOOKS": "tests.properties.schemathesis_hooks",
            "SCHEMATHESIS_BASE": base,
            "SCHEMATHESIS_TOKEN": ADMIN_TOKEN,
        },
        cwd=folder,
        encoding="utf-8",
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("seed", SEEDS.split())
def test_the_service_does_what_its_document_says_and_takes_nothing_else(
    served: Process, tmp_path: Path, seed: str
) -> None:
    run = run_schemathesis(served.base, seed, tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"Tested: {TESTED}\n" in run.stdout, run.stdout
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in run.stdout, run.stdout
    with served.client() as client:
        answer = client.get("/servers", params={"limit": 1_000})
        assert (answer.status_code, list(answer.json())) == (200, ["servers"])
