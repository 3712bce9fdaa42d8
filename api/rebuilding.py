"""Rebuilding read models beside the live ones: fold, compare, fill, catch up, switch.

Nothing that is read changes until the switch, which is one transaction; writes go on between
steps. A crash at any point before leaves the live rows serving, and what was begun is removed by
the next rebuild.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from api.fold import Progress, folding, follow
from api.models import MODELS, SERVERS, Model
from api.soundness import check_log
from api.store import Store
from commands.store.backend import Steps
from commands.store.export_files import FileRefused
from commands.store.recorder import last_position
from commands.store.session import StoreSession
from commands.store.shadows import brought_in, make, present
from commands.store.tables import NEW, OLD
from projections.batches import bind
from projections.comparison import Drift
from projections.rebuild import Rebuilder
from projections.tables import kept_models

STEP_RECORDS: Final = 500
"""Records that are caught up with in one transaction."""
_SERVED_ON: Final = "what was served is served on"

_KEPT: Final = sa.select(kept_models.c.model, kept_models.c.position)
_KEEP: Final = kept_models.insert()
_FORGET: Final = kept_models.delete().where(kept_models.c.model == bind("of"))


class Rebuild:
    """A rebuild of some read models of a store, which may be served meanwhile."""

    def __init__(self, store: Store, models: Sequence[Model], progress: Progress) -> None:
        self._store = store
        self._database = store.database
        self._models = models
        self._tables = [table for model in models for table in model.tables]
        self._progress = progress
        writers = [writer for model in models for writer in model.writers]
        self._rebuilder = Rebuilder(store.log, SERVERS, writers)
        self._derivations = [each for model in models for each in model.derivations]

    def run(self, keep_old: bool) -> list[Drift]:
        """Rebuild; how the rows that were live differed from those that are now.

        Raises `FileRefused` for a log that is not sound, or beside another rebuild.
        """
        with self._alone() as path:
            self._drop(NEW, MODELS)  # of a rebuild that did not come to its end
            drifts, position = self._fold(path)
            self._drop(OLD, self._models)
            self._fill(path)
            self._switch(NEW, position)
            if not keep_old:
                self._drop(OLD, self._models)
        return drifts

    def switch_back(self) -> None:
        """Serve the rows again that the last rebuild replaced. Raises `FileRefused` for none."""
        with self._alone():
            self._switch(OLD, self._kept_position())

    def drop_old(self) -> None:
        """Remove the rows that the last rebuild replaced. Raises `FileRefused` for none."""
        with self._alone():
            self._kept_position()
            self._drop(OLD, self._models)

    @contextmanager
    def _alone(self) -> Iterator[Path]:
        with self._database.rebuilding() as place:
            if place is None:
                raise FileRefused("another rebuild is under way")
            yield place

    def _fold(self, path: Path) -> tuple[list[Drift], int]:
        # Servers in any case: how they were is asked by what follows the log.
        models = [each for each in MODELS if each in self._models or SERVERS in each.writers]
        gc.disable()  # what is allocated here is all of short life, and most of it untracked
        try:
            with folding(self._database, models, path) as fold:
                # Rows that are right are not given up for what a damaged log comes to.
                for finding in check_log(fold.session, fold.end, self._progress):
                    raise FileRefused(f"{finding.where}: {finding.why}; {_SERVED_ON}")
                fold.derive(self._progress)
                drifts = [*fold.compare(self._models)]
                if self._derivations:
                    fold.follow_on(self._progress)
                return drifts, fold.end
        finally:
            gc.enable()

    def _fill(self, path: Path) -> None:
        with self._database.writing() as session:
            make(session, self._tables)
        with self._steps(path) as steps, self._progress("rows", 0) as advance:
            for table in self._tables:
                steps.fill(table, advance)

    def _drop(self, suffix: str, models: Sequence[Model]) -> None:
        tables = [table for model in models for table in model.tables]
        with self._database.writing() as session:
            there = present(session, tables, suffix)
            if suffix == OLD:
                _kept(session, self._models, None)
        if there:
            with self._steps() as steps, self._progress("rows to remove", 0) as advance:
                for table in there:
                    steps.empty(table, suffix, advance)

    @contextmanager
    def _steps(self, path: Path | None = None) -> Iterator[Steps]:
        steps = self._database.steps(path)
        try:
            yield steps
        finally:
            steps.close()

    def _switch(self, suffix: str, position: int) -> None:
        """Let the rows of a suffix, as of a position, take the place of the live ones."""
        while True:
            began = time.monotonic()
            try:
                position, last = self._switch_if_near(suffix, position)
            except self._database.Busy:
                last = False  # who reads goes first, and then it is tried again
            if last:
                return
            # The writes of others have as much time as they had to wait.
            time.sleep(time.monotonic() - began)

    def _switch_if_near(self, suffix: str, position: int) -> tuple[int, bool]:
        """Catch up, and switch if that was all; the position come to, and whether it was."""
        with self._database.writing() as session:
            last = last_position(session) - position <= STEP_RECORDS
            with brought_in(session, self._tables, suffix) as stay:
                position = self._catch_up(session, position)
                if last:
                    stay()
            if last or suffix == OLD:
                _kept(session, self._models, position)
        return position, last

    def _catch_up(self, session: StoreSession, position: int) -> int:
        position = self._rebuilder.catch_up(session, position, STEP_RECORDS)
        if self._derivations:
            follow(self._store.log, session, self._derivations, position)
        return position

    def _kept_position(self) -> int:
        with self._database.reading() as session:
            kept = dict(session.rows(_KEPT))
        positions = {kept.get(model.name) for model in self._models}
        (position,) = positions if len(positions) == 1 else (None,)
        if not isinstance(position, int):
            raise FileRefused("no replaced rows are kept, or not of these read models together")
        return position


def _kept(session: StoreSession, models: Sequence[Model], position: int | None) -> None:
    """Tell that replaced rows are kept, as of a position; or None, that they are not."""
    session.write(_FORGET, [{"of": model.name} for model in models])
    if position is not None:
        session.write(_KEEP, [{"model": model.name, "position": position} for model in models])
