"""The benchmark itself: it runs, on every peer, and fails where a figure would be none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench import dialects
from bench.client import Request
from bench.load import Load, measure
from bench.services import CEILING, SERVICES, serving
from bench.workload import OPERATIONS

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2 or not shutil.which("taskset"),
    reason="on Linux, with a core for the service and one for the load",
)
BOUND_S = 300
QUICK = ("--print", "--seconds", "0.1", "--rounds", "1")
ROOT = Path(__file__).parents[2]


def bench(*arguments: str, path: str | None = None) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "bench", *arguments, *QUICK],
        check=False,
        cwd=ROOT,
        env=os.environ | {"PATH": path or os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=BOUND_S,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture
def without_wrk(tmp_path: Path) -> str:
    """A search path with what the benchmark needs, and no more."""
    taskset = shutil.which("taskset")
    assert taskset is not None
    (tmp_path / "taskset").symlink_to(taskset)
    return str(tmp_path)


def test_every_service_answers_every_operation(without_wrk: str) -> None:
    printed = bench("speed", "--servers", "40", "--long", "0.1", path=without_wrk)
    rows = [line for line in printed.splitlines() if line.startswith("| ")]
    for operation in OPERATIONS:
        cells = [row.split(" | ")[1:] for row in rows if row.startswith(f"| {operation} |")]
        assert [len(row) for row in cells] == [len(SERVICES), len(SERVICES), len(SERVICES) - 1]
    assert "| create, over plain CRUD | ≥ 10 |" in printed
    assert "load from bench.client (wrk is not installed)" in printed


def test_growth_is_measured_on_every_size(without_wrk: str) -> None:
    printed = bench("growth", "--sizes", "100", "300", "--busy", "200", path=without_wrk)
    assert "|  | 100 servers | 300 servers |" in printed
    for step in ("look", "export", "import", "verify", "rebuild"):
        assert f"| {step}, ten events a server | 302 |" in printed
    assert "| One server with 200 events |" in printed
    assert "| memory idle | ≤ 80 MB |" in printed


def test_a_creates_time_is_taken_apart(without_wrk: str) -> None:
    printed = bench("anatomy", path=without_wrk)
    rows = dict(re.findall(r"^\| (.*) \| (-?[0-9.]+) \|$", printed, re.MULTILINE))
    whole = re.search(
        r"^\| \*\*a create as served\*\* \| \*\*([0-9.]+)\*\* \|$", printed, re.MULTILINE
    )
    assert whole is not None
    assert len(rows) == 10
    assert sum(map(float, rows.values())) == pytest.approx(float(whole[1]), abs=1)


def test_a_load_that_fails_is_no_figure(tmp_path: Path) -> None:
    with serving(CEILING, tmp_path) as running, pytest.raises(SystemExit, match=r"of \d+ requests"):
        measure(running, Load([Request("GET", "/nothing")], 1, 0.1))


def test_every_dialect_answers_every_operation(without_wrk: str) -> None:
    printed = bench("dialects", "--servers", "40", path=without_wrk)
    rows = [line for line in printed.splitlines() if line.startswith("| ")]
    for operation in dialects.OPERATIONS:
        (cells,) = [row.split(" | ")[1:] for row in rows if row.startswith(f"| {operation} |")]
        assert len(cells) == len(dialects.DIALECTS)
    others = len(dialects.DIALECTS) - 1
    assert printed.count("over the root | ≥ 0.85 |") == others * len(dialects.OPERATIONS)
