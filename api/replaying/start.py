"""Starts a worker over a code base: run as a file, before anything of ours is imported.

Arguments: the folder that holds the packages, then the folders where libraries are found. Without
`site` (`python -S`) no finder of an editable installation runs, which would hand out packages of
another code base for those that the folder lacks.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

PACKAGES = ("domain", "commands", "projections", "api")


def main() -> None:
    """Import the worker, make sure of where it comes from, and run it."""
    root, *libraries = sys.argv[1:]
    sys.path[:] = [root, *sys.path, *(path for path in libraries if path not in sys.path)]
    # What the code prints must not pass for the worker's answers.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        worker = importlib.import_module("api.replaying.worker")
    except Exception as error:  # noqa: BLE001  # the code under test may raise anything
        sys.exit(" ".join(f"{type(error).__name__}: {error}".split()))
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES and not _within(root, module.__file__):
            sys.exit(f"{name} comes from {module.__file__}")
    worker.main(output)


def _within(root: str, file: str | None) -> bool:
    return file is not None and Path(file).resolve().is_relative_to(Path(root).resolve())


if __name__ == "__main__":
    main()
