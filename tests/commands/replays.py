"""Logs to replay, and code bases to replay them with: this one, and copies of it with a change."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from api.replaying.checking import Check
from api.replaying.codebases import INSTALLED
from api.replaying.comparing import Found, Tally
from api.replaying.processes import RECORD_TIMEOUT_S
from api.replaying.sides import Sides
from api.replaying.sources import jobs
from api.replaying.start import PACKAGES
from commands.histories import Histories
from commands.store.exporting import export
from commands.store.history import History
from domain.commands import ServerCommand
from domain.refusals import Refusal
from tests.commands.stores import Kept

ROOT: Final = Path(__file__).parents[2]


def tree(folder: Path, **edits: tuple[str, str]) -> Path:
    """A copy of the packages in `folder`, with a text replaced in each of the files named.

    A file is named by its path, `__` in place of `/` and without its ending.
    """
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "static")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name, (before, after) in edits.items():
        file = folder / (name.replace("__", "/") + ".py")
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))
    return folder


def refused(store: Kept, command: ServerCommand, ref: str, **fields: object) -> int:
    """Write what is refused; the position of the last record then."""
    with pytest.raises(Refusal):
        store.write(command, ref, **fields)
    return store.records()[-1][0]


def exported(store: Kept, path: Path) -> Path:
    """The whole log of a store as a file."""
    export(store.store.database, path, 1, store.records()[-1][0])
    return path


def compared(store: Kept, root: Path, timeout_s: float = RECORD_TIMEOUT_S) -> Tally:
    """All that differs between this code and that in `root`, over the log of a store."""
    with Sides(INSTALLED, root, timeout_s) as sides:
        check = Check(sides)
        check.run(jobs(Histories(History(store.store.database))))
        check.shorten()
        return check.tally


def shortest(found: Found) -> list[int]:
    """The positions of the shortest history, which must be minimal."""
    assert found.minimal
    return [stored.position for stored in found.history]
