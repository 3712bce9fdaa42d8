"""A small disk of one's own: a file system in memory that can be full and can grow."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


def why_not() -> str | None:
    """Why no such disk can be had here, if so."""
    if os.geteuid() != 0:
        return "only root may mount"
    if shutil.which("mount") is None or shutil.which("umount") is None:
        return "there is no mount"
    with TemporaryDirectory() as folder:
        if _run(*_mounting(Path(folder), 64)) != 0:
            return "a file system in memory cannot be mounted here"
        assert _run("umount", folder) == 0
    return None


@contextmanager
def small_disk(folder: Path, size_kib: int) -> Iterator[Path]:
    """A disk of this size at `folder`, gone in the end whatever happens."""
    folder.mkdir()
    assert _run(*_mounting(folder, size_kib)) == 0
    try:
        yield folder
    finally:
        # Lazily where it is still in use: what was mounted does not outlive the test.
        if _run("umount", str(folder)) != 0:
            assert _run("umount", "--lazy", str(folder)) == 0


def resize(folder: Path, size_kib: int) -> None:
    """Another size for a mounted disk, under the files in use on it."""
    assert _run("mount", "-o", f"remount,size={size_kib}k", str(folder)) == 0


def _mounting(folder: Path, size_kib: int) -> tuple[str, ...]:
    return "mount", "-t", "tmpfs", "-o", f"size={size_kib}k", "tmpfs", str(folder)


def _run(*command: str) -> int:
    return subprocess.run(command, capture_output=True, check=False).returncode
