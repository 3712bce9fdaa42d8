"""Opening a database: durable on every connection, served once, refused with one clear line."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from commands.store.connections import READERS_MAX
from commands.store.database import Database
from commands.store.files import DatabaseUnusable
from commands.store.session import StoreSession
from commands.store.side_rows import find_principal, name_principal
from commands.store.tables import metadata
from tests.commands.stores import Kept, creating, kept
from tests.connections import are_open
from tests.databases import ON_POSTGRES, database_url, edited


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = opened(path)
    yield database
    database.close()


def opened(path: Path) -> Database:
    return Database(database_url(path.parent, path.stem), (metadata,))


ASKED = (
    ("SELECT current_setting('synchronous_commit')", "SELECT current_setting('fsync')")
    if ON_POSTGRES
    else ("PRAGMA journal_mode", "PRAGMA synchronous")
)
SYNCED: Any = ("on", "on") if ON_POSTGRES else ("wal", 2)


def durability(session: StoreSession) -> Any:
    return tuple(session.rows(sa.text(asked))[0][0] for asked in ASKED)


def in_transaction(session: StoreSession) -> bool:
    return session._driver.in_transaction  # type: ignore[no-any-return]


def test_the_writer_syncs_every_commit_into_a_write_ahead_log(database: Database) -> None:
    with database.writing() as session:
        assert durability(session) == SYNCED


def test_a_writer_that_replaces_a_broken_one_syncs_too(database: Database) -> None:
    seen = []

    def break_it() -> None:
        with database.writing() as session:
            seen.append(session._driver)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_it()
    with database.writing() as session:
        assert session._driver is not seen[0]
        assert durability(session) == SYNCED


def test_every_reader_of_the_pool_syncs_too(database: Database) -> None:
    asking = database.asking()
    with ExitStack() as stack:
        sessions = [stack.enter_context(database.reading()) for _ in range(READERS_MAX - 1)]
        apart, synced = asyncio.run(
            asking.ask(lambda session: (session._driver, durability(session)))
        )
        assert len({id(driver) for driver in (apart, *(each._driver for each in sessions))}) == (
            READERS_MAX
        )
        assert {synced, *map(durability, sessions)} == {SYNCED}


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def name_half() -> None:
        with database.writing() as session:
            name_principal(session, "an-id", "a name")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        name_half()
    with database.reading() as session:
        assert find_principal(session, "a name") is None


def test_a_snapshot_does_not_move(database: Database) -> None:
    with database.reading() as snapshot:
        assert find_principal(snapshot, "a name") is None
        with database.writing() as session:
            name_principal(session, "an-id", "a name")
        assert find_principal(snapshot, "a name") is None


def named(session: StoreSession) -> str | None:
    """Who bears a name."""
    return find_principal(session, "a name")


@pytest.mark.sqlite  # of a file the loop asks on its own thread
def test_a_turn_of_the_loop_sees_one_moment_and_the_next_turn_what_came(
    database: Database,
) -> None:
    ask = database.asking().ask

    async def look() -> None:
        assert await ask(named) is None
        with database.writing() as session:
            name_principal(session, "an-id", "a name")
        assert await ask(named) is None
        await asyncio.sleep(0)
        assert await ask(named) == "an-id"

    asyncio.run(look())


@pytest.mark.sqlite
def test_between_turns_nothing_is_held(database: Database) -> None:
    ask = database.asking().ask
    seen: list[StoreSession] = []

    async def look() -> None:
        await ask(seen.append)
        await ask(named)
        assert in_transaction(seen[0])
        await asyncio.sleep(0)
        assert not in_transaction(seen[0])

    asyncio.run(look())


@pytest.mark.parametrize("how", ["reading", "writing"])
def test_a_connection_in_use_is_closed_when_it_is_given_back(database: Database, how: str) -> None:
    with getattr(database, how)() as session:
        database.close()
        assert find_principal(session, "a name") is None
    assert not are_open()


@pytest.mark.postgresql
def test_those_in_use_beside_a_lost_one_are_kept(database: Database, path: Path) -> None:
    with database.reading() as in_use:
        with database.reading() as session:
            lost = session._driver
        with edited(path.parent, path.stem) as server:
            server.execute(f"SELECT pg_terminate_backend({lost.info.backend_pid}, 10000)")
        with database.reading() as session:
            assert find_principal(session, "a name") is None
            assert session._driver not in (lost, in_use._driver)
        assert find_principal(in_use, "a name") is None
    with database.reading() as one, database.reading() as other:
        drivers = {one._driver, other._driver}
    assert in_use._driver in drivers
    database.close()
    assert not are_open()


@pytest.mark.sqlite
def test_a_second_server_is_refused_and_told_who_serves(path: Path, database: Database) -> None:
    other = opened(path)
    with database.serving():
        with pytest.raises(DatabaseUnusable) as raised, other.serving():
            pass
        assert str(raised.value) == (
            f"{path} is served by process {os.getpid()}; one process serves an SQLite file"
        )
    with other.serving():
        pass
    other.close()


@pytest.mark.sqlite
def test_another_process_is_refused_and_told_who_serves(path: Path, database: Database) -> None:
    program = (
        "import sys\n"
        "from commands.store.database import Database\n"
        "from commands.store.files import DatabaseUnusable\n"
        "try:\n"
        "    with Database(sys.argv[1], ()).serving(): print('served')\n"
        "except DatabaseUnusable as error: print(error)\n"
    )
    with database.serving():
        ran = subprocess.run(
            [sys.executable, "-c", program, f"sqlite:///{path}"],
            capture_output=True,
            text=True,
            check=True,
        )
    assert ran.stdout == (
        f"{path} is served by process {os.getpid()}; one process serves an SQLite file\n"
    )


@pytest.mark.skipif(not ON_POSTGRES, reason="one process serves an SQLite file")
def test_several_serve(path: Path, database: Database) -> None:
    other = opened(path)
    with database.serving(), other.serving():
        pass
    other.close()


def test_short_commands_write_beside_a_server(store: Kept, tmp_path: Path) -> None:
    with store.store.database.serving(), kept(tmp_path, lambda: "other") as beside:
        (server_id,) = (server.id for server in beside.write(creating()).servers)
        assert [record.originator_id for _, record in store.records()] == [server_id]


def test_a_second_writer_waits_for_the_first(path: Path, database: Database) -> None:
    other, began = opened(path), threading.Event()
    found = []

    def write() -> None:
        began.set()
        with other.writing() as session:
            found.append(find_principal(session, "a name"))

    thread = threading.Thread(target=write)
    with database.writing() as session:
        name_principal(session, "an-id", "a name")
        thread.start()
        began.wait()
    thread.join()
    assert found == ["an-id"]
    other.close()
