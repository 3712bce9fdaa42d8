"""What the parts ask of each other without importing each other; wired in `api.app`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, Final, Literal, Protocol, get_args

import msgspec

from domain.events import (
    ServerBackedUp,
    ServerBackupDeleted,
    ServerBackupUpdated,
    VolumeEvent,
)
from domain.records import Record, UnreadableRow
from domain.refusals import Refusal
from domain.server import Server
from domain.values import Held
from domain.volumes import StandaloneVolume

Scope = tuple[str, ...] | None
"""The organizations that a reader sees; None is every one."""


class Session(Protocol):
    """One connection to the store, inside or outside a transaction.

    Statements are SQLAlchemy Core constructs kept at module level or cached, so that each is
    compiled once; parameters go by the names of their bind parameters. Only text, integers and
    bytes pass.
    """

    def rows(self, statement: Any, parameters: Mapping[str, Any] = ...) -> list[Any]:
        """All rows, as tuples."""

    def stream(self, statement: Any) -> Iterator[Any]:
        """All rows one by one, for more than memory should hold."""

    def row(self, statement: Any, parameters: Mapping[str, Any] = ...) -> Any | None:
        """The first row, or None."""

    def write(self, statement: Any, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Run once for each of `parameters`."""


class Entry(msgspec.Struct, frozen=True):
    """A record at its position, with the server before and after where it is a server's.

    Of a volume's, `volume` is the volume after it.
    """

    position: int
    record: Record
    before: Server | None = None
    after: Server | None = None
    volume: StandaloneVolume | None = None


_OF_STORAGE: Final = frozenset(
    (ServerBackedUp, ServerBackupUpdated, ServerBackupDeleted, *get_args(VolumeEvent))
)


class Batch:
    """Entries that are written together, in order."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries

    @cached_property
    def by_server(self) -> Collection[Sequence[Entry]]:
        """The entries of each server, in order, server by server in order of the first."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.after is not None:
                found.setdefault(entry.after.id, []).append(entry)
        return found.values()

    @cached_property
    def of_storage(self) -> Sequence[Entry]:
        """Those that change a volume by itself or a restore point, in order: few do."""
        return [entry for entry in self.entries if type(entry.record.event) in _OF_STORAGE]


class RowWriter(Protocol):
    """Rows derived from the log, written in the transaction of the records they derive from."""

    def write(self, session: Session, batch: Batch) -> None:
        """Bring the rows up to the last of the entries, each the next one of its stream."""

    def clear(self, session: Session) -> None:
        """Remove every row, to derive them anew."""


class Database(Protocol):
    """What a follower asks of the store: snapshots to read, and transactions to write."""

    Error: tuple[type[Exception], ...]

    def reading(self) -> AbstractContextManager[Session]:
        """One snapshot."""

    def writing(self) -> AbstractContextManager[Session]:
        """A write transaction, committed at the end and rolled back on an exception."""


class ServerRows(Protocol):
    """What commands ask of the live servers' rows."""

    def get_state(self, session: Session, server_id: str, scope: Scope = None) -> Server | None:
        """The state of a live server in `scope`. Raises `UnreadableRecord`."""

    def get_ended(
        self, session: Session, server_id: str, scope: Scope = None
    ) -> tuple[Server, int] | None:
        """The state that a deleted server's deletion found, and the position of that.

        Raises `UnreadableRecord`.
        """

    def get_last(
        self, session: Session, server_id: str, scope: Scope = None
    ) -> tuple[Server, int] | None:
        """The state that a server's last record superseded, and the position of that.

        Where that was a deletion, its backups are with it. Raises `UnreadableRecord`.
        """

    def get_past(self, session: Session, server_id: str, position: int) -> Server | None:
        """A server as of a position, without its backups; None where it did not live then.

        Raises `UnreadableRecord`.
        """

    def get_before(self, session: Session, position: int) -> Server | None:
        """The state that the record at a position superseded; None for none.

        Where that was a deletion, its backups are with it. Raises `UnreadableRecord`.
        """

    def get_gone(self, session: Session, server_id: str) -> Server | None:
        """A deleted server of which there are restore points, with these.

        Raises `UnreadableRecord`.
        """

    def list_ids(self, session: Session, name: str, scope: Scope) -> tuple[str, ...]:
        """The ids of the live servers that bear exactly this name, oldest first."""


ShownAs = Literal["snapshot", "image"]
"""What restore points are shown as: those of kind `backup` as either."""


class Place(msgspec.Struct, frozen=True):
    """Where a restore point is kept and what it holds: `made_version` of its origin made it."""

    origin: Literal["server", "volume"]
    origin_id: str
    made_version: int
    held: Held


class StorageRows(Protocol):
    """What commands ask of the rows of volumes and restore points."""

    def get_volume(self, session: Session, volume_id: str) -> StandaloneVolume | None:
        """A volume that was made by itself, deleted as it may be while it has restore points.

        Raises `UnreadableRecord`.
        """

    def find_holder(self, session: Session, volume_id: str, scope: Scope) -> str | None:
        """The id of the live server in `scope` that has the volume; of several the oldest."""

    def find_place(
        self, session: Session, backup_id: str, scope: Scope, shown_as: ShownAs | None
    ) -> Place | None:
        """Where the restore point of that id is kept, as far as `scope` sees it as that."""


class Log(Protocol):
    """The records, each with its position."""

    def read(self, session: Session, start: int, limit: int) -> Iterator[tuple[int, Record]]:
        """At most `limit` records from position `start` on. Raises `UnreadableRecord`."""

    def scan(
        self, session: Session, start: int, limit: int
    ) -> Iterator[tuple[int, Record | UnreadableRow]]:
        """At most `limit` records from position `start` on; what cannot be read is told as such."""

    def position_of(self, session: Session, originator_id: str, version: int) -> int | None:
        """Where a version of a stream stands, if there is one."""

    def read_by_stream(
        self, session: Session, after: tuple[str, int], limit: int
    ) -> Iterator[tuple[int, Record]]:
        """At most `limit` records, stream by stream, past a version of one.

        Raises `UnreadableRecord`.
        """


class Dialect(Protocol):
    """An API that is spoken: its name, and the status its callers see for a refusal."""

    @property
    def name(self) -> str:
        """What its requests are recorded under."""

    @property
    def names_refer(self) -> bool:
        """Whether the name of a server stands for its id."""

    def status_of(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal."""
