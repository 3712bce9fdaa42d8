"""One process serves an SQLite file: a lock beside it, which goes with its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from commands.store.files import DatabaseUnusable


@contextmanager
def served(database: str) -> Iterator[None]:
    """The right to serve the file at `database`. Raises `DatabaseUnusable` where it is taken."""
    # Resolved, as SQLite does for its own: a link to the file is the same file.
    path = Path(f"{Path(database).resolve()}.lock")
    try:
        opened = path.open("a+")
    except OSError as error:
        raise DatabaseUnusable(f"cannot open {path}: {error.strerror}") from error
    with opened as side_file:
        try:
            fcntl.flock(side_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DatabaseUnusable(
                f"{database} is served by process {_holder(side_file)}; "
                "one process serves an SQLite file"
            ) from error
        side_file.truncate(0)
        side_file.write(f"{os.getpid()}\n")
        side_file.flush()
        yield


def _holder(side_file: IO[str]) -> str:
    side_file.seek(0)
    return side_file.read().strip() or "unknown"
