"""docs/debugging.md: the tour prints what the page shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.services import free_port
from tests.curl import folder_of_curl
from tests.docs import tour
from tests.docs.curls import both_curls
from tests.program import BOUND_S, PROGRAM, ROOT

pytestmark = pytest.mark.once  # its lines name files

PAGE = (ROOT / "docs" / "debugging.md").read_text()
LINES = [
    line
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
_END = "==== end of answer ===="


def shown() -> list[tuple[str, str]]:
    """Each command of the page, and what stands under it."""
    found: list[tuple[str, str]] = []
    for line in LINES:
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), ""))
        else:
            command, told = found[-1]
            found[-1] = (command, f"{told}{line}\n")
    return found


def printed(folder: Path, *, real: bool) -> list[str]:
    """What each command printed, run one after the other in one shell."""
    shutil.copyfile(tour.FILE, folder / "shop.ndjson")
    curl = folder_of_curl(folder, real=real)
    ran = subprocess.run(
        ["sh", "-c", "\n".join(f"{command}\necho '{_END}'" for command, _ in shown())],
        cwd=folder,
        env={
            "PATH": f"{PROGRAM.parent}:{curl}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PORT": str(free_port()),
        },
        capture_output=True,
        text=True,
        timeout=2 * BOUND_S,
        check=False,
    )
    assert ran.stderr == ""
    return ran.stdout.split(f"{_END}\n")[:-1]


@both_curls
def test_the_tour_prints_what_the_page_shows(tmp_path: Path, real: bool) -> None:
    found = printed(tmp_path, real=real)
    assert len(found) == len(shown())
    for (command, expected), answer in zip(shown(), found, strict=True):
        pattern = re.escape(_spaced(expected)).replace("…", ".*?")
        assert re.fullmatch(pattern, _spaced(answer), re.DOTALL), (command, answer)


def _spaced(text: str) -> str:
    """With cells parted by spaces, as the page has them."""
    return text.replace("\t", "  ").rstrip("\n")


def test_the_log_of_the_tour_is_what_the_service_makes(tmp_path: Path) -> None:
    assert tour.make(tmp_path) == tour.FILE.read_bytes()
