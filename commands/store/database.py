"""An open database: its schema, and what either kind does for it beside reading and writing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import sqlalchemy as sa

from commands.store.backend import Steps
from commands.store.backends import backend_of
from commands.store.connections import Connections, words_of
from commands.store.files import DatabaseUnusable
from commands.store.schema import look_at_schema, make_derived, prepare_schema
from commands.store.session import StoreSession
from commands.store.watching import Watch


class Database(Connections):
    """An open database. Close it with `close()`."""

    def __init__(
        self,
        url: str,
        schema: Sequence[sa.MetaData] = (),
        derived: Sequence[sa.MetaData] = (),
        read_only: bool = False,
    ) -> None:
        """Open it, making what is missing of `schema`. Raises `DatabaseUnusable`.

        One of an older schema is migrated; its `derived` tables are gone then, and `outdated` says
        that they are to be derived. To read only, it must be there, and is left as it is.
        """
        backend = backend_of(url, read_only=read_only)
        super().__init__(backend)
        self.url = backend.url
        self.read_only = read_only
        self._derived = derived
        self.Busy = backend.busy()
        """What is raised where readers are not to be kept out just now."""
        try:
            if read_only:
                with backend.looking() as connection:
                    self.found = look_at_schema(backend, connection, derived)
            else:
                with self._writers.begin() as connection:
                    self.found = prepare_schema(backend, connection, schema, derived)
        except self.Error as error:
            self.close()
            raise DatabaseUnusable(f"cannot open {self.url}: {words_of(error)}") from error
        except BaseException:
            self.close()
            raise
        self.outdated = self.found.outdated

    @contextmanager
    def deriving(self) -> Iterator[StoreSession | None]:
        """A write transaction to derive rows in, whose tables it makes.

        None where another process has done so meanwhile. Raises `DatabaseUnusable` for who may not.
        """
        with self.writing() as session:
            if make_derived(self._backend, session.connection, self._derived):
                session.admit_to([table for each in self._derived for table in each.sorted_tables])
                yield session
            else:
                yield None
        self.outdated = False

    def admit(self, role: str, password: str | None, tables: Sequence[sa.Table]) -> bool:
        """Let a role serve these tables, as they say, and no more; whether it was made for that.

        A new one can log in, with the password if one is given. Raises `DatabaseUnusable`.
        """
        with self.writing() as session:
            return self._backend.admit(session.connection, role, password, tables)

    def scratch(
        self, derived: Sequence[sa.MetaData], path: Path
    ) -> AbstractContextManager[StoreSession]:
        """A session over tables of its own, beside those of the store."""
        return self._backend.scratch(derived, path)

    def check_structure(self, session: StoreSession) -> list[str]:
        """What is wrong with the structure that a session reads from."""
        return self._backend.check_structure(session)

    def rebuilding(self) -> AbstractContextManager[Path | None]:
        """The right to rebuild, and where to fold meanwhile; None where another one has it."""
        return self._backend.rebuilding()

    def steps(self, place: Path | None = None) -> Steps:
        """Steps in the database, beside what was folded at a place; close them."""
        return self._backend.steps(place)

    def watch(self) -> Watch:
        """What tells of other processes' commits, once it is started."""
        return self._backend.watch()

    def serving(self) -> AbstractContextManager[None]:
        """The right to serve this database. Raises `DatabaseUnusable` where it is taken."""
        return self._backend.serving()
