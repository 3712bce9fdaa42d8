"""A record whose stream's id is no text: every command comes to its end, and says where it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.soundness import verify
from commands.store.log import EventLog
from commands.store.recorder import last_position
from domain.registry import UnreadableRecord
from projections import rebuild as rebuilding
from tests.api.test_check import findings
from tests.cli.looking import look
from tests.cli.test_verify import make_store
from tests.commands.stores import DERIVED, Ids, kept
from tests.databases import contents_of, edited
from tests.moving import looking, quiet
from tests.program import run_program
from tests.support import running

pytestmark = pytest.mark.sqlite  # PostgreSQL takes no text that is not of its encoding

EVENTS = ("request.refused", "token.issued", "server.updated", "store.created")
"""Of the first, no row is derived: to derive it again and again fails nowhere."""
SERVED_ON = "what was served is served on"
PLACES = pytest.mark.parametrize("at", [0, -1], ids=["behind all others", "between others"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with a history. Copy it."""
    folder = tmp_path_factory.mktemp("made")
    make_store(folder)
    return folder


@pytest.fixture
def lived(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path / "lived")
    return tmp_path / "lived"


def damage(folder: Path, event: str, at: int) -> int:
    """Make a byte of a stream's id one that begins no character; the position of the record."""
    with edited(folder) as database:
        ((position, stored),) = database.execute(
            "SELECT position, originator_id FROM events WHERE name = ? ORDER BY position LIMIT 1",
            (event,),
        ).rows
        damaged = bytearray(stored.encode())
        damaged[at] = 0xB0
        database.execute(
            "UPDATE events SET originator_id = CAST(? AS TEXT) WHERE position = ?",
            (bytes(damaged), position),
        )
    found: int = position
    return found


def end_of(folder: Path) -> int:
    with edited(folder) as database:
        ((end,),) = database.execute("SELECT max(position) FROM events").rows
    found: int = end
    return found


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the log by its streams fails where it reads on behind the last record."""
    read, asked = EventLog.read_by_stream, 0

    def counted(self: EventLog, session: Any, after: tuple[str, int], limit: int) -> Any:
        nonlocal asked
        asked = asked + 1 if after > ("", 0) else 1
        assert asked <= last_position(session) + 1, "it reads the same records again and again"
        return read(self, session, after, limit)

    monkeypatch.setattr(EventLog, "read_by_stream", counted)


@PLACES
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("batch", [1, 2, 1_000])
@pytest.mark.usefixtures("bounded")
def test_it_is_told_with_its_position(
    lived: Path, monkeypatch: pytest.MonkeyPatch, event: str, batch: int, at: int
) -> None:
    monkeypatch.setattr(rebuilding, "BATCH_RECORDS", batch)
    position = damage(lived, event, at)
    with looking(lived) as database:
        verdict = verify(database, quiet)
    assert f"position {position}" in {finding.where for finding in verdict.findings}
    assert not verdict.sound


@pytest.mark.parametrize(
    ("event", "batch", "at"),
    [
        *(("request.refused", batch, 0) for batch in (1, 2, 7, 1_000)),
        ("request.refused", 1, -1),
        ("token.issued", 7, -1),  # the last of the first seven, some of which come again
    ],
)
@pytest.mark.usefixtures("bounded")
def test_a_fold_that_would_read_on_from_it_leaves_the_rows_as_they_were(
    lived: Path, monkeypatch: pytest.MonkeyPatch, event: str, batch: int, at: int
) -> None:
    monkeypatch.setattr(rebuilding, "BATCH_RECORDS", batch)
    position = damage(lived, event, at)
    with kept(lived, Ids(1)) as store:
        before = store.rows(*DERIVED)
        with (
            pytest.raises(UnreadableRecord) as raised,
            store.store.database.writing() as session,
        ):
            store.store.rebuilder.rebuild(session)
        assert str(raised.value) == f"position {position}: its stream's id cannot be read"
        assert store.rows(*DERIVED) == before


@PLACES
def test_the_programs_that_read_stream_by_stream_end(lived: Path, at: int) -> None:
    where = f"position {damage(lived, 'request.refused', at)}"
    before = contents_of(lived)
    for asked, status, words in (
        (("verify",), 1, f"{where}\tits bytes are not those that were stored"),
        (("rebuild",), 1, f"{where}: its bytes are not those that were stored; {SERVED_ON}"),
    ):
        ran = run_program(lived, *asked)
        assert ran.returncode == status, ran
        assert words in ran.stdout + ran.stderr
        assert contents_of(lived) == before


@PLACES
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.usefixtures("bounded")
def test_whoever_looks_is_told_what_can_be(
    lived: Path, monkeypatch: pytest.MonkeyPatch, event: str, at: int
) -> None:
    monkeypatch.chdir(lived)
    position = damage(lived, event, at)
    before = contents_of(lived)
    lost = event.startswith("server.")
    missing = ": its version 1 is missing" if lost else ""
    for asked in ("show", "history last", "blame last", "diff --from-position 1"):
        ran = look(*asked.split())
        assert (ran.status, missing in ran.err, bool(ran.out)) == (int(lost), True, not lost), asked
    log = look("log", "--limit", "99", "--json")
    told = [entry["positions"] for entry in map(json.loads, log.out.splitlines())]
    assert sorted(at for own in told for at in own) == list(range(1, end_of(lived) + 1))
    assert (log.status, missing in log.err) == (int(lost), True)
    words = f"1 record(s) or side row(s), position {position}"
    assert words in look("export", "log.ndjson").err
    line = f"line {position + 1}: the record at position {position} does not have its digest"
    assert line in look("verify", "--file", "log.ndjson").out
    assert look("import", "log.ndjson", "--database", "sqlite:///new.db").refusal == (1, line)
    assert contents_of(lived) == before


@PLACES
@pytest.mark.parametrize("event", EVENTS)
def test_the_check_beside_a_service_finds_it_and_the_service_goes_on(
    lived: Path, event: str, at: int
) -> None:
    position = damage(lived, event, at)
    with running(lived, check_s=0) as api:
        api.token = api.issue("admin")
        api.service.sampler.step(10_000)
        assert position in {finding.position for finding in findings(api)}
        assert api.create("next")["name"] == "next"
        for path in ("/servers", "/audit", "/events", "/servers/next"):
            assert api.get(path).status_code == 200, path
