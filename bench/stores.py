"""Stores of a given size, made by the service's own write side, without HTTP in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from api.root.dialect import ROOT
from api.serve import first_start
from api.settings import Settings
from api.store import Store
from bench.services import TOKEN
from commands.buckets import TokenBuckets
from commands.handler import CommandHandler, utc_now
from commands.request import WriteRequest, Written
from commands.unit import Unit
from domain.access import Caller
from domain.commands import (
    CreateServers,
    DeleteServer,
    PowerOffServer,
    PowerOnServer,
    ServerCommand,
    UpdateServer,
)
from domain.values import DEFAULT_ARCH, SERVERS_PER_REQUEST_MAX, Changes, Configuration

_EVENTS_A_COMMIT = 2_000
ORGANIZATION = Settings().organization
_CALLER = Caller(
    principal_id="00000000-0000-7000-8000-00000000be9c",
    role="admin",
    organization=ORGANIZATION,
)


def make_store(folder: Path, servers: int, changes: int = 0) -> str:
    """A store of so many servers, the first of them changed `changes` times; that one's id."""
    folder.mkdir(parents=True, exist_ok=True)
    with opened(folder) as store:
        handler = CommandHandler(TokenBuckets(1, 1))
        first = ""
        for number in range(0, servers, SERVERS_PER_REQUEST_MAX):
            count = min(SERVERS_PER_REQUEST_MAX, servers - number)
            request = write_request(creating(number, count))
            written = store.writer.run(partial(_handle, handler, request))
            first = first or written.servers[0].id
        for start in range(0, changes, _EVENTS_A_COMMIT):
            numbers = range(start, min(start + _EVENTS_A_COMMIT, changes))
            store.writer.run(partial(_rename, handler, first, numbers))
        return first


def _rename(handler: CommandHandler, server_id: str, numbers: range, unit: Unit) -> None:
    for number in numbers:
        changed = UpdateServer(changes=Changes(name=f"name-{number}"))
        handler.handle(unit, write_request(changed, server_id))


def _handle(handler: CommandHandler, request: WriteRequest, unit: Unit) -> Written:
    return handler.handle(unit, request)


def make_long_histories(folder: Path, servers: int) -> None:
    """A store of so many servers, each of ten events that lie far from each other in the log."""
    make_store(folder, servers)
    with opened(folder) as store:
        handler = CommandHandler(TokenBuckets(1, 1))
        with store.database.reading() as session:
            found = [record.originator_id for _, record in store.log.read(session, 1, 2 + servers)]
        ids = found[2:]
        for number in range(9):
            change = PowerOnServer() if number % 2 else PowerOffServer()
            command = UpdateServer(changes=Changes(name=f"name-{number}")) if number % 3 else change
            for start in range(0, servers, _EVENTS_A_COMMIT):
                chunk = ids[start : start + _EVENTS_A_COMMIT]
                store.writer.run(partial(_handle_each, handler, command, chunk))


def make_short_lives(folder: Path, servers: int) -> None:
    """A store of so many servers, a hundred at a time: each is made, renamed, and deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    with opened(folder) as store:
        handler = CommandHandler(TokenBuckets(1, 1))
        rename = UpdateServer(changes=Changes(name="in use"))
        for number in range(0, servers, SERVERS_PER_REQUEST_MAX):
            count = min(SERVERS_PER_REQUEST_MAX, servers - number)
            request = write_request(creating(number, count))
            made = [s.id for s in store.writer.run(partial(_handle, handler, request)).servers]
            store.writer.run(partial(_handle_each, handler, rename, made))
            store.writer.run(partial(_handle_each, handler, DeleteServer(), made))


def _handle_each(
    handler: CommandHandler, command: ServerCommand, ids: Sequence[str], unit: Unit
) -> None:
    for server_id in ids:
        handler.handle(unit, write_request(command, server_id))


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """The store in `folder`, begun if it is new."""
    store = Store(f"sqlite:///{folder / 'rackledger.db'}")
    try:
        first_start(store, Settings(token=TOKEN))
        yield store
        # As a service leaves it that had the time: the log is followed to its end.
        while store.follower.step():
            pass
    finally:
        store.close()


def creating(number: int, count: int) -> CreateServers:
    """A create of `count` servers."""
    return CreateServers(
        organization=ORGANIZATION,
        configuration=Configuration(
            name=f"web-{number:07}",
            image="4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
            tags=("bench", "web"),
        ),
        arch=DEFAULT_ARCH,
        count=count,
        reserve=False,
    )


def write_request(command: ServerCommand, ref: str | None = None) -> WriteRequest:
    """A request as the edge hands it to the write side."""
    return WriteRequest(
        caller=_CALLER,
        dialect=ROOT,
        command=command,
        name="create_servers" if ref is None else "update_server",
        status=200,
        received_at=utc_now(),
        request_id="bench",
        method="POST" if ref is None else "PUT",
        path="/servers" if ref is None else f"/servers/{ref}",
        ref=ref,
        source_address="127.0.0.1",
    )
