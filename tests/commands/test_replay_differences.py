"""Two code bases over one log: what was changed in one is found, all of it and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from api.replaying import checking
from api.replaying.codebases import NotReplayable
from commands.store.tables import events
from domain.commands import (
    BackUpServer,
    PowerOffServer,
    PowerOnServer,
    ResetServer,
    RestoreServer,
    RevertServer,
    UpdateServer,
)
from domain.values import Changes
from tests.commands.replays import compared, refused, shortest, tree
from tests.commands.stores import Kept
from tests.databases import in_bytes
from tests.projections.histories import live

SOFT, HARD = ResetServer(hard=False), ResetServer(hard=True)


def renaming(name: str) -> UpdateServer:
    return UpdateServer(Changes(name=name))


@pytest.fixture
def busy(store: Kept) -> dict[str, int]:
    """The positions of what a test looks for, in a log with much else."""
    server = store.create("busy")
    at = {"created": 1}
    at["on"] = store.write(PowerOnServer(), server, action="poweron").position
    at["backup"] = store.write(BackUpServer(name="b"), server, action="backup").position
    at["unchanged"] = store.write(PowerOnServer(), server, action="poweron").position
    at["renamed"] = store.write(renaming("busier"), server).position
    at["off"] = store.write(PowerOffServer(), server, action="poweroff").position
    at["refused"] = refused(store, SOFT, server, action="resetsoft")
    at["reset"] = store.write(HARD, server, action="resethard").position
    at["soft"] = store.write(SOFT, server, action="resetsoft").position
    at["restored"] = store.write(RestoreServer(backup="b"), server, action="restore").position
    return at


def test_the_same_code_makes_no_difference_to_any_kind_of_record(
    store: Kept, tmp_path: Path
) -> None:
    live(store)
    found = compared(store, tree(tmp_path / "new"))
    assert (found.found, found.lost, found.status) == ({}, 0, 0)
    assert found.records == len(store.records())
    assert sum(found.compared["event"].values()) == len(store.records())
    # All but the parts of a create behind its first, repeated requests, and what the handler
    # refused before any rule.
    assert sum(found.compared["decision"].values()) == 78


def test_a_rule_that_forbids_no_more_is_found_where_it_forbade(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ("if not hard and not server.running:", "if False:")
    found = compared(store, tree(tmp_path / "new", domain__decide=edit))
    ((difference, only),) = found.found.items()
    assert difference == ("decision", "reset_server")
    assert (only.count, only.positions) == (1, [busy["refused"]])
    assert only.old == {"refused": "server.stopped"}
    assert [event["type"] for event in only.new["events"]] == ["server.reset"]
    assert shortest(only) == [busy["created"], busy["refused"]]
    assert found.status == 1


def test_the_shortest_history_holds_all_that_a_difference_needs(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ("return () if server.running else", "return () if False else")
    ((difference, only),) = compared(
        store, tree(tmp_path / "new", domain__decide=edit)
    ).found.items()
    assert difference == ("decision", "power_on_server")
    assert (only.old, only.positions) == ("no effect", [busy["unchanged"]])
    assert shortest(only) == [busy["created"], busy["on"], busy["unchanged"]]


def test_what_a_revert_goes_back_to_is_in_the_shortest_history_whatever_its_version(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    server = store.records()[0][1].originator_id
    for number in range(20):
        store.write(renaming(f"n{number}"), server)
    restored = store.write(RestoreServer(version=9), server).position
    reverted = store.write(RevertServer(to_version=12), server).position
    edit = ("running=command.past_running,", "running=False,")
    found = compared(store, tree(tmp_path / "new", domain__restoring=edit)).found
    assert list(found) == [("decision", "restore_server"), ("decision", "revert_server")]
    restore, revert = found.values()
    assert restore.positions == [busy["restored"], restored]
    assert shortest(restore) == [busy["created"], busy["on"], busy["backup"], busy["restored"]]
    # Both were running at the version that is named; by it the start alone is left to go back to.
    assert revert.positions == [reverted]
    assert shortest(revert) == [busy["created"], busy["on"], reverted]


def test_a_restore_that_names_a_backup_needs_it_and_its_server_alone(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ("to_version=version,", "to_version=version + 1,")
    ((_, only),) = compared(store, tree(tmp_path / "new", domain__restoring=edit)).found.items()
    assert shortest(only) == [busy["created"], busy["backup"], busy["restored"]]


def test_another_fold_is_found_in_states_and_in_what_is_decided_on_them(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ('"running": server.running or event.hard', '"running": server.running')
    found = compared(store, tree(tmp_path / "new", domain__server=edit)).found
    states = {type_: only.positions for (kind, type_), only in found.items() if kind == "state"}
    # The soft reset's event follows the hard one's, and differs with it.
    assert states == {"server.reset": [busy["reset"], busy["soft"]]}
    decision = found["decision", "reset_server"]
    assert (decision.positions, decision.new) == ([busy["soft"]], {"refused": "server.stopped"})
    assert shortest(decision) == [busy["created"], busy["reset"], busy["soft"]]
    assert {kind for kind, _ in found} == {"state", "decision"}


def test_another_document_is_found_in_states_and_answers_alone(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ('"private_ip": None,', '"private_ip": False,')
    found = compared(store, tree(tmp_path / "new", projections__document=edit)).found
    assert sum(only.count for (kind, _), only in found.items() if kind == "state") == len(busy)
    answers = {type_: only.positions for (kind, type_), only in found.items() if kind == "answer"}
    # Actions are answered with tasks, and refusals with problems.
    assert answers == {"create_servers": [busy["created"]], "update_server": [busy["renamed"]]}
    assert {kind for kind, _ in found} == {"state", "answer"}
    assert shortest(found["answer", "update_server"]) == [busy["created"], busy["renamed"]]


def test_one_is_not_true(store: Kept, tmp_path: Path, busy: dict[str, int]) -> None:
    edit = ('"running": server.running', '"running": int(server.running)')
    found = compared(store, tree(tmp_path / "new", projections__document=edit)).found
    assert sum(only.count for (kind, _), only in found.items() if kind == "state") == len(busy)


def test_another_status_of_a_refusal_is_an_answer_that_differs(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ('"server.stopped": 409', '"server.stopped": 400')
    ((difference, only),) = compared(
        store, tree(tmp_path / "new", api__http__problems=edit)
    ).found.items()
    assert difference == ("answer", "reset_server")
    assert (only.old["status"], only.new["status"]) == (409, 400)
    assert shortest(only) == [busy["refused"]]


def test_an_event_that_is_no_more_registered_is_found_and_what_it_hides_is_counted(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ('    "server.renamed": EventType(events.ServerRenamed),\n', "")
    found = compared(store, tree(tmp_path / "new", domain__registry=edit))
    ((difference, only),) = found.found.items()
    assert difference == ("event", "server.renamed")
    assert only.positions == [busy["renamed"]]
    assert "no event is registered as 'server.renamed'" in only.new["unreadable"]
    assert shortest(only) == [busy["renamed"]]
    assert found.lost == busy["restored"] - busy["renamed"] + 1


def test_a_schema_raised_without_a_lift_from_the_older_one_is_found(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ("EventType(events.ServerReset)", "EventType(events.ServerReset, 2)")
    ((difference, only),) = compared(
        store, tree(tmp_path / "new", domain__registry=edit)
    ).found.items()
    assert difference == ("event", "server.reset")
    assert only.positions == [busy["reset"], busy["soft"]]


def test_a_lift_that_changes_nothing_is_no_difference(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    lift = "EventType(events.ServerReset, 2, {1: dict})"
    edit = ("EventType(events.ServerReset)", lift)
    assert compared(store, tree(tmp_path / "new", domain__registry=edit)).status == 0


def test_a_lift_that_changes_an_event_is_found_with_the_state_after_it(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    lift = 'EventType(events.ServerRenamed, 2, {1: lambda data: data | {"name": "lifted"}})'
    edit = ("EventType(events.ServerRenamed)", lift)
    found = compared(store, tree(tmp_path / "new", domain__registry=edit)).found
    event = found["event", "server.renamed"]
    assert (event.old["data"]["name"], event.new["data"]["name"]) == ("busier", "lifted")
    assert shortest(event) == [busy["renamed"]]
    assert shortest(found["state", "server.renamed"]) == [busy["created"], busy["renamed"]]


def test_what_neither_can_read_is_no_difference_and_not_for_good_either(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    with store.store.database.writing() as session:
        whose = events.c.position == busy["renamed"]
        session.connection.execute(sa.update(events).where(whose).values(state=b"\0"))
    found = compared(store, tree(tmp_path / "new"))
    assert (found.found, found.status) == ({}, 2)
    assert found.lost == busy["restored"] - busy["renamed"] + 1


def test_code_that_fails_on_a_command_differs_there(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = (
        "            if not hard and not server.running:",
        "            if not server.hard and not server.running:",
    )
    ((difference, only),) = compared(
        store, tree(tmp_path / "new", domain__decide=edit)
    ).found.items()
    assert (difference, only.count) == (("decision", "reset_server"), 3)
    assert list(only.new) == ["failed"]


def test_what_both_fail_on_is_no_difference_and_not_for_good_either(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    asked = in_bytes("state", '"hard":false', '"hard":"no"')
    with store.store.database.writing() as session:
        session.connection.exec_driver_sql(
            f"UPDATE events SET state = {asked} WHERE position = {busy['refused']}"
        )
    found = compared(store, tree(tmp_path / "new"))
    assert (found.found, found.lost, found.status) == ({}, 1, 2)


def test_what_is_recorded_of_a_request_is_read_with_its_event(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ("    request_id: str\n", '    request_id: Literal["another"]\n')
    found = compared(store, tree(tmp_path / "new", domain__records=edit))
    assert {kind for kind, _ in found.found} == {"event"}
    assert sum(only.count for only in found.found.values()) == len(store.records())


def test_what_the_code_prints_is_not_its_answer(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    edit = ("def _change(", 'import os; print("{}"); os.write(1, b"[]")\n\n\ndef _change(')
    assert compared(store, tree(tmp_path / "new", domain__decide=edit)).status == 0


def test_a_history_that_ends_a_worker_is_told_and_the_others_are_compared(
    store: Kept, tmp_path: Path, busy: dict[str, int]
) -> None:
    poison = store.create("poisoned")
    before = store.write(PowerOnServer(), poison).position
    at = store.write(renaming("poison"), poison).position
    other = store.create("another")
    edit = (
        "    changes = asked.beyond(",
        "    if asked.name == 'poison': import os; os._exit(7)\n    changes = asked.beyond(",
    )
    found = compared(store, tree(tmp_path / "new", domain__updating=edit))
    ((difference, only),) = found.found.items()
    assert difference == ("failure", "server.renamed")
    assert (only.old, only.new) == (None, "ended with status 7")
    assert (only.subject, only.positions) == (poison, [at])
    assert shortest(only) == [before - 1, at]
    assert found.records == len(store.records())
    assert other != poison


def test_a_worker_that_hangs_is_not_waited_for_without_end(
    store: Kept, tmp_path: Path, busy: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "SHRINK_MAX_S", 0.1)
    edit = (
        "    version, backup_id = restore_version(",
        "    import time; time.sleep(600)\n    version, backup_id = restore_version(",
    )
    ((difference, only),) = compared(
        store, tree(tmp_path / "new", domain__restoring=edit), timeout_s=1.0
    ).found.items()
    assert difference == ("failure", "server.restored")
    assert (only.new, only.minimal) == ("said nothing for 1 s", False)


def test_a_worker_that_survives_nothing_is_given_up(
    store: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "FAILURES_MAX", 2)
    for _ in range(4):
        store.create()
    edit = (
        "    names = numbered_names(",
        "    import os; os._exit(7)\n    names = numbered_names(",
    )
    with pytest.raises(NotReplayable, match="given up after 2 histories: new: ended with status"):
        compared(store, tree(tmp_path / "new", domain__decide=edit))
