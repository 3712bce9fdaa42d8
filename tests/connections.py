"""Connections that tests open: who opens one sees to it that it is closed again.

One that is left to the collector is told of in whichever test runs when it comes, if at all; so
every connection of every pool is remembered, with where it was opened.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import event
from sqlalchemy.pool import Pool

_ROOT: Final = f"{Path(__file__).parents[1]}/"
_LIBRARIES: Final = f"{_ROOT}."
"""Such as `.venv`."""
_FRAMES_MAX: Final = 6


class _Opened(NamedTuple):
    driver: Any
    where: str


_opened: Final[list[_Opened]] = []


def watch_connections() -> None:
    """Remember every connection from now on."""
    event.listen(Pool, "connect", lambda driver, _: _opened.append(_Opened(driver, _where())))


def are_open() -> bool:
    """Whether any of them is open."""
    _opened[:] = [each for each in _opened if _is_open(each.driver)]
    return bool(_opened)


def close_left() -> list[str]:
    """Where those were opened that are open still. They are closed, to be told of once."""
    left = [each for each in _opened if _is_open(each.driver)]
    _opened.clear()
    for each in left:
        with suppress(sqlite3.ProgrammingError):  # of another thread, which alone can close it
            each.driver.close()
    return [each.where for each in left]


def _is_open(driver: Any) -> bool:
    if not isinstance(driver, sqlite3.Connection):
        return not driver.closed
    try:
        return driver.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False


def _where() -> str:
    """The calls that led here, as far as they are in files of ours; the innermost first."""
    found: list[str] = []
    frame = sys._getframe(1)
    while frame.f_back is not None and len(found) < _FRAMES_MAX:
        frame = frame.f_back
        path = frame.f_code.co_filename
        if path.startswith(_ROOT) and not path.startswith(_LIBRARIES):
            found.append(f"{path.removeprefix(_ROOT)}:{frame.f_lineno}")
    return " < ".join(found)
