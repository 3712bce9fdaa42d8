"""The log of the tour in docs/debugging.md: a week of a small fleet, made as the service makes it.

`python -m tests.docs.tour` writes docs/tour/shop.ndjson anew.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from api.store import SCHEMA
from commands.store.database import Database
from commands.store.side_rows import find_principal, put_secret
from commands.tokens import create_store, issue_token, token_sha256
from domain.access import Caller, Role
from domain.commands import (
    BackUpServer,
    DeleteServer,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    ServerCommand,
    UpdateServer,
)
from domain.refusals import Refusal
from domain.values import Changes
from tests.commands.stores import Ids, Kept, creating, kept
from tests.moving import exported, url_of
from tests.support import HOME

FILE: Final = Path(__file__).parents[2] / "docs" / "tour" / "shop.ndjson"
_MAKER: Final = 0x019A8B00


class Week:
    """A store, and who uses it."""

    def __init__(self, store: Kept) -> None:
        self._store = store
        self._requests = 0
        self._callers: dict[str, Caller] = {}

    def at(self, day: int, hour: int, minute: int) -> None:
        """It is so late, on a day of November 2026."""
        self._store.clock.at = dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)

    def let_in(self, name: str, role: Role) -> None:
        run, token = self._store.store.writer.run, token_sha256(name)
        run(create_store)
        run(lambda unit: issue_token(unit, token, name, role, (HOME,)))
        with self._store.store.database.reading() as session:
            principal = find_principal(session, name)
        self._callers[name] = Caller(str(principal), role, HOME)

    def ask(self, who: str, command: ServerCommand, ref: str | None = None, **more: Any) -> None:
        """A request, a minute after the last."""
        self._store.clock.advance(60)
        self._requests += 1
        action, kind = more.get("action"), type(command)
        path = "/servers" if ref is None else f"/servers/{ref}{'/action' if action else ''}"
        methods = {UpdateServer: "PUT", DeleteServer: "DELETE"}
        asked = {
            "caller": self._callers[who],
            "request_id": f"req-{self._requests:03}",
            "source_address": "198.51.100.7" if who == "deploy" else "192.0.2.4",
            "method": "POST" if action else methods.get(kind, "POST"),
            "path": path,
        }
        with suppress(Refusal):
            self._store.write(command, ref, **(asked | more))


def live(store: Kept) -> None:
    """What happened."""
    week = Week(store)
    week.at(16, 9, 0)
    people: dict[str, Role] = {"alice": "admin", "deploy": "member", "carol": "member"}
    for name, role in people.items():
        week.let_in(name, role)
    week.at(16, 10, 0)
    week.ask("alice", creating("shop", count=2, image="debian-12", flavor="m1.small"))
    week.ask("alice", creating("db", tags=("prod",), image="debian-12", flavor="m1.large"))
    for ref in ("shop-1", "shop-2", "db"):
        week.ask("alice", PowerOnServer(), ref, action="poweron")
    week.ask("alice", BackUpServer(name="monday"), "db", action="backup")
    week.at(17, 9, 13)
    resized = UpdateServer(Changes(flavor="m1.small", tags=()))
    week.ask("deploy", resized, "db", request_id="ticket-4711")
    week.ask("deploy", UpdateServer(Changes(tags=("v2",))), "shop-1")
    week.ask("deploy", PowerOffServer(), "db", action="poweroff")
    week.ask("deploy", ResetServer(hard=False), "db", action="resetsoft")
    week.at(17, 11, 1)
    week.ask("carol", PowerOnServer(), "db", action="poweron")
    week.ask("carol", UpdateServer(Changes(name="database")), "db")
    week.at(18, 8, 0)
    week.ask("deploy", DeleteServer(), "shop-2")


def make(folder: Path) -> bytes:
    """The exported log, made in `folder`."""
    begun = Database(url_of(folder), SCHEMA)
    with begun.writing() as session:
        put_secret(session, "origin_salt", bytes(32))  # of a real store it is chance
    begun.close()
    with kept(folder, Ids(_MAKER)) as store:
        live(store)
    exported(folder, folder / "shop.ndjson")
    return (folder / "shop.ndjson").read_bytes()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        FILE.write_bytes(make(Path(name)))
