"""The program's entry point, run in this process: its status and what it said."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from api.cli.main import main


class Ran(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command."""

    def ran(*arguments: object) -> Ran:
        monkeypatch.setattr("sys.argv", ["rackledger", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int | None)
        return Ran(ended.value.code or 0, said.out, said.err)

    return ran
