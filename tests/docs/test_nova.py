"""docs/nova.md: every line answers what stands behind it, and none of the operations lacks one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.http.routes import Operation
from api.openstack.spoken import AT_ROOT, SPOKEN
from tests.docs.curls import answers_as_told, both_curls, lines_of

LINES = lines_of("nova.md")
OPERATIONS = [*AT_ROOT, *(operation for spoken in SPOKEN.values() for operation in spoken)]


@both_curls
def test_every_line_is_answered_as_told(tmp_path: Path, real: bool) -> None:
    answers_as_told(tmp_path, LINES, real=real)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
def test_there_is_a_line_for_every_operation(operation: Operation) -> None:
    path = re.sub(r"{\w+}", r'[^/" ?]+', operation.path)
    method = "" if operation.method in {"GET", "POST"} else f"-X {operation.method} "
    data = " -d " if operation.method in {"POST", "PUT"} else "  # "
    line = rf'{method}"\$BASE{path}(\?[^"]*)?"{data}'
    assert re.search(line, "\n".join(LINES))
