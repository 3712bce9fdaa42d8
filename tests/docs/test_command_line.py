"""docs/command-line.md has every command, and says of files what they are."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
import typer.main

from api.cli.main import app
from tests.docs.tour import FILE
from tests.program import ROOT, run_program

PAGE = (ROOT / "docs" / "command-line.md").read_text()
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_table(command: str) -> None:
    assert re.search(rf"^\| [^|]*`{command}\b", PAGE, re.MULTILINE)


def test_a_records_digest_is_as_told() -> None:
    for line in FILE.read_bytes().splitlines():
        told = json.loads(line)
        if "data" not in told:
            continue
        stored = line[line.index(b'"data":') + 7 : line.rindex(b',"sha256":')]
        stream, name = told["subject"], told["type"]
        head = f"\0{told['position']} {told['version']} {len(stream)} {len(name)} {stream}{name}"
        assert hashlib.sha256(head.encode() + stored).hexdigest() == told["sha256"]


def test_the_last_line_is_as_told() -> None:
    *lines, last = FILE.read_bytes().splitlines(keepends=True)
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    assert json.loads(last) == {"type": "export.closed", "count": len(lines), "sha256": digest}


def test_verify_prints_the_digests_that_import_printed(tmp_path: Path) -> None:
    made = run_program(tmp_path, "import", str(FILE), "--json")
    checked = run_program(tmp_path, "verify", "--json")
    assert json.loads(checked.stdout)["sha256"] == json.loads(made.stdout)["sha256"]
