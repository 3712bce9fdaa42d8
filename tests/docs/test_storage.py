"""docs/storage.md: every line answers what stands behind it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.curls import both_curls
from tests.docs.test_history import answered_as_told, answers

DOCUMENT = (Path(__file__).parents[2] / "docs" / "storage.md").read_text()
LINES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    for line in block.splitlines()
]


@both_curls
def test_every_line_is_answered_as_told(tmp_path: Path, real: bool) -> None:
    answered_as_told(LINES, answers(tmp_path, LINES, real=real))
