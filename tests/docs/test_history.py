"""docs/history.md: every question's line answers what stands behind it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.curl import folder_of_curl
from tests.docs.curls import both_curls
from tests.process import process
from tests.program import BOUND_S
from tests.support import ADMIN_TOKEN

DOCUMENT = (Path(__file__).parents[2] / "docs" / "history.md").read_text()
LINES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    for line in block.splitlines()
]
_END = "==== end of answer ===="


def answers(folder: Path, lines: list[str], *, real: bool) -> list[str]:
    """What each question of the lines printed, run one after the other in one shell."""
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


@both_curls
def test_every_question_is_answered_as_told(tmp_path: Path, real: bool) -> None:
    answered_as_told(LINES, answers(tmp_path, LINES, real=real))


def answered_as_told(lines: list[str], found: list[str]) -> None:
    """That each question was answered by what stands behind it."""
    asked = [line for line in lines if line.startswith("curl")]
    assert len(found) == len(asked)
    for line, answer in zip(asked, found, strict=True):
        status, _, part = line.rpartition("  # ")[2].partition(" ")
        head, _, body = answer.strip().replace("\r\n", "\n").partition("\n\n")
        assert head.split()[1] == status, (line, answer)
        assert part in body, (line, body)
