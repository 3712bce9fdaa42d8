"""The service under a clock and ids of the test's own, opened and opened again over one folder."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import itertools
import threading
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.app import Service, build_app
from api.serve import first_start
from api.settings import Settings
from api.store import SCHEMA
from domain.records import Record
from tests.commands.stores import DERIVED as DERIVED_NAMES
from tests.moving import move_store, url_of
from tests.properties.model import Ask, Caller, timestamp
from tests.support import ADMIN_TOKEN

DERIVED = {
    table.name: sa.select(table).order_by(*table.primary_key.columns)
    for metadata in SCHEMA
    for table in metadata.sorted_tables
    if table.name in DERIVED_NAMES
}


class Driven:
    """A service that can be stopped and started. `at` is its time."""

    def __init__(self, folder: Path) -> None:
        self.at = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)
        self._numbers = itertools.count(1)
        self._settings = Settings(
            database=url_of(folder),
            token=ADMIN_TOKEN,
            request_log=False,
            refusals_burst=1e9,
        )
        self.open()

    def open(self) -> None:
        """Start it over whatever the folder holds."""
        self._open = ExitStack()
        self.service = Service(self._settings, lambda: self.at, self._new_id)
        first_start(self.service.store, self.service.settings)
        self.client = self._open.enter_context(TestClient(build_app(self.service)))

    def close(self) -> None:
        """Stop it cleanly."""
        self._open.close()

    def move(self, folder: Path) -> None:
        """Stop it, and start it over what an export of its log makes of an empty folder."""
        self.close()
        move_store(self._settings.database, folder)
        self._settings = dataclasses.replace(self._settings, database=url_of(folder))
        self.open()

    def _new_id(self) -> str:
        return str(uuid.UUID(int=next(self._numbers)))

    @property
    def now(self) -> str:
        """Its time as shown."""
        return timestamp(self.at)

    def let_pass(self, seconds: int) -> None:
        """Move its clock, forwards or backwards."""
        self.at += dt.timedelta(seconds=seconds)

    def get(self, caller: Caller, path: str, **headers: str) -> httpx2.Response:
        """A read."""
        return self.client.get(path, headers=_headers(caller, headers))

    def send(self, caller: Caller, ask: Ask) -> httpx2.Response:
        """A write by itself."""
        headers = _headers(caller, ask.headers)
        return self.client.request(ask.method, ask.path, content=ask.raw, headers=headers)

    def send_at_once(self, asked: Sequence[tuple[Caller, Ask]]) -> list[httpx2.Response]:
        """Writes decided in this order and committed together: the writer is held till then."""
        gate = threading.Event()

        async def send(caller: Caller, ask: Ask) -> httpx2.Response:
            transport = httpx2.ASGITransport(self.client.app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
                headers = _headers(caller, ask.headers)
                return await client.request(ask.method, ask.path, content=ask.raw, headers=headers)

        async def together() -> list[httpx2.Response]:
            busy = asyncio.create_task(self.service.writer.submit(lambda _: gate.wait()))
            while not self.service.writer.waiting:
                await asyncio.sleep(0)
            tasks: list[asyncio.Task[httpx2.Response]] = []
            for caller, ask in asked:
                before = self.service.writer.waiting
                tasks.append(asyncio.create_task(send(caller, ask)))
                while self.service.writer.waiting == before and not tasks[-1].done():
                    await asyncio.sleep(0)
            gate.set()
            await busy
            return await asyncio.gather(*tasks)

        assert self.client.portal is not None
        return self.client.portal.call(together)

    def record(self, position: int) -> Record:
        """The record at a position."""
        ((_, record),) = self.records(position, 1)
        return record

    def records(self, start: int, count: int) -> list[tuple[int, Record]]:
        """Records by position."""
        with self.service.database.reading() as session:
            return list(self.service.log.read(session, start, count))

    def rows(self) -> dict[str, list[Any]]:
        """What every derived table holds. An organization without servers counts as no row."""
        with self.service.database.reading() as session:
            found = {name: session.rows(statement) for name, statement in DERIVED.items()}
        found["server_counts"] = [row for row in found["server_counts"] if row[1]]
        return found

    def rebuild(self) -> int:
        """Derive every row anew from the log."""
        service = self.service
        with service.database.writing() as session:
            return service.store.rebuilder.rebuild(session)

    def run(self, job: Any) -> Any:
        """A job of the writer, as a command beside the service would run it."""
        return self.service.store.writer.run(job)


def _headers(caller: Caller, others: dict[str, str]) -> dict[str, str]:
    return {"X-Auth-Token": caller.token, "Content-Type": "application/json"} | others
