"""The lines of a document with the true `curl`, where there is one, and with the stand-in."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.curl import REAL, folder_of_curl
from tests.process import process
from tests.program import BOUND_S
from tests.support import ADMIN_TOKEN

_END: Final = "==== end of answer ===="
_DOCS: Final = Path(__file__).parents[2] / "docs"

both_curls: Final = pytest.mark.parametrize(
    "real",
    [
        pytest.param(
            True, marks=pytest.mark.skipif(not REAL, reason="no curl: the stand-in ran them")
        ),
        False,
    ],
    ids=["curl", "stand-in"],
)


def lines_of(document: str) -> list[str]:
    """The lines of the shell blocks of a document in docs."""
    blocks = re.findall(r"```sh\n(.*?)```", (_DOCS / document).read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def answers_as_told(folder: Path, lines: list[str], *, real: bool) -> None:
    """Each line answers the status that stands behind it, and a body with the part that does."""
    asked = [line for line in lines if line.startswith("curl")]
    found = _answers(folder, lines, real=real)
    assert len(found) == len(asked)
    for line, answer in zip(asked, found, strict=True):
        status, _, part = line.rpartition("  # ")[2].partition(" ")
        head, _, body = answer.strip().replace("\r\n", "\n").partition("\n\n")
        assert head.split()[1] == status, (line, answer)
        assert part in body, (line, body)


def _answers(folder: Path, lines: list[str], *, real: bool) -> list[str]:
    """What each of the lines printed, run one after the other in one shell."""
    script = "\n".join(
        f"{line.rpartition('  # ')[0]}; echo; echo '{_END}'" if line.startswith("curl") else line
        for line in lines
    )
    with process(folder) as service:
        ran = subprocess.run(
            ["sh", "-c", script],
            env={
                "PATH": f"{folder_of_curl(folder, real=real)}:{os.environ['PATH']}",
                "RACKLEDGER_TOKEN": ADMIN_TOKEN,
                "BASE": service.base,
            },
            capture_output=True,
            text=True,
            timeout=2 * BOUND_S,
            check=False,
        )
    return ran.stdout.split(_END)[:-1]
