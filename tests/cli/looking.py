"""The commands that look at the past, run in this process, and a history for them to look at."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest

from api.cli.main import main
from commands.store.database import Database
from commands.store.exporting import export
from tests.databases import ON_POSTGRES, database_url, edited
from tests.support import SEED_B, Api


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    status: Any
    out: str
    err: str

    @property
    def items(self) -> list[Any]:
        """Its lines of JSON."""
        assert (self.status, self.err) == (0, "")
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def rows(self) -> list[list[str]]:
        """Its lines for people, cell by cell."""
        assert (self.status, self.err) == (0, "")
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def refusal(self) -> tuple[Any, str]:
        """Its status, and the one line that it said, nothing else."""
        (line,) = self.err.splitlines()
        assert self.out == ""
        return self.status, line.removeprefix("rackledger: ")


def look(*arguments: str, stdin: str = "") -> Ran:
    """Run a command to its end."""
    out, err, status = io.StringIO(), io.StringIO(), None
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        mock.patch("sys.argv", ["rackledger", *arguments]),
        mock.patch("sys.stdin", io.StringIO(stdin)),
    ):
        try:
            main()
        except SystemExit as ended:
            status = ended.code or 0
    return Ran(status, out.getvalue(), err.getvalue())


def looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the database in a folder where no other is named."""
    monkeypatch.chdir(folder)
    if ON_POSTGRES:
        monkeypatch.setenv("RACKLEDGER_DATABASE", url(folder))


def url(folder: Path) -> str:
    return database_url(folder)


def exported(folder: Path, name: str = "log.ndjson", first: int = 1) -> Path:
    """The log of the database in a folder, from a position on, as a file beside it."""
    path = folder / name
    with edited(folder) as stored:
        ((last,),) = stored.execute("SELECT max(position) FROM events").rows
    database = Database(url(folder), read_only=True)
    try:
        export(database, path, first, last)
    finally:
        database.close()
    return path


def change(folder: Path, statement: str, *parameters: Any) -> None:
    """Change what is stored, behind everyone's back."""
    with edited(folder) as stored:
        stored.execute(statement, parameters)


def lead_a_life(api: Api) -> dict[str, str]:
    """Servers that stay, go and come back, and requests of every outcome; their ids."""
    ids = {"web": api.create("web", tags=["a", "b"], volumes={"0": {"id": "v"}})["id"]}
    ids["db"] = api.create("db")["id"]
    ids["twin 1"], ids["twin 2"] = api.create("twin")["id"], api.create("twin")["id"]
    api.act("web", "poweron")
    api.act("web", "poweron")
    api.act("web", "backup", name="kept")
    api.put("/servers/web", {"tags": ["b", "c"], "image": "i-2"}, headers={"X-Request-Id": "r-7"})
    for _ in range(2):
        rename = {"server": {"new_name": "shop"}}
        renamed = api.patch("/servers/web", rename, headers={"Idempotency-Key": "n"})
        assert renamed.status_code == 200
    api.act("shop", "restore", backup="none")
    api.act("shop", "restore", backup="kept")
    api.delete("/servers/db")
    api.delete("/servers/db")
    keyed = {"Idempotency-Key": "k"}
    for _ in range(2):
        api.post(f"/servers/{ids['db']}/revert", {"to_version": 1}, headers=keyed)
    for _ in range(2):
        several = {"server": SEED_B["server"] | {"name": "several", "max_count": 3}}
        assert api.post("/servers", several, headers={"Idempotency-Key": "m"}).status_code == 200
    api.delete(f"/servers/{ids['db']}")
    api.put("/servers/web", {"tags": []})
    return ids
