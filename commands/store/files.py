"""Which file a database URL names, and how SQLite is to open it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL


class DatabaseUnusable(Exception):
    """The database cannot be opened; the text says why in one line."""


def checked_url(parsed: URL) -> URL:
    """The URL of a file in a folder that is there. Raises `DatabaseUnusable`."""
    if parsed.drivername != "sqlite" or parsed.host or parsed.query:
        raise DatabaseUnusable(f"not of the form sqlite:///PATH: {parsed!r}")
    if not parsed.database or parsed.database == ":memory:":
        raise DatabaseUnusable("the log must be kept in a file: sqlite:///PATH")
    folder = Path(parsed.database).resolve().parent
    if not folder.is_dir():
        raise DatabaseUnusable(f"no such directory: {folder}")
    return parsed


def existing_url(url: URL) -> URL:
    """To read only: of a file that is there, whether or not anybody can write it.

    Raises `DatabaseUnusable`.
    """
    path = Path(str(url.database)).resolve()
    if not path.is_file():
        raise DatabaseUnusable(f"no such file: {url.database}")
    log = path.with_name(f"{path.name}-wal")
    if (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)) or log.exists():
        return url
    # Nobody writes it, and SQLite could not make the files beside it that it reads a log with.
    return url.set(database=f"file:{quote(str(path))}", query={"immutable": "1", "uri": "true"})


def file_uri(url: URL) -> str:
    """The file of such a URL as SQLite's URIs name it, for another connection to attach."""
    path = str(url.database)
    if path.startswith("file:"):
        return f"{path}?immutable=1"
    return f"file:{quote(str(Path(path).resolve()))}"
