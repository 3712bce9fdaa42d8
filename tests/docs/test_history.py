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
ASKED = [line for line in LINES if line.startswith("curl")]
_END = "==== end of answer ===="


def answers(folder: Path, *, real: bool) -> list[str]:
    """What each of the lines printed, run one after the other in one shell."""
    script = "\n".join(
        f"{line.rpartition('  # ')[0]}; echo; echo '{_END}'" if line.startswith("curl") else line
        for line in LINES
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
    found = answers(tmp_path, real=real)
    assert len(found) == len(ASKED)
    for line, answer in zip(ASKED, found, strict=True):
        status, _, part = line.rpartition("  # ")[2].partition(" ")
        head, _, body = answer.strip().replace("\r\n", "\n").partition("\n\n")
        assert head.split()[1] == status, (line, answer)
        assert part in body, (line, body)
