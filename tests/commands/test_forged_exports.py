"""Files in which every digest is right, of a history that no service wrote: refused too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from commands.store.digests import record_digest
from commands.store.export_files import FileRefused
from commands.store.export_lines import RecordLine
from tests.commands.stores import Ids, kept
from tests.databases import ON_POSTGRES, edited
from tests.moving import exported, imported
from tests.projections.histories import live

Forge = Callable[[list[RecordLine]], RecordLine]


def first(records: list[RecordLine], name: str) -> RecordLine:
    """The first record of that name."""
    return next(record for record in records if record.name == name)


def end_of(records: list[RecordLine], record: RecordLine) -> int:
    """The last version of a record's stream."""
    own = (each for each in records if each.originator_id == record.originator_id)
    return max(each.originator_version for each in own)


def created_again(records: list[RecordLine]) -> RecordLine:
    created = first(records, "server.created")
    return created._replace(originator_version=end_of(records, created) + 1)


def created_elsewhere(records: list[RecordLine]) -> RecordLine:
    return first(records, "server.created")._replace(originator_id="elsewhere")


def changed_before_it_was_created(records: list[RecordLine]) -> RecordLine:
    on = first(records, "server.powered_on")
    return on._replace(originator_id="elsewhere", originator_version=1)


def repeats_itself(records: list[RecordLine]) -> RecordLine:
    created = first(records, "server.created")
    before, _, _ = created.state.partition(b'"event":')
    event = b'"event":{"at":"2026-11-22T04:00:00Z","first_position":%d}}' % (len(records) + 1)
    return created._replace(originator_id="repeated", name="request.repeated", state=before + event)


def done_again(records: list[RecordLine]) -> RecordLine:
    on = first(records, "server.powered_on")
    return on._replace(originator_version=end_of(records, on) + 1)


def a_part_that_no_database_holds(records: list[RecordLine]) -> RecordLine:
    on = done_again(records)
    state = on.state.replace(b'{"id":"', b'{"id":"another-', 1)
    state = state.replace(b'"status":', b'"part":9223372036854775808,"status":')
    return on._replace(state=state)


TWICE, TOO_LARGE = (
    ('duplicate key value violates unique constraint "tasks_pkey"', "integer out of range")
    if ON_POSTGRES
    else ("UNIQUE constraint failed: tasks.id", "Python int too large")
)
FORGED: dict[Forge, str] = {
    created_again: "line {line}: a server is created elsewhere than where its stream begins",
    created_elsewhere: "line {line}: a server is created elsewhere than where its stream begins",
    changed_before_it_was_created: "line {line}: a server changes that was not created",
    repeats_itself: "line {line}: position {at} cannot be repeated at position {at}",
    done_again: f"the file's history cannot be folded: {TWICE}",
    a_part_that_no_database_holds: f"the file's history cannot be folded: {TOO_LARGE}",
}


@pytest.mark.parametrize("forge", FORGED)
def test_a_history_that_cannot_have_been_is_refused(tmp_path: Path, forge: Forge) -> None:
    with kept(tmp_path, Ids()) as store:
        live(store)
    with edited(tmp_path) as database:
        rows = database.execute("SELECT * FROM events ORDER BY position").rows
        records = [RecordLine(*row) for row in rows]
        at = len(records) + 1
        forged = forge(records)._replace(position=at)
        sealed = forged._replace(sha256=record_digest(*forged[:-1]))
        database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", sealed)
    assert exported(tmp_path, tmp_path / "forged.ndjson").damaged == ()
    with pytest.raises(FileRefused) as refused:
        imported(tmp_path / "forged.ndjson", tmp_path / "other")
    assert str(refused.value).startswith(FORGED[forge].format(line=at + 1, at=at))
    exported(tmp_path, tmp_path / "sound.ndjson", last=at - 1)
    imported(tmp_path / "sound.ndjson", tmp_path / "other")
