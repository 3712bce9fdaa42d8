"""Recorded commands decided again over a history: this one's past, whatever was recorded of it."""

from __future__ import annotations

import datetime as dt

import pytest

from commands.replaying import Replay
from domain.commands import (
    BackUpServer,
    DeleteServer,
    PowerOnServer,
    RestoreServer,
    RevertServer,
    ServerCommand,
    UpdateServer,
)
from domain.events import (
    ServerBackedUp,
    ServerCreated,
    ServerDeleted,
    ServerEvent,
    ServerPoweredOn,
    ServerRenamed,
    ServerRestored,
    ServerReverted,
)
from domain.refusals import BackupUnknown, ServerUnknown, VersionUnknown
from domain.values import Changes, Configuration

AT = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)
CREATED = ServerCreated(AT, "id", "org", Configuration(name="a"), "x86_64")
RENAMED = ServerRenamed(AT, "b")
ANOTHER = Configuration(name="another")


def gone_through(*events: ServerEvent) -> Replay:
    """A history of events, the first at position 1."""
    replay = Replay("id")
    for position, event in enumerate(events, 1):
        replay.take((position, 0), event)
    return replay


def decided(replay: Replay, command: ServerCommand, position: int = 100) -> ServerEvent:
    (event,) = replay.decide((position, 0), command, AT)
    return event


def test_a_restore_brings_back_what_this_history_was_and_not_what_was_recorded() -> None:
    replay = gone_through(CREATED, RENAMED)
    recorded = RestoreServer(version=1, past=ANOTHER, past_running=True)
    assert decided(replay, recorded) == ServerRestored(AT, CREATED.configuration, False, 1)


def test_a_backup_is_looked_for_in_this_history() -> None:
    recorded = RestoreServer(backup="n", past=ANOTHER)
    backed_up = gone_through(CREATED, ServerBackedUp(AT, "b-1", 1, "n"), RENAMED)
    assert decided(backed_up, recorded) == ServerRestored(
        AT, CREATED.configuration, False, 1, "b-1"
    )
    with pytest.raises(BackupUnknown):
        decided(gone_through(CREATED, RENAMED), recorded)


def test_a_version_that_this_history_never_had_is_unknown() -> None:
    with pytest.raises(VersionUnknown):
        decided(gone_through(CREATED), RestoreServer(version=2, past=ANOTHER))


@pytest.mark.parametrize(
    ("command", "version"),
    [
        (RevertServer(to_version=2), 2),
        (RevertServer(to_position=3), 3),
        (RevertServer(to_position=50), 3),
    ],
)
def test_a_revert_goes_to_a_version_or_a_position_of_this_history(
    command: RevertServer, version: int
) -> None:
    replay = gone_through(CREATED, ServerPoweredOn(AT), RENAMED)
    event = decided(replay, command)
    assert isinstance(event, ServerReverted)
    assert (event.past_version, event.running) == (version, True)


def test_a_revert_to_a_position_that_the_log_had_not_reached_is_refused() -> None:
    replay = gone_through(CREATED)
    decided(replay, RevertServer(to_position=99))
    with pytest.raises(VersionUnknown):
        decided(replay, RevertServer(to_position=100))


def test_a_revert_to_where_the_server_was_deleted_is_refused() -> None:
    replay = gone_through(CREATED, ServerDeleted(AT))
    for command in (RevertServer(to_version=2), RevertServer(to_position=2)):
        with pytest.raises(VersionUnknown):
            decided(replay, command)


def test_what_comes_after_a_position_on_a_branch_is_not_of_it() -> None:
    replay = gone_through(CREATED)
    replay.take((1, 1), RENAMED)
    event = decided(replay, RevertServer(to_position=1))
    assert isinstance(event, ServerReverted)
    assert event.past_version == 1


def test_a_server_that_was_never_created_or_is_deleted_is_unknown_save_to_a_revert() -> None:
    deleted = gone_through(CREATED, ServerDeleted(AT))
    for replay in (gone_through(), deleted):
        for command in (PowerOnServer(), DeleteServer(), UpdateServer(Changes(name="c"))):
            with pytest.raises(ServerUnknown):
                decided(replay, command)
    with pytest.raises(ServerUnknown):
        decided(gone_through(), RevertServer(to_version=1))
    assert isinstance(decided(deleted, RevertServer(to_version=1)), ServerReverted)


def test_ids_stay_as_they_were_recorded() -> None:
    replay = gone_through(CREATED)
    assert decided(replay, BackUpServer("n", "b-7")) == ServerBackedUp(AT, "b-7", 1, "n")


def test_the_past_of_another_server_is_not_known_here() -> None:
    replay = gone_through(CREATED)
    assert replay.replay("another", 1) is None
    assert replay.state_at("another", 1) is None
    assert replay.state_at("id", 0) is None
