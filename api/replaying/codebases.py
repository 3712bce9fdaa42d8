"""Code bases to replay with: this installation, a source tree, or a wheel."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import domain
from api.replaying.start import PACKAGES
from api.settings import ConfigurationError

INSTALLED: Final = Path(domain.__file__).resolve().parents[1]
"""The folder that holds the packages of this installation."""


class NotReplayable(ConfigurationError):
    """A replay cannot begin or go on; the text says why in one line. Exit status 2."""


@contextmanager
def opened_code_base(path: Path) -> Iterator[Path]:
    """The folder that holds the packages of a source tree or of a wheel, which is unpacked.

    Raises `NotReplayable`.
    """
    if path.is_dir():
        yield _checked(path, path)
        return
    if not path.exists():
        raise NotReplayable(f"--against: there is no {path}")
    with tempfile.TemporaryDirectory(prefix="rackledger-") as folder:
        try:
            with zipfile.ZipFile(path) as wheel:
                wheel.extractall(folder)
        except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError) as error:
            raise NotReplayable(f"--against: {path} is no wheel: {error}") from error
        yield _checked(Path(folder), path)


def _checked(folder: Path, path: Path) -> Path:
    missing = [name for name in PACKAGES if not (folder / name / "__init__.py").is_file()]
    if missing:
        raise NotReplayable(
            f"--against: {path} is no code base of this service: it has no {', '.join(missing)}"
        )
    if not (folder / "api" / "replaying" / "worker.py").is_file():
        raise NotReplayable(f"--against: {path} is of a release that cannot be replayed with")
    return folder
