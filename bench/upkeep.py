"""`python -m bench.upkeep STEP FOLDER`: do one thing with a whole store; what it took, as JSON.

STEP is look, export, import, verify or rebuild, each as its command does it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from api.importing import check_importable, import_log
from api.models import MODELS
from api.rebuilding import Rebuild
from api.soundness import verify
from api.store import Store
from bench.machine import memory_mb
from commands.store.database import Database
from commands.store.exporting import export
from commands.store.history import History
from commands.store.loading import opened_file
from projections.folding import Fold


class Upkeep:
    """The steps, over the store in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._url = f"sqlite:///{folder}/rackledger.db"
        self.phases: dict[str, float] = {}
        """Seconds by part."""

    @contextmanager
    def _phase(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        began = time.perf_counter()
        yield lambda done: None
        took = time.perf_counter() - began
        self.phases[what] = self.phases.get(what, 0.0) + took

    @contextmanager
    def _database(self) -> Iterator[Database]:
        database = Database(self._url, read_only=True)
        try:
            yield database
        finally:
            database.close()

    def look(self) -> int:
        """Fold it as the commands that look at it do."""
        with self._database() as database:
            history = History(database)
            return sum(1 for _ in Fold().steps(history.scan()))

    def export(self) -> int:
        """Write it to a compressed file."""
        with self._database() as database:
            return export(
                database, self._folder / "log.ndjson.zst", 1, History(database).end
            ).records

    def import_(self) -> int:
        """Make a store from that file."""
        with opened_file(self._folder / "log.ndjson.zst") as history:
            check_importable(history, history.end, self._phase)
            import_log(history, f"sqlite:///{self._folder}/imported.db", history.end, self._phase)
            return history.end

    def verify(self) -> int:
        """Verify it, which must find it sound."""
        with self._database() as database:
            verdict = verify(database, self._phase)
        assert verdict.sound, verdict.findings[:3]
        return verdict.records

    def rebuild(self) -> int:
        """Rebuild every read model beside the live ones."""
        store = Store(self._url)
        try:
            drifts = Rebuild(store, MODELS, self._phase).run(keep_old=False)
            assert drifts == []
            return store.position
        finally:
            store.close()


def main(step: str, folder: str) -> None:
    """Do it and print."""
    upkeep = Upkeep(Path(folder))
    steps = {
        "look": upkeep.look,
        "export": upkeep.export,
        "import": upkeep.import_,
        "verify": upkeep.verify,
        "rebuild": upkeep.rebuild,
    }
    began = time.perf_counter()
    events = steps[step]()
    took_s = time.perf_counter() - began
    # Not `ru_maxrss`: it begins with what the process had that started this one.
    peak_mb = memory_mb(os.getpid())[1]
    told = {"events": events, "seconds": took_s, "memory_mb": peak_mb, "phases": upkeep.phases}
    print(json.dumps(told))


main(sys.argv[1], sys.argv[2])
