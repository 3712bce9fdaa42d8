"""An open store without a service: callers, requests, and a look at everything it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from api.root.dialect import ROOT
from api.store import SCHEMA, Store
from commands.buckets import TokenBuckets
from commands.handler import CommandHandler
from commands.request import WriteRequest, Written
from commands.unit import Unit
from domain.access import Caller
from domain.commands import CreateServers, WriteCommand
from domain.ports import Session
from domain.records import Record
from domain.values import Configuration
from tests.databases import database_url
from tests.support import ELSEWHERE, HOME

START: Final = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)
ADMIN: Final = Caller("an-admin", "admin", HOME)
MEMBER: Final = Caller("a-member", "member", HOME)
STRANGER: Final = Caller("a-stranger", "member", ELSEWHERE)
TABLES: Final = {table.name: table for metadata in SCHEMA for table in metadata.sorted_tables}
FOLLOWED: Final = (
    *("followers", "parked", "trail", "clock", "server_lives", "server_labels"),
    "past_counts",
)
"""What follows the log behind the writes, which nothing does here."""
ROOTS: Final = ("events", "principals", "origins", "secrets", "kept_models")
"""What is derived from nothing else."""
DERIVED: Final = tuple(name for name in TABLES if name not in (*ROOTS, *FOLLOWED))


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> dt.datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.at += dt.timedelta(seconds=seconds)


def nth(number: int, maker: int = 0) -> str:
    """The `number`-th id of a maker of ids."""
    return f"{maker:08x}-0000-7000-8000-{number:012x}"


class Ids:
    """Makes ids in order; those of different makers differ."""

    def __init__(self, maker: int = 0) -> None:
        self._maker = maker
        self._made = 0

    def __call__(self) -> str:
        self._made += 1
        return nth(self._made, self._maker)


class Kept:
    """An open store, and the handler in front of it."""

    def __init__(self, store: Store, clock: Clock, refusals: TokenBuckets) -> None:
        self.store = store
        self.clock = clock
        self.handler = CommandHandler(refusals)

    def request(self, command: WriteCommand | None, **fields: Any) -> WriteRequest:
        """A request of the admin's, as a dialect would read it, `fields` replacing its own."""
        name = type(command).__struct_config__.tag if command is not None else "update_server"
        asked: dict[str, Any] = {
            "caller": ADMIN,
            "dialect": ROOT,
            "command": command,
            "name": name,
            "status": 200,
            "received_at": self.clock.at,
            "request_id": "a-request",
            "method": "POST",
            "path": "/servers",
        }
        return WriteRequest(**(asked | fields))

    def job(self, command: WriteCommand | None, **fields: Any) -> Callable[[Unit], Written]:
        """The request as a job for the writer."""
        request = self.request(command, **fields)
        return lambda unit: self.handler.handle(unit, request)

    def write(self, command: WriteCommand | None, ref: str | None = None, **fields: Any) -> Written:
        """Handle a request in a transaction of its own."""
        return self.store.writer.run(self.job(command, ref=ref, **fields))

    def create(self, name: str = "a server", organization: str = HOME, **chosen: Any) -> str:
        """The id of a new server."""
        return self.write(creating(name, organization, **chosen)).servers[0].id

    def records(self, after: int = 0) -> list[tuple[int, Record]]:
        """The log's records past a position."""
        with self.store.database.reading() as session:
            return list(self.store.log.read(session, after + 1, 100_000))

    def rows(self, *names: str) -> dict[str, list[Any]]:
        """Every row of the tables of these names, or of all."""
        with self.store.database.reading() as session:
            return rows_of(session, names or tuple(TABLES))


def rows_of(session: Session, names: Sequence[str]) -> dict[str, list[Any]]:
    """Every row of the tables of these names, in the order of their keys."""
    return {
        name: session.rows(sa.select(TABLES[name]).order_by(*TABLES[name].primary_key.columns))
        for name in names
    }


def creating(
    name: str = "a server", organization: str = HOME, *, count: int = 1, **chosen: Any
) -> CreateServers:
    """The command to make a server, or `count` of them."""
    return CreateServers(
        organization=organization,
        configuration=Configuration(name=name, **chosen),
        arch="x86_64",
        count=count,
    )


@contextmanager
def kept(
    folder: Path,
    ids: Callable[[], str] | None = None,
    refusals: TokenBuckets | None = None,
    url: str | None = None,
) -> Iterator[Kept]:
    """A store over the database in `folder`, made there if it is the first time.

    `url` is another way to it, such as by another role.
    """
    clock = Clock()
    store = Store(url or database_url(folder), clock, ids or Ids())
    try:
        yield Kept(store, clock, refusals or TokenBuckets(1_000, 1))
    finally:
        store.close()
