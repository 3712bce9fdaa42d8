"""docs/history.md: every question's line answers what stands behind it."""

from __future__ import annotations

from pathlib import Path

from tests.docs.curls import answers_as_told, both_curls, lines_of

LINES = lines_of("history.md")


@both_curls
def test_every_question_is_answered_as_told(tmp_path: Path, real: bool) -> None:
    answers_as_told(tmp_path, LINES, real=real)
